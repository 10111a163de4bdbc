"""A source cut into chunks of whole records, each with the interval of bytes that the log will remember."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vigie.intake.readers.reader import Reader

FULL = 16 << 20


class Chunk(NamedTuple):
    """The bytes ``[start, end)`` of a source; ``whole`` is false of a rest that holds no whole record."""

    start: int
    end: int
    data: bytes
    whole: bool = True


def chunks(pieces: Iterable[tuple[int, bytes]], reader: Reader, limit: int, *, full: int = FULL) -> Iterator[Chunk]:
    """Chunks of at most ``limit`` records, in order and without a gap.

    Each is cut once ``full`` bytes are at hand, or a quarter more than the last one took.

    >>> from vigie.intake.readers.formats import reader
    >>> [(chunk.start, chunk.end, chunk.whole) for chunk in chunks([(0, b"{}\\n{}"), (5, b"\\n{")], reader("jsonl"), 1)]
    [(0, 3, True), (3, 6, True), (6, 7, False)]
    """
    held, start, enough = _Held(), 0, full
    for offset, piece in pieces:
        start = start if len(held) else offset
        held.add(piece)
        while len(held) >= enough and (data := held.cut(reader, limit, last=False)):
            yield Chunk(start, start := start + len(data), data)
            enough = min(full, len(data) * 5 // 4)  # likely to hold as many records
    while len(held) and (data := held.cut(reader, limit, last=True)):
        yield Chunk(start, start := start + len(data), data)
    if len(held):
        yield Chunk(start, start + len(held), bytes(held.view()), whole=False)


class _Held:
    """The bytes at hand, in memory that is used again and again: new memory costs more than copying the bytes into it."""

    def __init__(self) -> None:
        self._space, self._begin, self._end = memoryview(bytearray()), 0, 0

    def __len__(self) -> int:
        return self._end - self._begin

    def view(self) -> memoryview:
        return self._space[self._begin : self._end]

    def add(self, piece: bytes) -> None:
        rest = self.view()
        if self._begin >= len(rest):
            self._move(self._space, rest)
        if self._end + len(piece) > len(self._space):
            self._move(memoryview(bytearray(2 * (len(rest) + len(piece)))), rest)
        self._space[self._end : self._end + len(piece)] = piece
        self._end += len(piece)

    def _move(self, space: memoryview, rest: memoryview) -> None:
        space[: len(rest)] = rest
        self._space, self._begin, self._end = space, 0, len(rest)

    def cut(self, reader: Reader, limit: int, *, last: bool) -> bytes:
        view = self.view()
        data = bytes(view[: reader.split(view, limit, last=last)])
        self._begin += len(data)
        return data
