"""People come and go; nobody is left without an administrator, no case without somebody, and it is on record."""

from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.errors import Refused
from vigie.review.lifecycle import Status
from vigie.services import decisions, people, quality, review, rights, settings
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.decisions import Verdict
from vigie.store.models import Case, Decision, PersonChange, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
SEED = b"a seed of sixteen bytes"


def one_person() -> User:
    return person("anne", Role.ADMINISTRATOR, Role.LEAD, Role.MODERATOR)


def decided_and_drawn(anne: User, breach: bool = False) -> Case:
    one = case()
    settings.change("second_look_share", 1.0, by=anne, at=NOW)
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, verdict(breach), by=anne, at=NOW)
    decisions.draw_second_looks(SEED, LATER)
    return Case.objects.get(pk=one.pk)


def verdict(breach: bool) -> Verdict:
    if not breach:
        return Verdict(breach=False)
    return Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")


def test_somebody_is_added_and_sets_the_account_up_by_a_link_that_works_once() -> None:
    admin = person("root", Role.ADMINISTRATOR)
    user, secret = people.add_person("bao", [Role.MODERATOR], by=admin, at=NOW)
    assert not user.has_usable_password()
    assert people.use_link(secret, NOW) == user
    with pytest.raises(NotAllowed):
        people.use_link(secret, NOW)
    assert PersonChange.objects.get(user=user).details == {"roles": ["moderator"]}


@pytest.mark.parametrize(
    ("name", "roles"), [("bao bao", ["moderator"]), ("", ["lead"]), ("x", ["king"]), ("x", ["invited"])]
)
def test_what_cannot_be_added_is_refused(name: str, roles: list[str]) -> None:
    admin = person("root", Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        people.add_person(name, roles, by=admin, at=NOW)
    with pytest.raises(Refused):
        people.add_person("ROOT", ["moderator"], by=admin, at=NOW)


def test_the_last_administrator_stays() -> None:
    admin = person("root", Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        people.deactivate(admin, by=admin, at=NOW)
    with pytest.raises(Refused):
        people.change_rights(admin, roles=[Role.LEAD], languages=[], areas=[], by=admin, at=NOW)
    person("second", Role.ADMINISTRATOR)
    people.deactivate(admin, by=admin, at=NOW)
    assert not User.objects.get(pk=admin.pk).is_active


def test_whoever_leaves_gives_the_cases_in_hand_back() -> None:
    one, anne, admin = case(), person("anne"), person("root", Role.ADMINISTRATOR)
    review.claim(one.pk, anne, NOW)
    assert people.deactivate(anne, by=admin, at=NOW) == 1
    one.refresh_from_db()
    assert (one.status, one.holder) == (Status.OPEN, None)
    assert one.facts.order_by("-pk")[0].by == admin
    people.reactivate(anne, by=admin, at=NOW)
    assert [row.kind for row in anne.changes.order_by("pk")] == ["closed", "opened"]


def test_a_new_link_ends_password_and_second_factor() -> None:
    from allauth.mfa.models import Authenticator

    anne, admin = person("anne"), person("root", Role.ADMINISTRATOR)
    Authenticator.objects.create(user=anne, type="totp", data={})
    secret = people.new_link(anne, by=admin, at=NOW)
    assert not Authenticator.objects.filter(user=anne).exists()
    assert not people.use_link(secret, NOW).has_usable_password()


def test_nobody_but_administrators_changes_people() -> None:
    anne, lead = person("anne"), person("lead", Role.LEAD, Role.AUDITOR)
    for call in (
        lambda: people.add_person("x", [], by=lead, at=NOW),
        lambda: people.change_rights(anne, roles=[], languages=[], areas=[], by=lead, at=NOW),
        lambda: people.new_link(anne, by=lead, at=NOW),
        lambda: people.deactivate(anne, by=lead, at=NOW),
        lambda: people.reactivate(anne, by=lead, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_where_no_second_person_exists_the_case_waits_with_an_alarm() -> None:
    anne = one_person()
    one = decided_and_drawn(anne)
    assert quality.waits_for_nobody() == [one.pk]
    assert review.claim_next(anne, LATER) is None
    person("bao")
    assert quality.waits_for_nobody() == []


def test_somebody_is_invited_only_where_the_team_has_nobody() -> None:
    anne = one_person()
    one = case("open")
    with pytest.raises(Refused):
        people.invite(one.pk, "Chloé", by=anne, at=NOW)
    other = decided_and_drawn(anne)
    with pytest.raises(Refused):
        people.invite(other.pk, " ", by=anne, at=LATER)
    bao = person("bao")
    with pytest.raises(Refused):
        people.invite(other.pk, "Chloé", by=anne, at=LATER)
    bao.areas = ["fraud"]
    bao.save()
    people.invite(other.pk, "Chloé", by=anne, at=LATER)


def test_a_reviewer_sees_one_case_judges_it_and_is_gone() -> None:
    anne = one_person()
    one, other = decided_and_drawn(anne), case("p2")
    invitation, secret = people.invite(one.pk, "Chloé", by=anne, at=LATER)
    guest = people.use_link(secret, LATER)
    assert list(rights.visible(guest)) == [one]
    with pytest.raises(NotFound):
        review.claim(other.pk, guest, LATER)
    for call in (
        lambda: settings.change("zone", "Europe/Paris", by=guest, at=LATER),
        lambda: people.invite(one.pk, "friend", by=guest, at=LATER),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert review.claim_next(guest, LATER) == one
    decisions.settle(one.pk, Verdict(breach=False), by=guest, at=LATER)
    guest.refresh_from_db(), invitation.refresh_from_db(), one.refresh_from_db()
    assert (guest.is_active, invitation.ended_at, one.status) == (False, LATER, Status.DECIDED)
    assert quality.waits_for_nobody() == []


def test_two_reviewers_settle_what_one_person_and_the_first_disagree_on() -> None:
    anne = one_person()
    one = decided_and_drawn(anne, breach=True)
    first = people.invite(one.pk, "Chloé", by=anne, at=LATER)[0].user
    review.claim(one.pk, first, LATER)
    decisions.settle(one.pk, Verdict(breach=False), by=first, at=LATER)
    assert quality.waits_for_nobody() == [one.pk]
    second = people.invite(one.pk, "Diego", by=anne, at=LATER)[0].user
    review.claim(one.pk, second, LATER)
    final = decisions.settle(one.pk, Verdict(breach=False), by=second, at=LATER)
    assert decisions.in_force(Case.objects.get(pk=one.pk)) == final
    assert Decision.objects.count() == 3


def test_inviting_again_ends_the_invitation_before() -> None:
    anne = one_person()
    one = decided_and_drawn(anne)
    first, secret = people.invite(one.pk, "Chloé", by=anne, at=LATER)
    people.invite(one.pk, "Diego", by=anne, at=LATER)
    with pytest.raises(NotAllowed):
        people.use_link(secret, LATER)
    first.user.refresh_from_db()
    assert not first.user.is_active
    with pytest.raises(Refused):
        people.reactivate(first.user, by=anne, at=LATER)


def test_people_set_their_own_page() -> None:
    anne = person("anne")
    people.set_own(anne, language="fr", opted_out=["hate"], screen=["blur"])
    anne.refresh_from_db()
    assert (anne.interface_language, anne.opted_out) == ("fr", ["hate"])
    assert anne.screen == {"blur": True, "grey": False, "mute": False}
    case()
    assert not rights.offered(anne).exists()
