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
    """Chunks of at most ``limit`` records, in order and without a gap; each is cut once ``full`` bytes are at hand.

    >>> from vigie.intake.readers.formats import reader
    >>> [(chunk.start, chunk.end, chunk.whole) for chunk in chunks([(0, b"{}\\n{}"), (5, b"\\n{")], reader("jsonl"), 1)]
    [(0, 3, True), (3, 6, True), (6, 7, False)]
    """
    held, start = bytearray(), 0
    for offset, piece in pieces:
        start = start if held else offset
        held += piece
        while len(held) >= full and (data := _cut(held, reader, limit, last=False)):
            yield Chunk(start, start := start + len(data), data)
    while held and (data := _cut(held, reader, limit, last=True)):
        yield Chunk(start, start := start + len(data), data)
    if held:
        yield Chunk(start, start + len(held), bytes(held), whole=False)


def _cut(held: bytearray, reader: Reader, limit: int, *, last: bool) -> bytes:
    with memoryview(held) as view:
        data = bytes(view[: reader.split(view, limit, last=last)])
    del held[: len(data)]
    return data
