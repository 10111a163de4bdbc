"""Nobody is shown more than the limits allow, a rest ends when it says, and opting out is for good."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Misconfigured
from vigie.review.wellbeing import Answer, Exposure, Limits, Offer, Person, exposures_by_day, may_see

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFER = Offer(area="hate", gravity=4, fingerprint="9f")
LIMITS = Limits(caps={"hate": 3, "": 5}, work=50 * MINUTE, rest=10 * MINUTE, grave=4, grave_run=4)


def shown(*minutes: float, area: str = "hate", gravity: int = 1) -> list[Exposure]:
    """A minute each, so many minutes after noon."""
    return [
        Exposure(area=area, gravity=gravity, begin=NOON + at * MINUTE, end=NOON + (at + 1) * MINUTE) for at in minutes
    ]


def asked(exposures: list[Exposure], after: float, **person: object) -> Answer:
    return may_see(Person(zone=PARIS, exposures=exposures, **person), OFFER, LIMITS, NOON + after * MINUTE)


def test_one_may_begin():
    assert asked([], 0) == Answer(True)


def test_opting_out_and_duplicates_are_for_good():
    assert asked([], 0, opted_out={"hate"}) == Answer(False, "opted_out")
    assert asked([], 0, opted_out={"other"}) == Answer(True)
    assert asked([], 0, seen={"9f"}) == Answer(False, "seen_before")


def test_a_cap_holds_until_midnight_where_the_person_is():
    full = asked(shown(0, 2, 4), 20)
    assert (full.allowed, full.key) == (False, "area_cap")
    assert full.until == datetime(2026, 11, 23, 23, tzinfo=UTC)  # midnight in Paris, in winter
    assert asked(shown(0, 2, 4), 11 * 60 - 1) == full
    assert asked(shown(0, 2, 4), 11 * 60) == Answer(True)


def test_all_areas_together_have_a_cap_too():
    others = shown(0, 2, 4, 6, 8, area="scam")
    assert asked(others, 20).key == "day_cap"
    assert asked(others[1:], 20) == Answer(True)


def test_the_day_is_that_of_the_persons_zone():
    late = Exposure(area="hate", gravity=1, begin=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    counts = exposures_by_day([late], PARIS)
    assert counts == {(NOON.date(), "hate"): 1, (NOON.date(), ""): 1}


def test_a_rest_is_due_after_long_work_and_ends_when_it_says():
    work = shown(0, 9, 18, 27, 36, 45, 54, area="else")
    limits = Limits(work=50 * MINUTE, rest=10 * MINUTE)
    person = Person(zone=PARIS, exposures=work)
    answer = may_see(person, OFFER, limits, NOON + 55 * MINUTE)
    assert answer == Answer(False, "rest_after_work", NOON + 65 * MINUTE)
    assert not may_see(person, OFFER, limits, answer.until - MINUTE).allowed
    assert may_see(person, OFFER, limits, answer.until).allowed


def test_an_open_post_is_work_too():
    open_still = [Exposure(area="else", gravity=1, begin=NOON)]
    assert asked(open_still, 49).allowed
    assert asked(open_still, 50) == Answer(False, "rest_after_work", NOON + 60 * MINUTE)


def test_a_rest_is_due_after_many_grave_posts():
    assert asked(shown(0, 1, 2, area="else", gravity=5), 3).allowed
    assert asked(shown(0, 1, 2, 3, area="else", gravity=5), 4) == Answer(False, "rest_after_grave", NOON + 14 * MINUTE)
    assert asked(shown(0, 1, 2, 3, area="else", gravity=3), 4).allowed


def test_a_rest_that_nobody_ordered_counts():
    assert asked(shown(0, 1, 13, 14, area="else", gravity=5), 15).allowed


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5), st.integers(1, 5)), max_size=40), st.floats(1, 120))
def test_whoever_rests_until_then_may_go_on_and_no_stretch_passes_its_limits(rows, later):
    limits = Limits(work=50 * MINUTE, rest=10 * MINUTE, grave=4, grave_run=4)
    at, done = NOON, []
    for wait, lasts, gravity in rows:
        at += wait * MINUTE
        person = Person(zone=UTC, exposures=done)
        answer = may_see(person, OFFER, limits, at)
        if not answer.allowed:
            assert answer.until > at
            assert may_see(person, OFFER, limits, answer.until).allowed
            at = answer.until
        done = [*done, Exposure(area="hate", gravity=gravity, begin=at, end=at + lasts * MINUTE)]
        at += lasts * MINUTE
    stretches, since = [[]], None
    for one in done:
        if since is not None and one.begin - since >= limits.rest:
            stretches.append([])
        stretches[-1].append(one)
        since = one.end
    for stretch in stretches:
        assert sum(one.gravity >= limits.grave for one in stretch[:-1]) < limits.grave_run
        assert not stretch or stretch[-1].begin - stretch[0].begin < limits.work + limits.rest


@pytest.mark.parametrize("bad", [{"work": 0 * MINUTE}, {"rest": 0 * MINUTE}, {"grave_run": 0}, {"caps": {"hate": -1}}])
def test_limits_under_which_nobody_can_work_are_refused(bad):
    with pytest.raises(Misconfigured, match="mend breaks and caps"):
        Limits(**bad)


@pytest.mark.parametrize("key", ["area_cap", "day_cap", "rest_after_work", "rest_after_grave"])
def test_a_refusal_says_until_when(key):
    answer = Answer(False, key, NOON)
    assert "14:05" in answer.sentence("fr", until="14:05")
    assert "14:05" in answer.sentence("en", until="14:05")
