"""A rest that is due ends, and a day off counts as one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.services import decisions, review, wellbeing
from vigie.services.decisions import Verdict
from vigie.store.models import Case, Exposure, User

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def shown(key: str, user: User, minute: int) -> Case:
    """A case in somebody's hands, with its post unmasked."""
    one = case(key)
    review.claim(one.pk, user, NOW + minute * MINUTE)
    wellbeing.reveal(one, one.posts.get().post_id, user, NOW + minute * MINUTE)
    return one


def test_whoever_has_decided_no_longer_looks_and_the_rest_begins() -> None:
    anne = person("anne")
    for minute in range(0, 60, 5):
        one = shown(f"p{minute}", anne, minute)
        decisions.settle(one.pk, Verdict(breach=False), by=anne, at=NOW + (minute + 4) * MINUTE)
    assert not Exposure.objects.filter(end=None).exists()
    with pytest.raises(wellbeing.Resting):
        wellbeing.rested(anne, NOW + 60 * MINUTE)
    wellbeing.rested(anne, NOW + 69 * MINUTE)


@pytest.mark.parametrize("act", [review.release, review.skip, review.escalate])
def test_whoever_gives_a_case_back_no_longer_looks(act: Callable[..., Case]) -> None:
    anne = person("anne")
    one = shown("p1", anne, 0)
    act(one.pk, anne, NOW + 2 * MINUTE, "for a colleague")
    assert Exposure.objects.get().end == NOW + 2 * MINUTE


def test_whoever_keeps_a_case_for_later_no_longer_looks() -> None:
    anne = person("anne")
    one = shown("p1", anne, 0)
    review.hold(one.pk, anne, NOW + 2 * MINUTE, NOW + timedelta(days=1))
    assert Exposure.objects.get().end == NOW + 2 * MINUTE


def test_a_note_is_no_end() -> None:
    anne = person("anne")
    one = shown("p1", anne, 0)
    review.add_note(one.pk, anne, NOW + MINUTE, "Look at the thread.")
    assert Exposure.objects.get().end is None


def test_nobody_looks_at_a_post_all_night() -> None:
    anne = person("anne")
    for minute in range(0, 60, 5):
        shown(f"p{minute}", anne, minute)
    with pytest.raises(wellbeing.Resting):
        wellbeing.rested(anne, NOW + 60 * MINUTE)
    wellbeing.rested(anne, NOW + timedelta(hours=12))
