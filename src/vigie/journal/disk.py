"""What a disk may do to the log (full, read-only, taken by another process), and what the operator is told then."""

import errno
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.errors import Misconfigured, Refused

PRIVATE_FILE, PRIVATE_DIRECTORY = 0o600, 0o700  # segments and quarantine hold what people wrote

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space, then start again",
    errno.EDQUOT: "the disk quota is used up: raise it or free some space, then start again",
    errno.EFBIG: "a file may not grow further here: raise the file size limit of this process (ulimit -f)",
    errno.EROFS: "the file system is read-only: mount it for writing, or choose another data directory",
    errno.EACCES: "this user may not write here: change the owner or the rights of the data directory",
    errno.EPERM: "this user may not write here: change the owner or the rights of the data directory",
    errno.EIO: "the disk reports an error: check it, then start again (what was not committed is read again)",
    errno.ENOTDIR: "this is a file where a directory is needed: choose another data directory",
    errno.EMFILE: "too many open files: run `vigie log compact`, or raise the limit (ulimit -n)",
    errno.ENFILE: "too many open files on this machine: raise the limit of the system",
}
_UNFIT = re.compile(r"[\[\]\\^|%\x00-\x1f\x7f]")


@contextmanager
def operator_mends(place: Path) -> Iterator[None]:
    """Turn what only the operator can mend into ``Misconfigured`` (exit 78), naming the place; let the rest through.

    >>> with operator_mends(Path("/data")):
    ...     raise OSError(errno.ENOSPC, "no space")
    Traceback (most recent call last):
    vigie.errors.Misconfigured: /data: the disk is full: free some space, then start again
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        raise Misconfigured(f"{place}: {_ADVICE[error.errno]}") from error


def said_in_words(error: Exception) -> OSError | None:
    """The system's error in the message of a library that passes it on as text; None if there is none.

    >>> said_in_words(ValueError("Generic error: No space left on device (os error 28)"))
    OSError(28, 'No space left on device')
    """
    found = (code for code in _ADVICE if f"(os error {code})" in str(error))
    return next((OSError(code, os.strerror(code)) for code in found), None)


def make_directory(path: Path) -> Path:
    """The directory, made if it is missing, for this user alone; its name survives a power cut.

    Raises ``Misconfigured`` for a name that Delta takes for another one, or that makes it panic.
    """
    if _UNFIT.search(str(path.absolute())):
        raise Misconfigured(f"{path}: choose a data directory without [ ] \\ ^ | % or control characters in its path")
    if not path.is_dir():
        with operator_mends(path):
            make_directory(path.parent)
            if path.exists() and not path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, str(path))
            path.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
            sync_directory(path.parent)
    return path


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut: syncing a new file does not."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes, at: int) -> None:
    """Write every byte at this place of the file: one call of the system may write fewer."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, at)
        rest, at = rest[written:], at + written


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file's content: whoever reads it, even after a power cut, finds the old or the new, whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with operator_mends(path.parent):
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        try:
            write_all(fd, data, 0)
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(path)
        sync_directory(path.parent)


def append_lines(fd: int, lines: Iterable[bytes]) -> None:
    """Add whole lines at the end of a file whose lock the caller holds, and wait for the disk.

    A last line without its end was cut by a crash before anyone relied on it: it is taken away first.
    """
    end = whole_lines(fd)
    os.ftruncate(fd, end)
    write_all(fd, b"".join(line + b"\n" for line in lines), end)
    os.fdatasync(fd)


def whole_lines(fd: int) -> int:
    """Where the last whole line of a file ends, in bytes."""
    end = os.fstat(fd).st_size
    while end and b"\n" not in (block := os.pread(fd, min(end, 65536), max(0, end - 65536))):
        end -= len(block)
    return max(0, end - 65536) + block.rindex(b"\n") + 1 if end else 0


def take(path: Path) -> int | None:
    """The lock of this path as an open file, or None if another process holds it; the system lets it go if we die."""
    with operator_mends(path.parent):
        fd = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def take_or_refuse(path: Path, busy: str) -> int:
    """The lock of this path, with our process id written inside; ``Refused`` names the process that holds it."""
    make_directory(path.parent)
    fd = take(path)
    if fd is None:
        holder = path.read_text().strip()
        raise Refused(busy.replace("{holder}", f"process {holder}" if holder else "another process"))
    with operator_mends(path.parent):
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
    return fd


@contextmanager
def waiting_for(path: Path) -> Iterator[int]:
    """Hold the lock of this path, waiting for whoever has it: for changes that take milliseconds."""
    make_directory(path.parent)
    with operator_mends(path.parent):
        fd = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)
