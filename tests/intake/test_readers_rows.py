"""A post keeps what its record said, and oddities become null: by the row and by the batch alike."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.intake.readers.batches import Doubt, batch, batch_of_rows
from vigie.intake.readers.instants import instants
from vigie.intake.readers.rows import LONGEST_TEXT, Bad, Row, count, name, row

THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-05-06T07:08:09Z", THEN),
        ("2024-05-06T07:08:09.000Z", THEN),
        ("2024-05-06T07:08:09.000000001Z", THEN),
        ("2024-05-06T09:08:09+02:00", THEN),
        ("2024-05-06T09:08:09+0200", THEN),
        ("2024-05-06 07:08:09", THEN),
        (" 2024-05-06T07:08:09Z ", THEN),
        ("Mon May 06 07:08:09 +0000 2024", THEN),
        ("Mon May 06 09:08:09 +0200 2024", THEN),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
        (1714979289, THEN),
        (1714979289.0, THEN),
        (1714979289000, THEN),
        (1714979289000000, THEN),
        ("1714979289", THEN),
        ("1714979289000", THEN),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-05-06T25:00:00Z", None),
        ("Mon Mai 06 07:08:09 +0000 2024", None),
        ("Mon May 06", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5000, None),
        (10**400, None),
        (float("nan"), None),
        (float("inf"), None),
        (-1, None),
        (True, None),
        (None, None),
    ],
)
def test_instant(written: object, read: datetime | None) -> None:
    assert instants([written]).to_pylist() == [read]
    assert instants([written, "not a time", "2024-05-06T07:08:09Z"]).to_pylist() == [read, None, THEN]


@given(st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2210, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_a_column_reads_as_its_values_do(moments: list[datetime]) -> None:
    written = [moment.isoformat().replace("+00:00", "Z") for moment in moments]
    fast, slow = instants(written), instants([*written, "x"])
    assert fast.equals(slow[:-1])
    valid = range(1970, 2200)
    assert fast.to_pylist() == [moment if moment.year in valid else None for moment in moments]


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["\0", "a" * 65, "a" * 2001, "é" * 33, "12", " 3", "2024-05-06T07:08:09Z", 10**5000, 2**63, -1]),
)


@given(st.tuples(odd, odd, odd, odd, odd, odd, odd, odd))
def test_a_batch_is_sure_of_what_it_accepts(values: tuple[object, ...]) -> None:
    """Whatever a batch takes at once, a close look would have read the same."""
    try:
        at_once = batch([[value] for value in values])
    except Doubt:
        return
    closely = row(*values)
    assert isinstance(closely, Row)
    assert batch_of_rows([closely]).equals(at_once)


@given(st.tuples(odd, odd, odd, odd, odd, odd, odd, odd))
def test_a_row_always_fits(values: tuple[object, ...]) -> None:
    seen = row(*values)
    if isinstance(seen, Row):
        batch_of_rows([seen]).validate(full=True)
    else:
        assert seen.reason


def test_limits() -> None:
    assert row("1", "a" * LONGEST_TEXT) == Row("1", "a" * LONGEST_TEXT)
    assert row("1", "a" * (LONGEST_TEXT + 1)) == Bad("the text is longer than 1,000,000 characters")
    assert row("a" * 2001, "") == Bad("the id is longer than 2,000 bytes")
    assert row("\0", "") == Bad("the id holds a NUL character")
    assert row(10**5000, "") == Bad("the id is longer than 2,000 bytes")
    assert name("fr" * 40, 64) is None
    assert count(2**63) is None
    assert count("9" * 30) is None


def test_an_empty_name_is_none() -> None:
    posts = batch_of_rows([Row("1", "")._replace(account="", declared_language="")])
    assert posts.column("account").to_pylist() == [None]
    assert posts.column("declared_language").to_pylist() == [None]


def test_no_posts() -> None:
    assert batch_of_rows([]).num_rows == 0
    assert isinstance(batch_of_rows([]), pa.RecordBatch)
