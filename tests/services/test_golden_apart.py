"""Golden cases are nobody's work and in nobody's figures; and they go with the post that they were made from."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.given import NOW, case, person
from vigie.console import cases as pages
from vigie.errors import Refused
from vigie.journal.erase import erase
from vigie.services import (
    capacity,
    decisions,
    erasure,
    golden,
    harm,
    quality,
    receipts,
    review,
    second_person,
    settings,
    trials,
)
from vigie.services.acts import NotFound
from vigie.services.decisions import Verdict
from vigie.services.export import gather
from vigie.services.pulse import pulse
from vigie.store.models import Case, GoldenCase, Outbox, Post, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")
LATER = NOW + timedelta(hours=2)


def everything_counted(data: Path, lead: User) -> dict[str, object]:
    """Each number that the case plane says of cases and decisions."""
    seen = pulse(data, LATER)
    return {
        "pulse": (seen.cases, seen.admitted, seen.waiting, seen.oldest_due, seen.unconfirmed, seen.outbox_waiting),
        "queue": pages._counts(lead, {}),
        "capacity": capacity._people(NOW - timedelta(weeks=4), LATER).count(),
        "handled": int((capacity.last_weeks(LATER).history.handling >= 0).sum()),
        "agreement": len(list(quality.looked_twice(LATER))),
        "labels": len(list(trials.labels())),
        "nobody": second_person.missing([User(roles=[Role.MODERATOR], areas=["hate"])]),
        "unconfirmed": receipts.unconfirmed(LATER).count(),
        "messages": Outbox.objects.count(),
        "median": harm.decay("s").median_views,
        "drawn": decisions.draw_second_looks(b"a seed of sixteen bytes", LATER),
    }


def placed(known: GoldenCase, by: User, then: Callable[[Case], object] = lambda one: None) -> Case:
    """The golden case in somebody's hands, and what they do with it."""
    one = golden.placed(known, Case.objects.filter(golden=None).earliest("pk"), NOW)
    review.claim(one.pk, by, NOW)
    then(one)
    return one


def test_no_number_counts_a_golden_case(tmp_path: Path) -> None:
    lead, anne = person("lead", Role.LEAD), person("anne")
    settings.change("golden_share", 0.0, by=lead, at=NOW)
    settings.change("second_look_share", 0.0, by=lead, at=NOW)
    case("waits"), case("in the log", admitted=False), case("due", due=NOW)
    done = case("done")
    review.claim(done.pk, anne, NOW)
    decisions.settle(done.pk, RACISM, by=anne, at=NOW + timedelta(minutes=3))
    everything_counted(tmp_path, lead)  # what is drawn is drawn once
    before = everything_counted(tmp_path, lead)
    known = golden.add("Une phrase connue.", "fr", "hate.racism", True, by=lead, at=NOW)
    other = golden.add("Une arnaque.", "fr", "fraud.scam_links", False, by=lead, at=NOW)
    placed(known, anne)
    placed(known, anne, lambda one: review.release(one.pk, anne, NOW))
    placed(other, anne, lambda one: review.release(one.pk, anne, NOW))
    placed(known, anne, lambda one: review.escalate(one.pk, anne, NOW, "Je ne sais pas."))
    placed(known, anne, lambda one: review.ask_opinion(one.pk, anne, NOW, "Qu’en dites-vous ?"))
    placed(known, anne, lambda one: decisions.settle(one.pk, RACISM, by=anne, at=NOW + timedelta(minutes=1)))
    assert everything_counted(tmp_path, lead) == before
    assert golden.undecided().count() == 5


def test_a_golden_case_is_not_exported() -> None:
    lead = person("lead", Role.LEAD)
    case("first")
    one = placed(golden.add("Une phrase connue.", "fr", "hate.racism", True, by=lead, at=NOW), lead)
    for by in (lead, None):
        with pytest.raises(NotFound):
            gather(one.pk, by=by, at=NOW)


def test_erasing_a_post_erases_the_golden_cases_made_from_it(tmp_path: Path) -> None:
    lead, anne, bao = person("lead", Role.LEAD), person("anne"), person("bao")
    settings.change("golden_share", 0.0, by=lead, at=NOW)
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    one, other = case("1", text="Une phrase d’Ulysse."), case("2")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    decisions.draw_second_looks(b"a seed of sixteen bytes", LATER)
    review.claim(one.pk, bao, LATER)
    decisions.settle(one.pk, RACISM, by=bao, at=LATER)
    known = golden.add_from(one.pk, by=lead, at=LATER)
    kept = golden.add("Une autre.", "fr", "hate.racism", True, by=lead, at=LATER)
    copy = golden.placed(known, other, LATER)
    assert copy.posts.get().evidence
    erase(tmp_path, source="s", ids=["1"], now=LATER)
    assert erasure.replay(tmp_path, LATER) == 1
    assert not Post.objects.filter(text__contains="Ulysse").exists()
    assert not GoldenCase.objects.filter(text__contains="Ulysse").exists()
    assert (copy.posts.get().evidence, copy.posts.get().post.erased_at) == ([], LATER)
    assert list(GoldenCase.objects.filter(retired_at=None)) == [kept]
    with pytest.raises(Refused, match="erased"):
        golden.add_from(one.pk, by=lead, at=LATER)
