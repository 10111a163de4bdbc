"""The draw of second looks: the share that was set, the same on every day, and nothing that anyone can steer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Misconfigured
from vigie.review.second_look import Golden, Shares, Verdict, compare, drawn, golden_now

SEED, OTHER = b"sixteen bytes at least", b"another sixteen bytes"
CASES = [f"case-{n}" for n in range(20_000)]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_as_many_are_drawn_as_was_set(share):
    found = sum(drawn(case, share, SEED) for case in CASES)
    expected, spread = share * len(CASES), (share * (1 - share) * len(CASES)) ** 0.5
    assert abs(found - expected) < 4 * spread


def test_none_and_all():
    assert not any(drawn(case, 0.0, SEED) for case in CASES)
    assert all(drawn(case, 1.0, SEED) for case in CASES)


def test_another_seed_draws_others_independently():
    both = sum(drawn(case, 0.1, SEED) and drawn(case, 0.1, OTHER) for case in CASES)
    assert 140 < both < 260  # 1 % of 20,000, four standard deviations


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_only_adds_cases(case, one, other):
    assert drawn(case, min(one, other), SEED) <= drawn(case, max(one, other), SEED)


def test_a_short_seed_is_refused():
    with pytest.raises(Misconfigured, match="15 bytes"):
        drawn("case", 0.5, b"x" * 15)


def test_the_greater_of_clause_and_moderator_holds():
    shares = Shares(default=0.05, by_clause={"a.b": 0.5, "c.d": 0.0}, by_moderator={"new": 0.2})
    assert shares.share("a.b", "new") == 0.5
    assert shares.share("c.d", "new") == shares.share(None, "new") == 0.2
    assert shares.share("c.d", "old") == 0.0
    assert shares.share("e.f", "old") == shares.share(None, "old") == 0.05


@pytest.mark.parametrize("bad", [{"default": 1.1}, {"by_clause": {"a.b": -0.1}}, {"by_moderator": {"x": float("nan")}}])
def test_an_impossible_share_is_refused(bad):
    with pytest.raises(Misconfigured, match="between 0 and 1"):
        Shares(**bad)


LEFT = Verdict(breach=False)
REMOVED = Verdict(breach=True, clause="a.b@1", restriction="REMOVED")


@pytest.mark.parametrize(
    ("second", "differs"),
    [
        (REMOVED, ()),
        (Verdict(breach=True, clause="a.b@2", restriction="REMOVED"), ()),
        (Verdict(breach=True, clause="a.c@1", restriction="REMOVED"), ("clause",)),
        (Verdict(breach=True, clause="a.b@1", restriction="DEMOTED"), ("restriction",)),
        (Verdict(breach=True, clause="a.c@1", restriction="DEMOTED"), ("clause", "restriction")),
        (LEFT, ("breach",)),
    ],
)
def test_verdicts_are_compared_either_way_round(second, differs):
    assert compare(REMOVED, second).differs == compare(second, REMOVED).differs == differs
    assert compare(REMOVED, second).agrees == (not differs)


def test_what_was_left_up_was_left_up_whatever_else_was_noted():
    assert compare(LEFT, Verdict(breach=False, clause="a.b@1")).agrees


GOLDEN = [f"g{n}" for n in range(30)]


def test_golden_cases_come_as_often_as_set_and_never_twice():
    seen: set[str] = set()
    for given_before in range(1_000):
        case = golden_now("ann", given_before, GOLDEN, seen, Golden(share=0.02), SEED)
        assert case not in seen
        seen |= {case} if case else set()
    assert 5 <= len(seen) <= 30


def test_each_person_meets_golden_cases_in_another_order_and_none_is_left_in_the_end():
    always = Golden(share=1.0)
    firsts = {golden_now(f"person-{n}", 0, GOLDEN, set(), always, SEED) for n in range(40)}
    assert len(firsts) > 10
    assert golden_now("ann", 0, GOLDEN, set(GOLDEN), always, SEED) is None
    assert golden_now("ann", 0, GOLDEN, set(), Golden(share=0.0), SEED) is None
    with pytest.raises(Misconfigured):
        Golden(share=2.0)
