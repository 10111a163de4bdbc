"""From a case in hand to a decision with its reasons, and back as long as nobody outside has heard."""

from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.errors import Incomplete, OutOfOrder
from vigie.review.lifecycle import Status
from vigie.services import decisions, outbox, review
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.decisions import Verdict
from vigie.store.models import Case, Decision, Outbox, ReasonsRecord
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(
    breach=True, clause="hate.racism", facts="Le message compare un groupe à des animaux.", explanation="Il l’abaisse."
)
SEED = b"a seed of sixteen bytes"


def test_a_restriction_comes_with_its_reasons_and_waits_thirty_seconds() -> None:
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    assert made.cited == "hate.racism@1"
    assert "Racisme" in made.reasons.text["fr"]
    assert "Racism" in made.reasons.text["en"]
    assert Outbox.objects.get().not_before == NOW + timedelta(seconds=30)
    assert outbox.release(NOW + timedelta(seconds=29)) == 0
    assert outbox.release(NOW + timedelta(seconds=30)) == 1


def test_no_restriction_without_clause_facts_and_explanation() -> None:
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    with pytest.raises(Incomplete) as missing:
        decisions.settle(one.pk, Verdict(breach=True, clause="hate.racism"), by=anne, at=NOW)
    assert len(missing.value.gaps) == 2
    assert not Decision.objects.exists()
    assert Case.objects.get().status == Status.CLAIMED


def test_undone_in_time_nobody_outside_hears_of_it() -> None:
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    decisions.undo(one.pk, by=anne, at=NOW + timedelta(seconds=20))
    assert not Outbox.objects.exists()
    assert made.cancellation.by == anne
    assert Case.objects.get().holder == anne
    decisions.settle(one.pk, Verdict(breach=False), by=anne, at=NOW + timedelta(seconds=25))
    assert not Outbox.objects.exists()
    in_force = decisions.in_force(Case.objects.get())
    assert in_force is not None
    assert not in_force.breach


def test_undone_too_late_it_stands() -> None:
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(NOW + timedelta(seconds=31))
    with pytest.raises(OutOfOrder):
        decisions.undo(one.pk, by=anne, at=NOW + timedelta(seconds=32))
    assert ReasonsRecord.objects.count() == 1


def test_imminent_harm_does_not_wait() -> None:
    one, anne = case(clause="violence.threats", imminent=True), person("anne")
    review.claim(one.pk, anne, NOW)
    threat = Verdict(breach=True, clause="violence.threats", facts="Le message menace.", explanation="Il fait peur.")
    decisions.settle(one.pk, threat, by=anne, at=NOW)
    assert outbox.release(NOW) == 1


def test_a_second_look_is_blind_and_disagreement_goes_to_a_lead() -> None:
    one, anne, bao, lead = case(), person("anne"), person("bao"), person("lead", Role.LEAD)
    review.claim(one.pk, anne, NOW)
    first = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    later = NOW + timedelta(minutes=1)
    decisions.settings.change("second_look_share", 1.0, by=lead, at=NOW)
    assert decisions.draw_second_looks(SEED, later) == 1
    with pytest.raises(OutOfOrder):
        review.claim(one.pk, anne, later)
    review.claim(one.pk, bao, later)
    decisions.settle(one.pk, Verdict(breach=False), by=bao, at=later)
    assert Case.objects.get().status == Status.DISAGREED
    review.claim(one.pk, lead, later)
    final = decisions.settle(one.pk, Verdict(breach=False), by=lead, at=later)
    assert decisions.in_force(Case.objects.get()) == final
    assert first.cancellation.why == "replaced"
    assert [row.event for row in Outbox.objects.order_by("pk")] == ["decided", "replaced"]


def test_no_case_goes_to_two_people() -> None:
    one, anne, bao = case(), person("anne"), person("bao")
    review.claim(one.pk, anne, NOW)
    with pytest.raises(OutOfOrder):
        review.claim(one.pk, bao, NOW)
    assert review.claim_next(bao, NOW) is None


def test_next_is_the_case_that_prevents_most_harm() -> None:
    case("a", harm=1.0), case("b", harm=9.0)
    soon = case("c", harm=0.1, due=NOW + timedelta(minutes=30))
    anne = person("anne")
    assert review.claim_next(anne, NOW) == soon
    assert [review.claim_next(anne, NOW) is not None for _ in range(2)]
    assert [one.harm for one in Case.objects.filter(holder=anne).order_by("-harm")] == [9.0, 1.0, 0.1]


def test_an_auditor_reads_and_does_not_decide() -> None:
    one, eve, stranger = case(), person("eve", Role.AUDITOR), person("stranger", Role.POLICY)
    with pytest.raises(NotAllowed):
        review.claim(one.pk, eve, NOW)
    with pytest.raises(NotFound):
        review.claim(one.pk, stranger, NOW)
