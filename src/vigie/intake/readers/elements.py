"""One long JSON array of records: the way archives and saved answers are written. Read in parts, like lines."""

import re
from typing import Any

import numpy as np

from vigie.errors import Malformed
from vigie.intake.readers.reader import LONGEST_RECORD, BadLine, Decoded
from vigie.intake.readers.records import Buffer, Offsets, Records, gather

_QUOTE, _BACKSLASH, _OPEN, _CLOSE = b'"\\{}'
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:window\.YTD\.\w+\.part\d+\s*=\s*)?\[")
_BETWEEN = b" \t\r\n,[]"


class Elements:
    """A reader of arrays whose elements are records of one network.

    A part ends where an element does, so the next starts with a comma or the closing bracket.
    """

    def __init__(self, records: Records):
        self.records, self.name = records, records.name

    def split(self, data: Buffer, limit: int, *, last: bool) -> int:
        """Cut after the ``limit``-th element. Raises ``Malformed`` when an element does not end within 16 MiB."""
        starts, ends = objects(np.frombuffer(data, np.uint8))
        if len(ends) > limit:
            return int(ends[limit - 1])
        if last and len(starts) == len(ends):
            return len(data)
        if not len(ends) and len(data) >= LONGEST_RECORD:
            raise Malformed(
                f"An element of this JSON array does not end within {LONGEST_RECORD >> 20} MiB: the array is damaged "
                "from here on. Whoever wrote the file can write it again, or as one record per line."
            )
        return int(ends[-1]) if len(ends) else 0

    def decode(self, chunk: bytes) -> Decoded:
        """The posts of these elements."""
        octets = np.frombuffer(chunk, np.uint8)
        starts, ends = objects(octets)
        bad = _strays(chunk, starts, ends)
        starts = starts[: len(ends)]
        sizes = ends - starts + 1
        packed = b"\n".join([chunk[start:end] for start, end in zip(starts, ends, strict=True)])
        firsts = np.cumsum(sizes) - sizes
        posts, skipped, faults = gather(packed, firsts, firsts + sizes - 1, self.records)
        bad += [(int(starts[i]), int(sizes[i]) - 1, reason) for i, reason in faults]
        breaks = np.flatnonzero(octets == 10)
        lines = [BadLine(int(np.searchsorted(breaks, offset)), offset, size, why) for offset, size, why in sorted(bad)]
        return Decoded(posts, lines, len(breaks), skipped)


def objects(octets: np.ndarray[Any, np.dtype[np.uint8]]) -> tuple[Offsets, Offsets]:
    """Where each outermost JSON object starts and ends; one more start than ends when the last does not end.

    >>> objects(np.frombuffer(b'[{"a": "}"}, {"b": {}}, {', np.uint8))
    (array([ 1, 13, 24]), array([11, 22]))
    """
    braces = np.flatnonzero((octets == _OPEN) | (octets == _CLOSE))
    braces = braces[np.searchsorted(_quotes(octets), braces) % 2 == 0]
    steps = np.where(octets[braces] == _OPEN, 1, -1)
    depth = np.cumsum(steps)
    depth -= np.minimum.accumulate(np.minimum(depth, 0))  # a closing brace too many closes nothing
    before = np.concatenate([[0], depth[:-1]]) if len(depth) else depth
    return braces[(steps == 1) & (before == 0)], braces[(steps == -1) & (before == 1)] + 1


def _quotes(octets: np.ndarray[Any, np.dtype[np.uint8]]) -> Offsets:
    """The quotes that open or close a string: those after an odd number of backslashes do not."""
    quotes, slashes = np.flatnonzero(octets == _QUOTE), np.flatnonzero(octets == _BACKSLASH)
    if not len(slashes):
        return quotes
    first = np.concatenate([[True], np.diff(slashes) != 1])
    run_starts = slashes[first][np.cumsum(first) - 1]
    nearest = np.maximum(np.searchsorted(slashes, quotes) - 1, 0)
    escaped = (slashes[nearest] == quotes - 1) & ((quotes - run_starts[nearest]) % 2 == 1)
    real: Offsets = quotes[~escaped]
    return real


def _strays(chunk: bytes, starts: Offsets, ends: Offsets) -> list[tuple[int, int, str]]:
    """What is neither an element nor a comma nor white space: offset, length, reason."""
    found = []
    position = header.end() if (header := _HEADER.match(chunk)) else 0
    stops = starts.tolist() if len(starts) > len(ends) else [*starts.tolist(), len(chunk)]
    for start, end in zip(stops, [*ends.tolist(), len(chunk)], strict=True):
        gap = chunk[position:start]
        if stray := gap.strip(_BETWEEN):
            found.append((position + gap.find(stray), len(stray), "not a JSON object"))
        position = end
    if len(starts) > len(ends):
        found.append((stops[-1], len(chunk) - stops[-1], "the array ends in the middle of this element"))
    return found
