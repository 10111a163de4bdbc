"""Destroying texts in place: a frame keeps what was decided, and what people wrote is overwritten with zeros.

On a disk that copies what it overwrites (SSD, snapshots, btrfs), old blocks live on below the file system until they
are reused: encrypt the disk if that matters.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.journal.disk import operator_mends, write_all
from vigie.journal.frame import HEADER_SIZE, STATE_AT, State, parse_header

_BLOCK = 1 << 20


def shred(path: Path, offsets: Iterable[int]) -> int:
    """Shred the inboxes of the frames at these places of a segment; says how many there were still to shred.

    First every frame says that its inbox is being shredded, then come the zeros, then it says that they are there; each
    step waits for the disk. Cut short at any point, the texts are never read again and the next call ends the work.
    """
    with changing(path) as fd:
        if fd is None:
            return 0
        found = {offset: parse_header(os.pread(fd, HEADER_SIZE, offset)) for offset in offsets}
        todo = {at: header for at, header in found.items() if header.inbox_size and header.state != State.SHREDDED}
        if todo:
            _mark(fd, todo, State.SHREDDING)
            for at, header in todo.items():
                _overwrite(fd, at + header.inbox_at, header.inbox_size)
            os.fdatasync(fd)
            _mark(fd, todo, State.SHREDDED)
    return len(todo)


@contextmanager
def changing(path: Path) -> Iterator[int | None]:
    """A segment open for changes to what it holds already, its lock held; None if it has been deleted.

    If the file was replaced while we waited for the lock, its successor is what we change.
    """
    with operator_mends(path):
        while (fd := _opened(path)) is not None:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                if _still(path, fd):
                    yield fd
                    return
            finally:
                os.close(fd)
        yield None


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None


def _still(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _mark(fd: int, frames: Iterable[int], state: State) -> None:
    for at in frames:
        os.pwrite(fd, bytes([state]), at + STATE_AT)
    os.fdatasync(fd)


def _overwrite(fd: int, at: int, size: int) -> None:
    for start in range(at, at + size, _BLOCK):
        write_all(fd, bytes(min(_BLOCK, at + size - start)), start)
