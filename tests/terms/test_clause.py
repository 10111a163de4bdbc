"""Which version binds people, and which rules look for a breach, on a given day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from vigie.errors import Misconfigured

from .samples import GOOD, SECOND, clause

FIRST_DAY, SECOND_DAY = date(2026, 11, 1), date(2027, 1, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (FIRST_DAY - DAY, None),
        (FIRST_DAY, 1),
        (SECOND_DAY - DAY, 1),
        (SECOND_DAY, 2),
        (SECOND_DAY + 4000 * DAY, 2),
    ],
)
def test_a_version_binds_from_its_first_day_to_the_eve_of_the_next(day, number):
    version = clause(GOOD + SECOND).version_on(day)
    assert (version and version.number) == number


def test_rules_of_one_day_hold_together_and_those_of_a_later_day_replace_them():
    both = clause(GOOD + SECOND)
    assert both.rules_on(FIRST_DAY - DAY) == ()
    assert [rule.when for rule in both.rules_on(FIRST_DAY)] == ["rain >= review", "rain_words >= 0.6"]
    assert [rule.when for rule in both.rules_on(SECOND_DAY)] == ["snow_words >= 0.6"]


def test_a_decision_cites_the_version_of_its_day():
    both = clause(GOOD + SECOND)
    assert both.cite(FIRST_DAY) == "test.rain@1"
    assert both.cite(SECOND_DAY) == "test.rain@2"


def test_nothing_can_be_cited_before_the_first_version():
    with pytest.raises(
        Misconfigured, match=r"test\.rain\.toml: test\.rain has no version in force on 2026-10-31.*2026-11-01"
    ):
        clause().cite(FIRST_DAY - DAY)


@given(st.lists(st.dates(), min_size=1, max_size=6, unique=True), st.dates())
def test_whatever_the_order_in_the_file_the_latest_version_that_has_begun_is_in_force(days, today):
    sample = clause()
    versions = tuple(replace(sample.versions[0], number=n, in_force_from=day) for n, day in enumerate(days, start=1))
    found = replace(sample, versions=versions).version_on(today)
    assert (found and found.in_force_from) == max((day for day in days if day <= today), default=None)
