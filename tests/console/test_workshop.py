"""The workshop's pages: who is let in, errors beside what was written, two persons, and every sentence in both languages."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from tests.services.given import person
from vigie.services import terms
from vigie.store.models import RuleChange, SensitiveRead, User
from vigie.store.people import Role

TEMPLATES = Path(__file__).parents[2] / "src" / "vigie" / "console" / "templates"
RULE = f'\n[[rule]]\nin_force_from = {datetime.now(UTC).date()}\nwhen = "spam_words >= 0.9"\n'
FILE = "/console/workshop/clause/platform.spam/"


@pytest.fixture(autouse=True)
def data(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setattr(settings, "DEMO", True)  # no second factor is asked for here; tests of signing in are elsewhere
    terms.import_terms(datetime.now(UTC))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def ada() -> Client:
    return signed_in(person("ada", Role.POLICY))


def text() -> str:
    return (terms.text_of("clause", "platform.spam") or "") + RULE


def written(client: Client, **form: str) -> RuleChange:
    answer = client.post(FILE, {"text": text(), "why": "less noise"} | form)
    assert answer.status_code == 302
    return RuleChange.objects.latest("pk")


def sample(change: RuleChange, clause: str = "platform.spam") -> None:
    one = {
        "source": "s",
        "id": "1",
        "text_hash": 1,
        "clause": clause,
        "language": "en",
        "day": "2026-11-01",
        "before": None,
        "after": "human",
    }
    row = {
        "clause": clause,
        "language": "en",
        "before": 1,
        "after": 2,
        "newly": 1,
        "no_longer": 0,
        "rerouted": 0,
        "still": 1,
    }
    precision = {"clause": clause, "side": "after", "n": 4, "right": 3, "share": 0.75, "low": 0.3, "high": 0.95}
    change.trial = {
        "state": "done", "days": 30, "at": datetime.now(UTC).isoformat(), "on": "log", "seconds": 1.5, "posts": 12345,
        "flagged": {"before": 1, "after": 2, "newly": 1, "no_longer": 0, "rerouted": 0}, "rows": [row],
        "precision": [precision], "sample": [one], "unknown": {"hate": 7}, "other_model": 3,
    }  # fmt: skip
    change.save()


# Who is let in

READS = {Role.POLICY, Role.LEAD, Role.LEGAL, Role.AUDITOR}


def addresses(change: RuleChange) -> dict[str, list[str]]:
    at = f"/console/workshop/{change.pk}"
    return {
        "GET": ["/console/workshop/", FILE, "/console/workshop/patterns/spam_words.en/", f"{at}/"],
        "POST": [FILE, f"{at}/try", f"{at}/approve", f"{at}/withdraw"],
    }


@pytest.mark.parametrize("role", sorted(Role))
def test_who_reads_and_who_changes(role: str, ada: Client) -> None:
    change = written(ada)
    sample(change)
    client, asked = signed_in(person("other", role)), addresses(change)
    for address in asked["GET"]:
        assert client.get(address).status_code == (200 if role in READS else 403), address
    for address in asked["POST"]:
        form = {"text": text() + "\n", "why": "w", "days": "30"}
        if role != Role.POLICY:
            assert client.post(address, form).status_code == 403, address
    shown = client.post(f"/console/workshop/{change.pk}/sample/0").status_code
    assert shown == (200 if role in (Role.POLICY, Role.AUDITOR) else 403)
    assert SensitiveRead.objects.count() == (shown == 200)
    change.refresh_from_db()
    assert change.approved_at is None
    assert RuleChange.objects.count() == 1


def test_nobody_is_let_in_without_signing_in(client: Client, ada: Client) -> None:
    for addresses_ in addresses(written(ada)).values():
        for address in addresses_:
            answer = client.get(address)
            assert answer.status_code == 302
            assert answer.url.startswith("/accounts/login/")


def test_a_forged_form_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ada", Role.POLICY), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(FILE, {"text": text(), "why": "w"}).status_code == 403


# Writing and approving


def test_an_error_is_beside_what_was_written(ada: Client) -> None:
    broken = text().replace("spam_words >= 0.9", "spam_wrods >= 0.9")
    answer = ada.post(FILE, {"text": broken, "why": "because", "publish_on": "2099-01-01"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r"platform\.spam\.toml:\d+: ", page)
    assert "spam_wrods &gt;= 0.9" in page
    assert "because</textarea>" in page
    assert 'value="2099-01-01"' in page
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    "form", [{"why": " "}, {"publish_on": "tomorrow"}, {"publish_on": "2020-01-01"}, {"text": "[["}]
)
def test_what_cannot_be_taken_is_said_to_be_so(ada: Client, form: dict[str, str]) -> None:
    assert ada.post(FILE, {"text": text(), "why": "w"} | form).status_code == 422


def test_from_writing_to_publishing_takes_two(ada: Client) -> None:
    change = written(ada)
    at = f"/console/workshop/{change.pk}"
    page = ada.get(f"{at}/").content.decode()
    assert "there is none" in page
    assert f"{at}/approve" not in page
    assert ada.post(f"{at}/approve").status_code == 403
    bob = signed_in(person("bob", Role.POLICY))
    assert "These may:" in ada.get(f"{at}/").content.decode()
    page = bob.get(f"{at}/").content.decode()
    assert "nobody knows what it would do" in page
    assert f"{at}/approve" in page
    assert bob.post(f"{at}/approve").status_code == 302
    assert terms.text_of("clause", "platform.spam") == change.toml
    history = ada.get(FILE).content.decode()
    assert "ada" in history
    assert "bob" in history


def test_lines_of_a_browser_are_lines_of_a_file(ada: Client) -> None:
    assert "\r" not in written(ada, text=text().replace("\n", "\r\n")).toml


def test_what_it_alters_is_shown_line_by_line(ada: Client) -> None:
    page = ada.get(f"/console/workshop/{written(ada).pk}/").content.decode()
    assert "when = &quot;spam_words &gt;= 0.9&quot;" in page
    assert '+<span class="sr"> added</span>' in page


def test_writing_anew_withdraws_the_first(ada: Client) -> None:
    first = written(ada)
    form = ada.get(FILE, {"from": first.pk}).content.decode()
    assert f'name="instead_of" value="{first.pk}"' in form
    second = written(ada, text=text() + "# more\n", instead_of=str(first.pk))
    first.refresh_from_db()
    assert first.withdrawn_at
    assert not second.withdrawn_at


def test_a_new_clause_begins_with_a_skeleton(ada: Client) -> None:
    answer = ada.get("/console/workshop/new/", {"kind": "clause", "name": "test.rule"}, follow=True)
    assert "id = &quot;test.rule&quot;" in answer.content.decode()
    assert ada.get("/console/workshop/new/", {"kind": "x", "name": "y"}).status_code == 409
    assert ada.get("/console/workshop/x/y/").status_code == 404


# Trials


def test_the_page_says_how_far_the_trial_has_got_and_how_to_come_back(ada: Client) -> None:
    change = written(ada)
    at = f"/console/workshop/{change.pk}"
    assert ada.post(f"{at}/try", {"days": "14"}).status_code == 302
    page = ada.get(f"{at}/").content.decode()
    assert "It waits for the background process" in page
    assert f'hx-get="{at}/progress"' in page
    now = datetime.now(UTC).isoformat()
    change.trial = {
        "state": "running",
        "days": 14,
        "at": now,
        "begun": "2026-11-01T00:00:00+00:00",
        "done": 2500,
        "of": 10000,
    }
    change.save()
    part = ada.get(f"{at}/progress", headers={"HX-Request": "true"}).content.decode()
    assert "2\u202f500 of 10\u202f000 posts" in part
    assert "<html" not in part
    assert ada.get(f"{at}/progress").status_code == 302
    assert ada.post(f"{at}/try", {"days": "14"}).status_code == 409


@pytest.mark.parametrize("days", ["", "0", "367", "x", "-3", "٣"])
def test_days_are_days(ada: Client, days: str) -> None:
    assert ada.post(f"/console/workshop/{written(ada).pk}/try", {"days": days}).status_code == 409


def test_what_was_found_is_shown_and_texts_are_hidden(ada: Client) -> None:
    change = written(ada)
    sample(change)
    page = ada.get(f"/console/workshop/{change.pk}/").content.decode()
    for said in ("12\u202f345 posts of the last 30 days", "newly flagged", "0.75 (0.30–0.95)", "Show the text"):
        assert said in page
    assert "<blockquote" not in page
    assert not SensitiveRead.objects.exists()


def test_a_text_is_shown_and_escaped(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    change = written(ada)
    sample(change)
    monkeypatch.setattr("vigie.services.trials.text_of", lambda *_: "<script>x</script>")
    whole = ada.post(f"/console/workshop/{change.pk}/sample/0").content.decode()
    assert '<blockquote class="shown">&lt;script&gt;x&lt;/script&gt;</blockquote>' in whole
    part = ada.post(f"/console/workshop/{change.pk}/sample/0", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<blockquote")
    assert SensitiveRead.objects.count() == 2


def test_where_texts_are_not_kept_it_is_said_how_to_keep_them(ada: Client) -> None:
    change = RuleChange.objects.create(
        kind="patterns",
        name="spam_words.en",
        toml="",
        why="w",
        at=datetime.now(UTC),
        by=User.objects.get(username="ada"),
    )
    page = ada.get(f"/console/workshop/{change.pk}/").content.decode()
    assert "vigie moderate … --text-days 30" in page


# French

AREAS = ("public", "workshop")
_SAID = re.compile(
    r"""(?:gettext|_)\((?:u?'\w+', )?u?(?P<quote>'|")(?P<said>(?:\\.|(?!(?P=quote)).)*)(?P=quote)\)""", re.DOTALL
)


@pytest.mark.parametrize("area", AREAS)
def test_every_sentence_has_its_french(area: str) -> None:
    found = set()
    for template in sorted((TEMPLATES / area).glob("*.html")):
        found |= {said["said"] for said in _SAID.finditer(templatize(template.read_text()))}
    assert len(found) > 40
    catalogue = (TEMPLATES.parent / "locale" / area / "fr" / "LC_MESSAGES" / "django.po").read_text()
    there = set(re.findall(r'^msgid "(.+)"$', catalogue, re.MULTILINE))
    missing = {one.replace("\\'", "'") for one in found} - {one.replace('\\"', '"') for one in there}
    assert not missing


@pytest.mark.parametrize("area", AREAS)
def test_french_is_written_as_french(area: str) -> None:
    catalogue = (TEMPLATES.parent / "locale" / area / "fr" / "LC_MESSAGES" / "django.po").read_text()
    said = re.findall(r'^msgstr "(.+)"$', catalogue, re.MULTILINE)
    assert said
    for one in said:
        assert not re.search(r" [:;!?»]|« |'", re.sub(r"<[^>]*>", "", one)), one


def test_the_catalogue_is_compiled() -> None:
    with translation.override("fr"):
        assert translation.gettext("What is allowed here") == "Ce qui est permis ici"
        assert translation.gettext("Save as a change") == "Enregistrer le changement"
