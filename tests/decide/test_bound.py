"""The exact bound of a share, against another computation of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from vigie.decide.bound import labels_missing, lower_bound

CASES = [(1, 1), (1, 2), (299, 299), (298, 299), (500, 1000), (3, 50_000), (999_000, 1_000_000), (10, 1_000_000)]


@pytest.mark.parametrize(("correct", "n"), CASES)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_bound_is_that_of_the_beta_distribution(correct, n, confidence):
    expected = beta.ppf(1 - confidence, correct, n - correct + 1)
    assert lower_bound(correct, n, confidence) == pytest.approx(expected, rel=1e-9)


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
@settings(max_examples=100, deadline=None)
def test_the_bound_is_that_of_the_beta_distribution_anywhere(case):
    correct, n = case
    assert lower_bound(correct, n) == pytest.approx(beta.ppf(0.05, correct, n - correct + 1), rel=1e-9)


def test_nothing_right_or_nothing_seen_proves_nothing():
    assert lower_bound(0, 0) == lower_bound(0, 100) == 0


@pytest.mark.parametrize(("correct", "n", "confidence"), [(2, 1, 0.95), (-1, 1, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_impossible_counts_are_a_bug(correct, n, confidence):
    with pytest.raises(ValueError, match="correct of"):
        lower_bound(correct, n, confidence)


@pytest.mark.parametrize("precision", [0.5, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("wrong", [0, 1, 7])
def test_as_many_labels_as_are_said_to_be_missing_are_enough_and_one_less_is_not(precision, wrong):
    n = 40
    more = labels_missing(n - wrong, n, precision)
    assert more is not None
    assert lower_bound(n - wrong + more, n + more) >= precision
    assert more == 0 or lower_bound(n - wrong + more - 1, n + more - 1) < precision


def test_certainty_is_out_of_reach():
    assert labels_missing(1_000, 1_000, 1.0) is None
    assert labels_missing(0, 0, 1 - 1e-9) is None
