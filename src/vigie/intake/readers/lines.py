"""One record per line: the way streams and most dumps are written."""

import numpy as np

from vigie.intake.readers.reader import LONGEST_RECORD, BadLine, Decoded
from vigie.intake.readers.records import Buffer, Records, gather

_NEWLINE, _RETURN = 10, 13
_WINDOW = 1 << 17  # bytes: what is found in them fits into the processor's cache


class Lines:
    """A reader of JSON lines whose records are of one network."""

    def __init__(self, records: Records):
        self.records, self.name = records, records.name

    def split(self, data: Buffer, limit: int, *, last: bool) -> int:
        """Cut after the ``limit``-th line break. A line that does not end within 16 MiB is cut there, and bad."""
        cut, whole = after_lines(data, limit)
        if not whole and last and self._ends_well(data[cut:]):
            return len(data)
        return LONGEST_RECORD if cut == 0 and len(data) >= LONGEST_RECORD else cut

    def decode(self, chunk: bytes) -> Decoded:
        """The posts of these lines."""
        octets = np.frombuffer(chunk, np.uint8)
        breaks = np.flatnonzero(octets == _NEWLINE)
        starts = np.concatenate([[0], breaks + 1])
        ends = np.concatenate([breaks, [len(chunk)]])
        lines = len(starts) - bool(starts[-1] == len(chunk))
        ends -= (ends > starts) & (octets[ends - 1] == _RETURN) if chunk else 0
        filled = np.flatnonzero(ends > starts)
        starts, ends = starts[filled], ends[filled]
        posts, skipped, faults = gather(chunk, starts, ends, self.records)
        sizes = ends - starts
        bad = [BadLine(int(filled[i]), int(starts[i]), int(sizes[i]), _why(int(sizes[i]), why)) for i, why in faults]
        return Decoded(posts, bad, lines, skipped)

    def _ends_well(self, tail: Buffer) -> bool:
        decoded = self.decode(bytes(tail))
        return not decoded.bad or decoded.posts.num_rows > 0


def _why(size: int, reason: str) -> str:
    return reason if size < LONGEST_RECORD else f"the line is longer than {LONGEST_RECORD >> 20} MiB"


def after_lines(data: Buffer, limit: int) -> tuple[int, bool]:
    """Where the ``limit``-th line ends, and whether there were that many; else where the last whole line ends.

    >>> after_lines(b"a\\nb\\nc", 1), after_lines(b"a\\nb\\nc", 3)
    ((2, True), (4, False))
    """
    octets, last = np.frombuffer(data, np.uint8), 0
    for start in range(0, len(octets), _WINDOW):
        breaks = octets[start : start + _WINDOW] == _NEWLINE
        found = int(np.count_nonzero(breaks))  # much faster than where they are
        if found >= limit:
            return start + int(np.flatnonzero(breaks)[limit - 1]) + 1, True
        limit, last = limit - found, start if found else last
    breaks = np.flatnonzero(octets[last : last + _WINDOW] == _NEWLINE)
    return last + int(breaks[-1]) + 1 if len(breaks) else 0, False


def count_breaks(data: Buffer) -> int:
    """How many line breaks there are; ``bytes.count`` takes five times as long.

    >>> count_breaks(b"a\\n\\nb")
    2
    """
    octets = np.frombuffer(data, np.uint8)
    windows = range(0, len(octets), _WINDOW)
    return sum(int(np.count_nonzero(octets[start : start + _WINDOW] == _NEWLINE)) for start in windows)
