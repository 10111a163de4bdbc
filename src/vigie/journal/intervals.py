"""What has been read of a source: stretches of bytes, and the holes between them that are still to be read."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Intervals:
    """A set of whole numbers (byte offsets), kept as half-open stretches ``[start, stop)``, in order.

    >>> read = Intervals([(0, 10), (20, 30)])
    >>> read.add(5, 12)
    >>> list(read), read.total, read.first_hole
    ([(0, 12), (20, 30)], 22, 12)
    >>> list(read.missing(40))
    [(12, 20), (30, 40)]
    """

    def __init__(self, stretches: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        for start, stop in stretches:
            self.add(start, stop)

    def add(self, start: int, stop: int) -> None:
        """Add ``[start, stop)``; adding it again changes nothing. Raises ``ValueError`` if it runs backwards."""
        if start < 0 or stop < start:
            raise ValueError(f"[{start}, {stop}) is not a stretch of bytes")
        if start == stop:
            return
        # Those that it overlaps or touches melt into one.
        first, last = bisect_left(self._stops, start), bisect_right(self._starts, stop)
        if first < last:
            start, stop = min(start, self._starts[first]), max(stop, self._stops[last - 1])
        self._starts[first:last], self._stops[first:last] = [start], [stop]

    def __or__(self, other: "Intervals") -> "Intervals":
        """What is in one or in the other."""
        return Intervals([*self, *other])

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._stops, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Intervals) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Intervals({list(self)})"

    def covers(self, start: int, stop: int) -> bool:
        """Whether every byte of ``[start, stop)`` is in; nothing at all is always in."""
        if start >= stop:
            return True
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and stop <= self._stops[at]

    def missing(self, until: int) -> Iterator[tuple[int, int]]:
        """The holes of ``[0, until)``, in order."""
        reached = 0
        for start, stop in self:
            if start >= until:
                break
            if reached < start:
                yield reached, start
            reached = stop
        if reached < until:
            yield reached, until

    @property
    def first_hole(self) -> int:
        """The first byte that is not in."""
        return self._stops[0] if self._starts[:1] == [0] else 0

    @property
    def total(self) -> int:
        """How many bytes are in."""
        return sum(self._stops) - sum(self._starts)
