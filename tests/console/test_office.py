"""The office, role by role: who enters each page, who may send its forms, and what happens then."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.services.given import NOW, case, person
from vigie.console.office_urls import urlpatterns
from vigie.services import capacity, decisions, golden, outbox, people, receipts, review, settings
from vigie.services.decisions import Verdict
from vigie.store.models import Case, Endpoint, GoldenCase, Invitation, OneTimeLink, SensitiveRead, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")
A, P, L, M, C, G, R, I = (  # noqa: E741
    Role.ADMINISTRATOR, Role.POLICY, Role.LEAD, Role.MODERATOR, Role.CHILDREN, Role.LEGAL, Role.AUDITOR, Role.INVITED,
)  # fmt: skip
NOBODY: set[Role] = set()
#: name → (its arguments, who may see it, who may send its form)
ROOMS: dict[str, tuple[list[Any], set[Role], set[Role]]] = {
    "search": ([], {M, C, L, G, R}, NOBODY),
    "people": ([], {A, R}, {A}),
    "person": (["person"], {A, R}, {A}),
    "person_step": (["person", "close"], NOBODY, {A}),
    "me": ([], set(Role), set(Role)),
    "quality": ([], {L, P, R}, NOBODY),
    "golden_add": ([], NOBODY, {L, P}),
    "golden_retire": (["golden"], NOBODY, {L, P}),
    "wellbeing": ([], {L, R}, NOBODY),
    "settings": ([], {A, L, R}, NOBODY),
    "setting": (["golden_share"], NOBODY, {A, L}),
    "capacity": ([], {L, A, P, R}, NOBODY),
    "deliveries": ([], {A, R}, {A}),
    "endpoint_end": (["endpoint"], NOBODY, {A}),
    "delivery_again": ([1], NOBODY, {A}),
    "reads": ([], {G, R}, NOBODY),
    "export": (["case"], {L, G, R}, {L, G, R}),
}
FORMS = {
    "person": {"roles": "moderator"},
    "setting": {"value": "0.5"},
    "golden_add": {"text": "Un mot.", "language": "fr", "clause": "hate.racism", "breach": "yes"},
    "people": {"username": "nova", "roles": "moderator"},
    "deliveries": {"url": "https://platform.example/"},
}
#: What a form that may be sent answers: kept and elsewhere, shown, or that there is nothing such.
DONE = {200, 302, 404, 409}


@pytest.fixture(autouse=True)
def nothing_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """No process is begun, no second factor is asked for here: that is told in the story of the invited reviewer."""
    monkeypatch.setattr(capacity, "begin", lambda *_: True)
    monkeypatch.setattr("allauth.mfa.utils.is_mfa_enabled", lambda *_: True)
    settings.DATA = tmp_path


@pytest.fixture
def here() -> dict[str, Any]:
    """One of everything."""
    one = case()
    lead = person("boss", L, A)
    return {
        "case": one.pk,
        "person": person("somebody").pk,
        "golden": golden.add("Un mot connu.", "fr", "hate.racism", True, by=lead, at=NOW).pk,
        "endpoint": Endpoint.objects.create(url="https://old.example/", secret="s", made_at=NOW).pk,
    }


def address(name: str, here: dict[str, Any]) -> str:
    return reverse(name, args=[here.get(one, one) for one in ROOMS[name][0]])


def signed_in(*roles: str, name: str = "me", **client: Any) -> Client:
    found = Client(**client)
    found.force_login(person(name, *roles))
    return found


def test_every_address_of_the_office_is_here() -> None:
    assert set(ROOMS) == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ROOMS)
def test_who_sees_and_who_sends(name: str, role: Role, here: dict[str, Any]) -> None:
    _, sees, sends = ROOMS[name]
    client, url = signed_in(role), address(name, here)
    seen = client.get(url).status_code
    if role in sees:
        assert seen == 200
    else:
        assert seen in ({403} if sees else {405, 403})
    sent = client.post(url, FORMS.get(name, {})).status_code
    if role in sends:
        assert sent in DONE
    else:
        assert sent in {403, 405}
    for method in (client.put, client.delete, client.patch):
        assert method(url).status_code in {403, 405}


@pytest.mark.parametrize("name", ROOMS)
def test_strangers_are_sent_to_the_door(name: str, here: dict[str, Any]) -> None:
    url = address(name, here)
    for answer in (Client().get(url), Client().post(url, FORMS.get(name, {}))):
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("name", [name for name, (_, _, sends) in ROOMS.items() if sends])
def test_a_form_from_elsewhere_is_refused(name: str, here: dict[str, Any]) -> None:
    client = signed_in(*[role for role in Role if role is not I], enforce_csrf_checks=True)
    assert client.post(address(name, here), FORMS.get(name, {})).status_code == 403


@pytest.mark.parametrize("name", [name for name, (_, sees, _) in ROOMS.items() if sees])
def test_no_page_is_kept_or_runs_script_of_its_own(name: str, here: dict[str, Any]) -> None:
    answer = signed_in(*[role for role in Role if role is not I]).get(address(name, here))
    page = answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert " style=" not in page
    assert " on" + "click=" not in page
    assert "<style" not in page


def test_what_is_found_is_masked_and_on_record(here: dict[str, Any]) -> None:
    client = signed_in(L)
    page = client.get(reverse("search"), {"text": "ordinaire"}).content.decode()
    assert "phrase ordinaire" not in page
    assert "p•••••" in page
    assert "1 session" not in page
    assert SensitiveRead.objects.get().detail == "text: ordinaire"
    assert client.get(reverse("search"), {"since": "yesterday"}).status_code == 409
    assert (
        client.get(reverse("search"), {"before": "x", "since": "2026-01-01", "until": "2026-12-31"}).status_code == 200
    )


def test_a_new_colleague_gets_a_link_that_is_shown_once(here: dict[str, Any]) -> None:
    client = signed_in(A)
    page = client.post(reverse("people"), {"username": "nova", "roles": ["moderator", "lead"]}).content.decode()
    assert "/start/" in page
    assert "/start/" not in client.get(reverse("people")).content.decode()
    assert User.objects.get(username="nova").roles == ["lead", "moderator"]
    again = client.post(reverse("people"), {"username": "nova", "roles": ["moderator"]})
    assert again.status_code == 422
    assert 'aria-invalid="true"' in again.content.decode()


def test_rights_are_changed_accounts_closed_and_opened(here: dict[str, Any]) -> None:
    client, url = signed_in(A), reverse("person", args=[here["person"]])
    client.post(url, {"roles": ["lead"], "languages": ["fr"], "areas": ["hate"]})
    user = User.objects.get(pk=here["person"])
    assert (user.roles, user.languages, user.areas) == (["lead"], ["fr"], ["hate"])
    for step, active in (("close", False), ("open", True)):
        client.post(reverse("person_step", args=[user.pk, step]))
        assert User.objects.get(pk=user.pk).is_active is active
    assert "/start/" in client.post(reverse("person_step", args=[user.pk, "link"])).content.decode()
    assert client.post(reverse("person_step", args=[user.pk, "dance"])).status_code == 404


def test_people_set_their_own_page(here: dict[str, Any]) -> None:
    client = signed_in(M)
    answer = client.post(reverse("me"), {"language": "fr", "opted_out": ["hate"], "screen": ["grey"]}, follow=True)
    assert "Votre page" in answer.content.decode()
    user = User.objects.get(username="me")
    assert (user.opted_out, user.screen["grey"], user.screen["blur"]) == (["hate"], True, False)


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("second_look_share", "0,25", 0.25),
        ("second_look_by_clause", "hate.racism = 0.5\n", {"hate.racism": 0.5}),
        ("exposure_caps", "all = 100\nhate = 40", {"": 100, "hate": 40}),
        ("capacity_per_day", "", None),
        ("work_minutes", "45", 45),
        ("imminent_clauses", "violence.threats", ["violence.threats"]),
        ("zone", "Europe/Lisbon", "Europe/Lisbon"),
    ],
)
def test_a_setting_is_set(name: str, text: str, kept: Any, here: dict[str, Any]) -> None:
    client = signed_in(L)
    assert client.post(reverse("setting", args=[name]), {"value": text, "back": "/console/quality/"}).url == (  # type: ignore[attr-defined]
        "/console/quality/"
    )
    assert settings.value(name) == kept
    assert client.get(reverse("settings")).status_code == 200


def test_what_does_not_fit_is_shown_again_with_what_would(here: dict[str, Any]) -> None:
    answer = signed_in(L).post(reverse("setting", args=["second_look_by_clause"]), {"value": "hate.racism = much"})
    assert answer.status_code == 422
    assert "hate.racism = much" in answer.content.decode()
    assert signed_in(L, name="x").post(reverse("setting", args=["nothing"])).status_code == 404


def test_quality_shows_alarm_agreement_and_errors(here: dict[str, Any]) -> None:
    bao, lead = person("bao"), User.objects.get(username="boss")
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    now = datetime.now(UTC)
    review.claim(here["case"], bao, now)
    decisions.settle(here["case"], RACISM, by=bao, at=now)
    decisions.draw_second_looks(b"a seed of sixteen bytes", now + timedelta(minutes=1))
    client = signed_in(L, name="reader")
    assert "waits for a second person" not in client.get(reverse("quality")).content.decode()
    User.objects.exclude(username__in=["bao", "reader"]).update(is_active=False)
    other = User.objects.get(username="reader")
    other.opted_out = ["hate"]
    other.save()
    assert "waits for a second person" in client.get(reverse("quality")).content.decode()
    guest = people.invite(here["case"], "Chloé", by=bao, at=now)[0].user
    review.claim(here["case"], guest, now)
    decisions.settle(here["case"], RACISM, by=guest, at=now)
    client.post(reverse("golden_add"), {"case": str(here["case"])})
    assert GoldenCase.objects.filter(taken_from__isnull=False).count() == 1
    page = client.get(reverse("quality")).content.decode()
    assert "<svg" in page
    assert "ordinaire" not in page
    known = golden.instead_of(case("more"), bao, now, b"a seed of sixteen bytes")
    if known is None:
        settings.change("golden_share", 1.0, by=lead, at=now)
        known = golden.instead_of(case("most"), bao, now, b"a seed of sixteen bytes")
    assert known is not None
    review.claim(known.pk, bao, now)
    decisions.settle(known.pk, Verdict(breach=False), by=bao, at=now)
    assert "100" in client.get(reverse("quality")).content.decode()
    bad = client.post(reverse("golden_add"), {"case": "999"})
    assert (bad.status_code, "999" in bad.content.decode()) == (422, True)


def test_exposure_is_shown_beside_its_cap(here: dict[str, Any]) -> None:
    from vigie.services import wellbeing

    lead, bao = User.objects.get(username="boss"), person("bao")
    settings.change("exposure_caps", {"hate": 1}, by=lead, at=NOW)
    one = Case.objects.get(pk=here["case"])
    wellbeing.reveal(one, one.posts.get().post_id, bao, datetime.now(UTC))
    page = signed_in(L).get(reverse("wellbeing")).content.decode()
    assert "1 of 1" in page
    assert "cap reached" in page


def test_capacity_says_that_it_is_computed_and_then_shows_it(here: dict[str, Any], settings: Any) -> None:
    from tests.services.test_capacity import weeks

    client = signed_in(L)
    page = client.get(reverse("capacity")).content.decode()
    assert "is being computed" in page
    assert 'hx-trigger="every 2s"' in page
    weeks(person("anne"))
    made = capacity.make(settings.DATA, NOW, runs=2)
    page = client.get(reverse("capacity")).content.decode()
    assert "is being computed" not in page
    assert made.rows
    assert page.count("<svg") > 1


def test_the_secret_of_an_address_is_shown_once(here: dict[str, Any]) -> None:
    client = signed_in(A)
    page = client.post(reverse("deliveries"), {"url": "https://platform.example/"}).content.decode()
    secret = Endpoint.objects.get(url="https://platform.example/").secret
    assert secret in page
    assert secret not in client.get(reverse("deliveries")).content.decode()
    assert client.post(reverse("deliveries"), {"url": "ftp://x"}).status_code == 422


def test_an_administrator_says_where_alarms_go_and_others_are_not_asked(here: dict[str, Any]) -> None:
    client = signed_in(A, name="camille")
    sent = {"language": "en", "mail": "camille@example.org"}
    assert client.post(reverse("me"), sent).status_code == 302
    assert 'value="camille@example.org"' in client.get(reverse("me")).content.decode()
    assert client.post(reverse("me"), sent | {"mail": "camille"}).status_code == 409
    other = signed_in(M, name="other")
    other.post(reverse("me"), sent)
    assert 'name="mail"' not in other.get(reverse("me")).content.decode()
    assert dict(User.objects.exclude(email="").values_list("username", "email")) == {"camille": "camille@example.org"}


def test_every_unconfirmed_decision_is_shown_page_by_page(
    here: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vigie.console.office.deliveries._SHOWN", 2)
    monkeypatch.setattr("vigie.console.office.deliveries.now", lambda: NOW + timedelta(days=40))
    bao, made = person("bao"), []
    for number in range(4):
        at = NOW + timedelta(days=10 * number)
        one = case(f"sent {number}")
        review.claim(one.pk, bao, at)
        made.append(decisions.settle(one.pk, RACISM, by=bao, at=at))
        outbox.release(at + timedelta(minutes=1))
    receipts.confirm("s", made[1].pk, "applied", NOW)
    client = signed_in(A)
    first = client.get(reverse("deliveries"))
    assert [one.pk for one in first.context["late"]] == [made[0].pk, made[2].pk]
    assert first.context["late_count"] == 3
    assert f'href="?after={first.context["more"]}#late"' in first.content.decode()
    last = client.get(reverse("deliveries"), {"after": first.context["more"]})
    assert [one.pk for one in last.context["late"]] == [made[3].pk]
    assert last.context["more"] is None
    assert client.get(reverse("deliveries"), {"after": "²"}).status_code == 200


def test_an_auditor_sees_who_read_what_and_words_stay_masked_until_asked_for(here: dict[str, Any]) -> None:
    signed_in(L, name="curious").get(reverse("search"), {"text": "secret words"})
    client = signed_in(R)
    page = client.get(reverse("reads")).content.decode()
    assert "curious" in page
    assert "secret words" not in page
    row = SensitiveRead.objects.get()
    assert (
        "secret words"
        in client.get(reverse("reads"), {"shown": row.pk, "who": "curious", "what": "search"}).content.decode()
    )
    assert "curious</td>" not in client.get(reverse("reads"), {"what": "export"}).content.decode()


@pytest.mark.parametrize(("language", "word"), [("fr", "Décisions"), ("en", "Decisions")])
def test_one_case_leaves_as_one_file(language: str, word: str, here: dict[str, Any]) -> None:
    bao = person("bao")
    review.claim(here["case"], bao, NOW)
    decisions.settle(here["case"], RACISM, by=bao, at=NOW)
    answer = signed_in(G).post(reverse("export", args=[here["case"]]), {"language": language})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    page, record = archive.read("case.html").decode(), json.loads(archive.read("case.json"))
    assert word in page
    assert "Une phrase ordinaire." in page
    assert "src=" not in page
    assert "href=" not in page
    assert record["decisions"][0]["facts"] == RACISM.facts


def test_nobody_exports_what_they_may_not_read(here: dict[str, Any]) -> None:
    hidden = case("c", clause="children.exploitation")
    client = signed_in(G)
    assert client.get(reverse("export", args=[hidden.pk])).status_code == 404
    assert client.post(reverse("export", args=[hidden.pk])).status_code == 404


def test_whoever_is_invited_enters_no_office(here: dict[str, Any]) -> None:
    client = signed_in(I, L, A)  # whatever other right a mistake may have given
    for name, (_, sees, _) in ROOMS.items():
        if sees and name != "me":
            assert client.get(address(name, here)).status_code == 403
    assert not Invitation.objects.exists()
    assert not OneTimeLink.objects.exists()
