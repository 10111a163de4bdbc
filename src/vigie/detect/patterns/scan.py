"""Which posts of a batch may match which pattern. Every candidate is then verified within its own post by the pattern itself.

Most patterns cannot match without certain words, which one walk over the batch looks for. The few others are left to an
engine that reads them all at once, over the whole batch as one block of bytes: a match may then seem to cross two posts.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.patterns import words
from vigie.detect.patterns.pattern import Pattern
from vigie.errors import Misconfigured
from vigie.intake import compiling, folding

#: (row, number of the pattern); may hold false candidates, never misses one
Candidates = Iterable[tuple[int, int]]


class _Engine(Protocol):
    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates: ...


_BETWEEN = pa.scalar(
    "\n", pa.string()
)  # with its type: telling that of a plain value takes pyarrow a tenth of a millisecond


class _Hyperscan:
    def __init__(self, patterns: tuple[Pattern, ...]):
        import hyperscan

        content = "\n".join([version("hyperscan"), *(p.expression for p in patterns)])
        place = compiling.kept(f"patterns-{hashlib.sha256(content.encode()).hexdigest()[:16]}.db")
        self._database = _kept_database(place) or _compiled_database(patterns, place)
        self._scratch = hyperscan.Scratch(self._database)

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        rows = len(offsets) - 1
        one_list = pa.ListArray.from_arrays(pa.array([0, rows], pa.int32()), folding.string_column(offsets, data))
        block = pc.binary_join(one_list, _BETWEEN)[0].as_buffer()
        numbers: list[int] = []
        ends: list[int] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            numbers.append(number)
            ends.append(end)

        self._database.scan(memoryview(block), match_event_handler=note, scratch=self._scratch)
        if not ends:
            return []
        # Post i begins at offsets[i] + i: one line feed stands between two posts.
        begins = offsets[:-1].astype(np.int64) - offsets[0] + np.arange(rows)
        found = np.searchsorted(begins, np.array(ends) - 1, side="right") - 1
        return set(zip(found.tolist(), numbers, strict=True))


def _kept_database(place: Path | None) -> Any:
    """The database that an earlier start compiled, if it is there and of this kind of machine."""
    import hyperscan

    try:
        return hyperscan.loadb(place.read_bytes(), hyperscan.HS_MODE_BLOCK) if place else None
    except (OSError, hyperscan.error):
        return None


def _compiled_database(patterns: tuple[Pattern, ...], place: Path | None) -> Any:
    import hyperscan

    for pattern in patterns:
        pattern.check()
    try:
        database = _database(patterns)
    except hyperscan.error:
        for pattern in patterns:  # the engine does not say which
            _refuse_alone(pattern)
        raise
    if place is not None:
        new = place.with_name(f"{place.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a full disk costs a compilation at the next start, no more
            new.write_bytes(hyperscan.dumpb(database))
            new.replace(place)
    return database


def _database(patterns: tuple[Pattern, ...]) -> Any:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [pattern.expression.encode() for pattern in patterns]
    count = len(patterns)
    database.compile(expressions=expressions, ids=list(range(count)), elements=count, flags=[0] * count)
    return database


def _refuse_alone(pattern: Pattern) -> None:
    import hyperscan

    try:
        _database((pattern,))
    except hyperscan.error as error:
        raise Misconfigured(f"{pattern.where}: hyperscan does not accept this pattern: {error}") from error


class _Re2:
    """The portable engine, post by post."""

    def __init__(self, patterns: tuple[Pattern, ...]):
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 1 << 30
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            pattern.check()
            self._set.Add(pattern.expression.encode())
        self._set.Compile()

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        text = data.tobytes()
        return [
            (row, number)
            for row in range(len(offsets) - 1)
            for number in self._set.Match(text[offsets[row] : offsets[row + 1]]) or ()
        ]


class _Words:
    """The words that patterns cannot do without, then the engine for the patterns that have none."""

    def __init__(self, patterns: tuple[Pattern, ...], engine: str):
        *tree, self._owners, left = words.kept_table(patterns)
        self._tree, self._left = tree, left.tolist()
        start = _Hyperscan if engine == "hyperscan" else _Re2
        self._engine: _Engine | None = start(tuple(patterns[number] for number in self._left)) if self._left else None

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> Candidates:
        from vigie.detect.patterns import walk

        rows, branches = walk.branches(offsets, data, *self._tree).T
        found = set(zip(rows.tolist(), self._owners[branches].tolist(), strict=True))
        if self._engine is not None:
            found |= {(row, self._left[number]) for row, number in self._engine.candidates(offsets, data)}
        return found


class Finder:
    """Some patterns at once; a pattern that an engine refuses is reported at the first use.

    ``engine`` is ``hyperscan`` where it is installed, else ``re2``.
    """

    def __init__(self, patterns: tuple[Pattern, ...], engine: str | None = None):
        self.engine = engine or ("hyperscan" if find_spec("hyperscan") else "re2")
        self._patterns = patterns
        # Compiling takes seconds on a first start: whoever asks first waits for it.
        with_one_thread = ThreadPoolExecutor(1)
        self._engine: Future[_Engine] | None = (
            with_one_thread.submit(_Words, patterns, self.engine) if patterns else None
        )
        with_one_thread.shutdown(wait=False)

    def candidates(self, offsets: np.ndarray, data: np.ndarray) -> list[tuple[int, Pattern]]:
        """The (row, pattern) pairs that may match, in the order of the patterns. Takes the buffers of a folded column."""
        if self._engine is None or len(offsets) < 2:
            return []
        found = sorted(self._engine.result().candidates(offsets, data))
        return [(row, self._patterns[number]) for row, number in found]
