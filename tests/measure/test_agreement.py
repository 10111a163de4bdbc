"""Alpha against the examples of its author, and against what must hold of any ratings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.measure.agreement import ENOUGH, agreement, alpha


def units(*lines: str) -> list[list[str]]:
    """From a line per observer, a column per unit; a dot where an observer said nothing."""
    return [[said for said in unit if said != "."] for unit in zip(*lines, strict=True)]


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A, B and C
@pytest.mark.parametrize(
    ("lines", "published"),
    [
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
)
def test_alpha_is_that_of_the_published_examples(lines, published):
    assert alpha(units(*lines)) == pytest.approx(published, abs=0.0005)


RATINGS = st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=30)


@given(RATINGS)
def test_alpha_is_that_of_the_coincidence_matrix(ratings):
    """Another way to compute it: every ordered pair of one unit's values, weighted by 1 / (raters - 1)."""
    pairs: dict[tuple[str, str], float] = {}
    for unit in ratings:
        for n, one in enumerate(unit):
            for other in unit[:n] + unit[n + 1 :]:
                pairs[one, other] = pairs.get((one, other), 0.0) + 1 / (len(unit) - 1)
    n = sum(pairs.values())
    totals = {value: sum(weight for (one, _), weight in pairs.items() if one == value) for value in "abc"}
    expected = sum(totals[one] * totals[other] for one in "abc" for other in "abc" if one != other) / max(n - 1, 1)
    if expected < 1e-9:
        assert alpha(ratings) is None
    else:
        observed = sum(weight for (one, other), weight in pairs.items() if one != other)
        assert alpha(ratings) == pytest.approx(1 - observed / expected)


@given(RATINGS)
def test_what_is_judged_once_and_who_judged_it_change_nothing(ratings):
    assert alpha([*ratings, ["a"], []]) == alpha(ratings)
    turned = alpha([unit[::-1] for unit in ratings[::-1]])
    assert turned == alpha(ratings) or math.isclose(turned, alpha(ratings), abs_tol=1e-12)


def test_with_nothing_to_disagree_on_there_is_nothing_to_measure():
    assert alpha([]) is None
    assert alpha([["yes", "yes"]] * 100) is None
    assert agreement([["yes", "yes"]] * 100, seed=1).low is None


MIXED = [["yes", "yes"], ["no", "no"], ["no", "yes"], ["no", "no"]]


def test_few_posts_or_little_variety_give_no_interval():
    few = agreement((MIXED * 20)[: ENOUGH - 1], seed=1)
    assert few.alpha is not None
    assert (few.low, few.high) == (None, None)
    one_sided = agreement([["no", "no"]] * 500 + [["yes", "yes"]] * 9, seed=1)
    assert (one_sided.alpha, one_sided.low) == (1.0, None)


def test_the_interval_holds_the_estimate_narrows_and_hangs_on_the_seed_alone():
    small, large = agreement(MIXED * 25, seed=1), agreement(MIXED * 250, seed=1)
    for found in (small, large):
        assert found.low < found.alpha < found.high
    assert large.high - large.low < (small.high - small.low) / 2
    assert small == agreement(MIXED * 25, seed=1) != agreement(MIXED * 25, seed=2)


def test_those_who_never_disagreed_may_still_do_so():
    found = agreement([["yes", "yes"], ["no", "no"]] * 50, seed=1)
    assert (found.alpha, found.high) == (1.0, 1.0)
    assert 0.9 < found.low < 1
