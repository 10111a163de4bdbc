"""The hand that writes the log: one process, one directory, one frame at a time, each confirmed before the next."""

import fcntl
import os
import secrets
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import pyarrow as pa

from vigie.journal.disk import PRIVATE_FILE, make_directory, operator_mends, sync_directory, take, write_all
from vigie.journal.frame import Meta, encode
from vigie.journal.segment import Position, Segment, WriterDirectory

ROLL_AT = 256 << 20  # bytes: a segment that would grow beyond this is left, and a new one begun
#: What a frame adds to the columns of its posts when it becomes rows of the log: posts may not bring these.
ADDED_COLUMNS = ("source", "batch", "writer", "rulebook", "model", "written_at")


class Writer:
    """Appends frames to the log of a data directory; several processes may, each with a ``Writer`` of its own.

    It claims the first directory w0, w1, … that no living process holds. What a crash cut short there is cut off
    (``cut``: how many bytes). Every opening begins a new segment. Raises ``Misconfigured`` if a frame of the last
    segment is damaged, or if the disk will not have it. Not for several threads at once.
    """

    def __init__(self, directory: Path, *, roll_at: int = ROLL_AT) -> None:
        self._lock: int | None
        self._place, self._lock = _claim(directory)
        self.name = self._place.identity
        self._roll_at = roll_at
        self._page: int | None = None  # the open segment, begun at the first append
        self._number, self._end = 0, 0
        try:
            self.cut = _cut_torn_tail(self._place)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the directory go. What was appended stays."""
        self._leave_page()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def append(self, meta: Meta, posts: pa.RecordBatch, inbox: pa.RecordBatch | None = None) -> Position:
        """Write one batch. When this returns, the disk has confirmed it: this is the commit point.

        If it raises, the batch is not in the log: ``Misconfigured`` if the disk is full, read-only, failing … After
        that the writer can be used again, once there is room.
        """
        if self._lock is None:
            raise ValueError("this writer is closed")
        _check(posts, inbox)
        frame = encode(msgspec.structs.replace(meta, writer=self.name), posts, inbox)
        with operator_mends(self._place.path):
            page = self._locked_page(len(frame))
            try:
                write_all(page, frame, self._end)
                os.fdatasync(page)
                self._end += len(frame)
            except BaseException:
                self._take_back(page)
                raise
            fcntl.flock(page, fcntl.LOCK_UN)
        return Position(self.name, self._number, self._end - len(frame))

    def _locked_page(self, size: int) -> int:
        """The segment to write to, locked so that nobody seals it meanwhile; a new one if it is full or sealed."""
        if self._page is not None:
            fcntl.flock(self._page, fcntl.LOCK_EX)
            sealed = self._place.segment_path(self._number + 1).exists()
            if not sealed and (self._end == 0 or self._end + size <= self._roll_at):
                return self._page
            self._leave_page()
        self._number, self._end = self._place.last_number() + 1, 0
        self._page = begin_segment(self._place, self._number)
        fcntl.flock(self._page, fcntl.LOCK_EX)
        return self._page

    def _take_back(self, page: int) -> None:
        """Cut off what was written of a frame that failed, and leave its segment: a disk that failed may lie."""
        try:
            os.ftruncate(page, self._end)
        except OSError:
            pass  # a torn tail, which every reader leaves out
        finally:
            self._leave_page()

    def _leave_page(self) -> None:
        if self._page is not None:
            os.close(self._page)
            self._page = None


def _check(posts: pa.RecordBatch, inbox: pa.RecordBatch | None) -> None:
    """What the log relies on: a key for every post, and columns that are the batch's own. A bug otherwise."""
    for column in ("id", "text_hash"):
        if posts.column(column).null_count:
            raise ValueError(f"every post needs its {column}")
    if inbox is not None and inbox.column("id").null_count:
        raise ValueError("every flagged post needs its id")
    if taken := set(ADDED_COLUMNS) & set(posts.schema.names):
        raise ValueError(f"the log itself adds the columns {sorted(taken)}")


def _claim(directory: Path) -> tuple[WriterDirectory, int]:
    """The first writer's directory that no living process holds, and its lock."""
    for number in count():
        place = WriterDirectory(make_directory(directory / "journal" / f"w{number}"))
        if (lock := claim(place)) is not None:
            return place, lock
    raise AssertionError


def claim(place: WriterDirectory) -> int | None:
    """The lock of a writer's directory if its writer is not alive; the first time, its identity is written there."""
    lock = take(place.lock)
    if lock is not None and place.identity == place.path.name:
        with operator_mends(place.path):
            os.pwrite(lock, f"{place.path.name}-{secrets.token_hex(4)}".encode(), 0)
            os.fsync(lock)
            sync_directory(place.path)
    return lock


def begin_segment(place: WriterDirectory, number: int) -> int:
    """A new, empty segment, open for writing; its name survives a power cut."""
    with operator_mends(place.path):
        page = os.open(place.segment_path(number), os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        sync_directory(place.path)
    return page


def _cut_torn_tail(place: WriterDirectory) -> int:
    """Verify every byte of the last segment and cut off what a crash left unfinished at its end: how many bytes."""
    if not (numbers := place.numbers()):
        return 0
    segment = Segment(place.segment_path(numbers[-1]), place.identity)
    for _ in segment.frames(verify_all=True):
        pass
    torn = segment.size - segment.good_end
    if torn:
        with operator_mends(segment.path), segment.path.open("r+b") as file:
            file.truncate(segment.good_end)
            os.fsync(file.fileno())
    return torn


def seal(place: WriterDirectory) -> None:
    """End the last segment of a writer, alive or not: its next frame will begin another.

    Under the lock that a writer holds while it appends: it either comes before, or sees the seal, the next number.
    """
    number = place.last_number()
    path = place.segment_path(number)
    with operator_mends(place.path):
        try:
            page = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return  # none yet, or it was set aside
        try:
            fcntl.flock(page, fcntl.LOCK_EX)
            if os.fstat(page).st_size and place.last_number() == number:
                os.close(begin_segment(place, number + 1))
        finally:
            os.close(page)
