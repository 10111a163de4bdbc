"""A source from cursor to cursor: whatever was read already, the rest comes once, in whole records, with its line numbers."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.engine.source import Input, Task
from vigie.intake.readers.formats import reader
from vigie.journal.intervals import Intervals

LINES = [b'{"id": "%d", "text": "post %d"}\n' % (n, n) for n in range(40)]
DATA = b"".join(LINES)
STARTS = [sum(map(len, LINES[:n])) for n in range(len(LINES) + 1)]


def tasks(
    path: Path | None, stream: io.BufferedIOBase, read: Intervals, limit: int, *, here: bool = False
) -> tuple[list[Task], Input]:
    source = Input(path, stream, lambda: False, here=here)  # type: ignore[arg-type]
    head = source.head()
    return list(source.tasks(reader("jsonl", head=head), read, limit)), source


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: tuple(sorted(p))), max_size=4),
    st.integers(1, 15),
    st.booleans(),
    st.booleans(),
)
def test_what_is_missing_comes_once(
    tmp_path_factory: pytest.TempPathFactory, read: list[tuple[int, int]], limit: int, packed: bool, here: bool
) -> None:
    path = tmp_path_factory.mktemp("source") / "posts"
    path.write_bytes(gzip.compress(DATA) if packed else DATA)
    done = Intervals((STARTS[a], STARTS[b]) for a, b in read if a < b)
    with path.open("rb") as stream:
        given_, source = tasks(path, stream, done, limit, here=here)
    covered = {n for a, b in read for n in range(a, b)}
    numbers = []
    for task in given_:
        assert source.compressed == packed
        assert task.data == (DATA[task.start : task.end] if packed or here else None)
        first = STARTS.index(task.start)
        last = STARTS.index(task.end)
        assert task.line == first + 1
        assert last - first <= limit
        numbers += range(first, last)
    assert sorted(numbers) == [n for n in range(40) if n not in covered]
    assert [task.number for task in given_] == list(range(len(given_)))


def test_an_unfinished_last_record_is_left(tmp_path: Path) -> None:
    path = tmp_path / "posts"
    path.write_bytes(DATA + b'{"id": "last", "te')
    with path.open("rb") as stream:
        given_, source = tasks(path, stream, Intervals(), 100)
    assert given_[-1].end == len(DATA)
    assert source.rest == len(b'{"id": "last", "te')
