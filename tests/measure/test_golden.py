"""Error rates: who is counted where, and the exact interval against another computation of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from vigie.measure.golden import Answer, Share, error_rates


def answer(breach: bool, said: bool, clause: str = "a.b", language: str = "fr") -> Answer:
    return Answer(clause=clause, language=language, breach=breach, said=said)


def test_each_error_counts_among_the_cases_where_it_can_be_made():
    answers = [answer(True, True)] * 6 + [answer(True, False)] * 2 + [answer(False, True)] + [answer(False, False)] * 3
    (row,) = error_rates(answers)
    assert (row.wrong, row.missed, row.restricted_for_nothing) == (Share(3, 12), Share(2, 8), Share(1, 4))


def test_clauses_and_languages_are_kept_apart():
    rows = error_rates([answer(True, True, "c.d", "en"), answer(True, False), answer(True, True, language="en")])
    assert [(row.clause, row.language, row.wrong) for row in rows] == [
        ("a.b", "en", Share(0, 1)),
        ("a.b", "fr", Share(1, 1)),
        ("c.d", "en", Share(0, 1)),
    ]


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_that_of_clopper_and_pearson(counts):
    part, whole = counts
    low, high = Share(part, whole).interval
    assert low == pytest.approx(beta.ppf(0.025, part, whole - part + 1) if part else 0.0)
    assert high == pytest.approx(beta.ppf(0.975, part + 1, whole - part) if part < whole else 1.0)


def test_of_nothing_nothing_is_known():
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, (0.0, 1.0))
