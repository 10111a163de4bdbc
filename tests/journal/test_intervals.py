"""What has been read of a source, against a plain set of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.journal.intervals import Intervals

stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda p: (p[0], p[0] + p[1])), max_size=12)


def plain(found: list[tuple[int, int]]) -> set[int]:
    return {byte for start, stop in found for byte in range(start, stop)}


@given(stretches, st.integers(0, 90), stretches)
def test_it_says_what_a_plain_set_says(found: list[tuple[int, int]], until: int, others: list[tuple[int, int]]) -> None:
    read, bytes_read = Intervals(found), plain(found)
    assert plain(list(read)) == bytes_read
    assert read.total == len(bytes_read)
    assert read.first_hole == next(n for n in range(100) if n not in bytes_read)
    assert plain(list(read.missing(until))) == set(range(until)) - bytes_read
    assert plain(list(read | Intervals(others))) == bytes_read | plain(others)
    for start, stop in others:
        assert read.covers(start, stop) == (set(range(start, stop)) <= bytes_read)


@given(stretches, st.randoms())
def test_order_does_not_matter_and_nothing_is_counted_twice(found: list[tuple[int, int]], dice: object) -> None:
    again = found + found
    dice.shuffle(again)  # type: ignore[attr-defined]
    assert Intervals(again) == Intervals(found)


@given(stretches)
def test_the_stretches_are_in_order_and_do_not_touch(found: list[tuple[int, int]]) -> None:
    flat = [edge for stretch in Intervals(found) for edge in stretch]
    assert flat == sorted(set(flat))


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (5, 4)])
def test_a_stretch_that_is_none_is_a_bug(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="not a stretch"):
        Intervals().add(start, stop)
