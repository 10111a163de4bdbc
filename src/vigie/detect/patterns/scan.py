"""Which posts of a batch may match which pattern: all patterns at once over the whole batch, as one block of bytes.

A match may then seem to cross two posts; every candidate is verified within its own post by the pattern itself.
"""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from vigie.detect.patterns.pattern import Pattern
from vigie.errors import Misconfigured

#: (row, number of the pattern); may hold false candidates, never misses one
Candidates = Iterable[tuple[int, int]]


class _Engine(Protocol):
    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates: ...


class _Hyperscan:
    def __init__(self, patterns: tuple[Pattern, ...]):
        import hyperscan

        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = [p.expression.encode() for p in patterns]
        self._database.compile(
            expressions=expressions, ids=list(range(len(patterns))), elements=len(patterns), flags=[0] * len(patterns)
        )

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        from vigie.detect import kernels

        block = kernels.joined(offsets, data)
        numbers: list[int] = []
        ends: list[int] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            numbers.append(number)
            ends.append(end)

        self._database.scan(block.tobytes(), match_event_handler=note)
        if not ends:
            return []
        # Post i begins at offsets[i] + i: one line feed stands after each post.
        begins = offsets[:-1].astype(np.int64) - offsets[0] + np.arange(len(offsets) - 1)
        rows = np.searchsorted(begins, np.array(ends) - 1, side="right") - 1
        return set(zip(rows.tolist(), numbers, strict=True))


class _Re2:
    """The portable engine, post by post."""

    def __init__(self, patterns: tuple[Pattern, ...]):
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 1 << 30
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern.expression.encode())
        self._set.Compile()

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        text = data.tobytes()
        return [
            (row, number)
            for row in range(len(offsets) - 1)
            for number in self._set.Match(text[offsets[row] : offsets[row + 1]])
        ]


def _culprit(patterns: tuple[Pattern, ...], error: Exception) -> str:
    number = next((int(part) for part in str(error).replace(":", " ").split() if part.isdigit()), None)
    known = number is not None and number < len(patterns)
    return patterns[number].where if known and number is not None else patterns[0].where


class Finder:
    """Every pattern at once. ``engine`` is ``hyperscan`` where it is installed, else ``re2``."""

    def __init__(self, patterns: tuple[Pattern, ...], engine: str | None = None):
        for pattern in patterns:
            pattern.check()
        self.engine = engine or ("hyperscan" if _has_hyperscan() else "re2")
        self._empty = not patterns
        if patterns:
            self._engine: _Engine = self._start(patterns)

    def _start(self, patterns: tuple[Pattern, ...]) -> _Engine:
        if self.engine == "re2":
            return _Re2(patterns)
        import hyperscan

        try:
            return _Hyperscan(patterns)
        except hyperscan.error as error:
            raise Misconfigured(f"{_culprit(patterns, error)}: hyperscan does not accept this pattern: {error}") from error

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        """The (row, pattern) pairs that may match. Takes the buffers of a folded column."""
        return [] if self._empty or len(offsets) < 2 else self._engine.candidates(offsets, data)


def _has_hyperscan() -> bool:
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True

