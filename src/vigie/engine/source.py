"""A source from cursor to cursor: the chunks that are not in the log yet, in order, from a file or from standard input."""

import select
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from vigie.intake.chunks import FULL, chunks
from vigie.intake.opening import compression, pieces
from vigie.intake.readers.formats import HEAD
from vigie.intake.readers.lines import count_breaks
from vigie.intake.readers.reader import Reader
from vigie.journal.intervals import Intervals

POLL = 0.2  # seconds between looks at a source that has nothing new
ENDLESS = 1 << 62

#: Offset in decompressed bytes, and bytes
Piece = tuple[int, bytes]


class Task(NamedTuple):
    """A batch to judge: records in the bytes [start, end) of a source, the first on line ``line``.

    ``data`` is None when whoever judges it can read the bytes from the plain file itself.
    """

    number: int
    start: int
    end: int
    line: int
    data: bytes | None


class Source(Protocol):
    """Where posts come from. Connectors implement this; the engine knows nothing else of them."""

    rest: int  # bytes at the end that are no whole record yet

    def head(self) -> bytes:
        """How it begins, at most 64 KiB: enough to tell the format."""

    def tasks(self, reader: Reader, read: Intervals, limit: int) -> Iterator[Task]:
        """What is not in ``read``, at most ``limit`` records at a time."""

    def done(self) -> float | None:
        """The share that has been read, in [0, 1]; None when it has no end."""


class _Patient:
    """A file that is waited for: reading gives all that is there, and nothing only at the end or when told to stop."""

    def __init__(self, file: BinaryIO, stop: Callable[[], bool], *, grows: bool):
        self._file, self._stop, self._grows = file, stop, grows

    def seekable(self) -> bool:
        return self._grows

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int) -> bytes:
        while not self._stop():
            if self._grows or self._ready(POLL):
                data = self._now(size)
                if data or not self._grows:
                    return data
                time.sleep(POLL)
        return b""

    def read1(self, size: int) -> bytes:
        data = bytearray(self.read(size))
        while data and not self._grows and len(data) < FULL and self._ready(0):
            more = self._now(size)
            if not more:
                break
            data += more
        return bytes(data)

    def _now(self, size: int) -> bytes:
        data: bytes = getattr(self._file, "read1", self._file.read)(size)
        return data

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self._file], [], [], seconds)[0])


def unread(given: Iterable[Piece], read: Intervals, passed: Callable[[bytes], None]) -> Iterator[Iterator[Piece]]:
    """The pieces of each stretch that is not in ``read``, stretch by stretch, in one pass; ``passed`` is told the bytes between.

    >>> between = []
    >>> [[b for _, b in stretch] for stretch in unread([(0, b"abcd"), (4, b"ef")], Intervals([(1, 3)]), between.append)]
    [[b'a'], [b'd', b'ef']]
    >>> between
    [b'bc']
    """
    source = iter(given)
    waiting: list[Piece] = []

    def stretch(start: int, stop: int) -> Iterator[Piece]:
        while piece := waiting.pop() if waiting else next(source, None):
            offset, data = piece
            if offset < start:
                passed(data[: start - offset])
            if wanted := data[max(0, start - offset) : max(0, stop - offset)]:
                yield max(start, offset), wanted
            if offset + len(data) >= stop:
                waiting.append((max(offset, stop), data[max(0, stop - offset) :]))
                return

    for start, stop in read.missing(ENDLESS):
        yield stretch(start, stop)


class Input:
    """A file, or standard input: plain, gzip or zstd.

    ``here`` says that batches are judged in this process, which then need not read them from the file again.
    """

    def __init__(
        self, path: Path | None, stream: BinaryIO, stop: Callable[[], bool], *, follow: bool = False, here: bool = False
    ):
        self.path, self._stop, self._follow, self._here = path, stop, follow, here
        patient = follow or path is None
        self._stream = _Patient(stream, stop, grows=path is not None) if patient else stream
        self._raw = stream
        self.rest = 0
        self._first: list[Piece] = []
        self._pieces: Iterator[Piece] | None = None
        self._size = path.stat().st_size if path is not None else 0
        self.compressed = False

    def head(self) -> bytes:
        """How it begins; of a pipe, as much as has come with its first line."""
        if self.path is not None:
            with self.path.open("rb") as file:
                self.compressed = compression(file.read(4)) != "none"
                file.seek(0)
                return next((data for _, data in pieces(file, name=str(self.path), size=HEAD)), b"")[:HEAD]
        self._pieces = pieces(self._stream, name="standard input")  # type: ignore[arg-type]
        for piece in self._pieces:
            self._first.append(piece)
            if b"\n" in piece[1] or sum(len(data) for _, data in self._first) >= HEAD:
                break
        return b"".join(data for _, data in self._first)[:HEAD]

    def _all(self) -> Iterator[Piece]:
        if self.path is None:
            yield from self._first
            yield from self._pieces or ()
        else:
            yield from pieces(self._stream, name=str(self.path))  # type: ignore[arg-type]

    def tasks(self, reader: Reader, read: Intervals, limit: int) -> Iterator[Task]:
        """Batches of what is not in the log; the bytes that are were counted for their lines only."""
        line, number = 1, 0

        def passed(data: bytes) -> None:
            nonlocal line
            line += count_breaks(data)

        full = FULL if self.path is not None and not self._follow else 1
        for stretch in unread(self._all(), read, passed):
            for chunk in chunks(stretch, reader, limit, full=full):
                if not chunk.whole:
                    self.rest = chunk.end - chunk.start
                elif self._stop():
                    return
                else:
                    by_reference = self.path is not None and not self.compressed and not self._here
                    yield Task(number, chunk.start, chunk.end, line, None if by_reference else chunk.data)
                    passed(chunk.data)
                    number += 1

    def done(self) -> float | None:
        """The share of the file that has been read, compressed or not."""
        return min(1.0, self._raw.tell() / self._size) if self._size and not self._follow else None
