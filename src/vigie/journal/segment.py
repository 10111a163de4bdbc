"""The files of the log: who writes which, how to read them, and how a write that a crash cut short is told from damage.

``DIR/journal/<writer>/<000001>.seg`` holds frames one after the other. **Torn or damaged?** A writer begins a frame
only when the disk has confirmed the one before, so at most the last frame of a segment can be unfinished. Hence:

- a bad frame with nothing after its declared end is *torn*: it was never confirmed, or it was and cannot be told from
  one that was not. Either way it is left out, and so is the stretch that it covered: that stretch is read again from
  the source. Nothing is lost, and nothing is counted twice because the log is once-only by post.
- a bad frame with more after its declared end was confirmed once: it is *damage*, which only a person can mend
  (``Misconfigured``). If its header is bad, its end is unknown: a sound header anywhere after it says damage, too.

A disk may finish the parts of a write in any order, so a torn frame can have its full length: the last frame is always
verified whole. And a frame that someone has seen can be gone after a power cut: so a writer never writes to a segment
that it did not begin, and a place in the log never holds two different frames.
"""

import os
import re
import weakref
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from vigie.errors import Misconfigured
from vigie.journal.disk import operator_mends
from vigie.journal.frame import (
    HEADER_SIZE,
    MAGIC,
    Broken,
    Header,
    Meta,
    State,
    checksum,
    from_stream,
    parse_header,
    read_meta,
    verify,
)

SUFFIX = ".seg"
_SCHEMA_BYTES = 1 << 16  # more than the schema of a posts part takes


class Position(msgspec.Struct, frozen=True, order=True):
    """The place of one frame in the log; it never comes to hold another frame."""

    writer: str
    segment: int
    offset: int


class Frame:
    """One frame in its file: its meta at hand, its rows read when asked for."""

    def __init__(self, segment: "Segment", offset: int, header: Header, meta: Meta) -> None:
        self.segment, self.offset, self.header, self.meta = segment, offset, header, meta

    @property
    def position(self) -> Position:
        """Where it is, for whoever must remember how far he has come."""
        return Position(self.segment.writer, self.segment.number, self.offset)

    @property
    def end(self) -> int:
        """Where the next frame starts."""
        return self.offset + self.header.size

    @property
    def holds_texts(self) -> bool:
        """Whether it has an inbox that has not been shredded to the last byte."""
        return self.header.inbox_size > 0 and self.header.state != State.SHREDDED

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Meta, posts and inbox as they lie in the file."""
        data = self.segment.read(self.offset + HEADER_SIZE, self.header.size - HEADER_SIZE)
        posts_at, inbox_at = self.header.meta_size, self.header.meta_size + self.header.posts_size
        return data[:posts_at], data[posts_at:inbox_at], data[inbox_at:]

    def posts(self, columns: Collection[str] | None = None) -> pa.RecordBatch:
        """The rows of its posts: all columns, or those named. Raises ``Misconfigured`` if they are damaged."""
        data = self.segment.read(self.offset + self.header.posts_at, self.header.posts_size)
        if checksum(data) != self.header.posts_crc:
            raise self.segment.damaged(self.offset, "the checksum of the posts part is wrong")
        return from_stream(data, columns)

    def posts_schema(self) -> pa.Schema:
        """The columns of its posts, without reading the rows."""
        start = self.segment.read(self.offset + self.header.posts_at, min(self.header.posts_size, _SCHEMA_BYTES))
        return pa.ipc.read_schema(pa.py_buffer(start))

    def inbox(self) -> pa.RecordBatch | None:
        """The rows of its flagged posts; None if there are none, or no longer. Raises ``Misconfigured`` if damaged."""
        if not self.header.inbox_size or self.header.state != State.WHOLE:
            return None
        data = self.segment.read(self.offset + self.header.inbox_at, self.header.inbox_size)
        if checksum(data) == self.header.inbox_crc:
            return from_stream(data)
        if self.segment.header_at(self.offset).state != State.WHOLE:
            return None  # shredded by another process since we looked
        raise self.segment.damaged(self.offset, "the checksum of the inbox part is wrong")


class Segment:
    """One file of frames, open for reading: what it holds stays readable even if the file is deleted meanwhile."""

    def __init__(self, path: Path, writer: str) -> None:
        self.path, self.writer, self.number = path, writer, int(path.stem.rpartition("-")[2])
        with operator_mends(path):
            self._fd = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)
        self.good_end = 0  # as far as the frames last read go

    @property
    def size(self) -> int:
        """Bytes of the file, torn tail included."""
        return os.fstat(self._fd).st_size

    def read(self, offset: int, size: int) -> bytes:
        """These bytes of the file, fewer only at its end."""
        pieces = []
        with operator_mends(self.path):
            while size and (piece := os.pread(self._fd, size, offset)):
                pieces.append(piece)
                offset, size = offset + len(piece), size - len(piece)
        return b"".join(pieces)

    def header_at(self, offset: int) -> Header:
        """The header that starts here. Raises ``Broken``."""
        return parse_header(self.read(offset, HEADER_SIZE))

    def frames(self, begin: int = 0, *, verify_all: bool = False) -> Iterator[Frame]:
        """Its frames from the one at ``begin``, in order, up to a torn tail; ``Misconfigured`` if one is damaged.

        Only headers and metas are read, and the last frame whole; ``verify_all`` reads and verifies every byte.
        """
        self.good_end, size = begin, self.size
        while self.good_end < size:
            frame = self._frame(self.good_end, size, verify_all)
            if frame is None:
                return
            self.good_end = frame.end
            yield frame

    def _frame(self, offset: int, size: int, verify_all: bool) -> Frame | None:
        """The frame that starts here, or None if it is torn. The heading of this module says which is which."""
        try:
            header = self.header_at(offset)
        except Broken as why:
            if self._sound_header_after(offset, size):
                raise self.damaged(offset, str(why)) from None
            return None
        end = offset + header.size
        if end > size:
            return None
        meta = self.read(offset + HEADER_SIZE, header.meta_size)
        try:
            if checksum(meta) != header.meta_crc:
                raise Broken("the checksum of the meta part is wrong")
            frame = Frame(self, offset, header, read_meta(meta))
            if verify_all or end == size:
                verify(header, *frame.parts())
        except Broken as why:
            if header.state == State.WHOLE != self.header_at(offset).state:
                return self._frame(offset, size, verify_all)  # its inbox was shredded while we looked
            if end == size:
                return None
            raise self.damaged(offset, str(why)) from None
        return frame

    def _sound_header_after(self, offset: int, size: int) -> bool:
        """Whether a frame begins anywhere after this place: chance makes a checksum agree once in four billion."""
        rest = self.read(offset + 1, size - offset - 1)
        at = rest.find(MAGIC)
        while at >= 0:
            try:
                parse_header(rest[at : at + HEADER_SIZE])
            except Broken:
                at = rest.find(MAGIC, at + 1)
            else:
                return True
        return False

    def damaged(self, offset: int, why: str) -> Misconfigured:
        """What the operator is told: which file, where, and what to do."""
        return Misconfigured(
            f"{self.path}: the frame at byte {offset} is damaged ({why}), and more was written after it. "
            f"Restore this file from a backup, or rename it to {self.path.stem}.damaged: "
            "what it held is then read again from its sources."
        )


class WriterDirectory:
    """The directory of one writer: its name for ever, its segments, and the lock that says whether it is alive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = path / "lock"

    @property
    def identity(self) -> str:
        """Its name and a random part, so that a log restored without its segments never takes new ones for old ones."""
        try:
            return self.lock.read_text().strip() or self.path.name
        except FileNotFoundError:
            return self.path.name

    def numbers(self) -> list[int]:
        """The numbers of its segments, in order."""
        return sorted(int(p.stem) for p in self.path.glob("*" + SUFFIX) if p.stem.isdigit())

    def last_number(self) -> int:
        """The highest number ever given here, a file set aside as damaged included; 0 if none."""
        return max((int(m[0]) for p in self.path.iterdir() if (m := re.match(r"\d{6,}", p.name))), default=0)

    def segment_path(self, number: int) -> Path:
        """The file of this number."""
        return self.path / f"{number:06}{SUFFIX}"

    def segments(self, begin: int = 0) -> Iterator[Segment]:
        """Its segments from this number on, open for reading; one deleted while we come to it is passed over."""
        identity = self.identity
        for number in self.numbers():
            if number >= begin:
                try:
                    yield Segment(self.segment_path(number), identity)
                except FileNotFoundError:
                    continue


def writer_directories(directory: Path) -> list[WriterDirectory]:
    """Every writer there has been in this data directory: w0, w1, …"""
    found = (p for p in (directory / "journal").glob("w*") if p.name[1:].isdigit())
    return [WriterDirectory(p) for p in sorted(found, key=lambda p: int(p.name[1:]))]


def read_frames(directory: Path, writer: str | None = None) -> Iterator[Frame]:
    """Every frame of the segments on disk, in order: of every writer, or of one directory (``writer``, such as ``w0``).

    Takes no lock: it may be called while others write; it stops before a frame that is just being written.
    Raises ``Misconfigured`` if a frame is damaged.
    """
    for place in writer_directories(directory):
        if writer is None or place.path.name == writer:
            for segment in place.segments():
                yield from segment.frames()
