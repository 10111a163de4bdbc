"""The terms and the workshop in a real browser: no violation that axe knows, at both widths, in both languages, light and dark."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.console.test_public import FIRST, SECOND, THIRD
from tests.console.test_workshop import FILE, sample, text
from tests.journeys.browser import PHONE, faults, needs_browser
from tests.journeys.test_decide import shoot
from tests.services.given import person
from vigie.services import terms
from vigie.store.models import ClauseFile, RuleChange, User
from vigie.store.people import Role

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]
PUBLIC = [
    "/terms/", "/terms/test.rule/", "/terms/test.rule@1/", "/terms/test.rule@3/", "/terms/test.rule/diff/1..2/", "/terms/print",
]  # fmt: skip


@pytest.fixture
def site(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    at = datetime.now(UTC)
    terms.import_terms(at)
    for days, file in ((60, FIRST), (20, SECOND), (1, THIRD)):
        ClauseFile.objects.create(clause="test.rule", toml=file, at=at - timedelta(days), why="")
    return str(live_server.url)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_public_pages(visit: Any, site: str, language: str) -> None:
    page = visit(language)
    for address in PUBLIC:
        page.goto(f"{site}{address}")
        assert page.locator("html").get_attribute("lang") == language
        shoot(page, f"public{address.replace('/', '-')}{language}")
        assert faults(page) == []
    assert page.context.cookies() == []


def test_without_script_a_reader_finds_what_changed_and_switches_the_language(visit: Any, site: str) -> None:
    page = visit("en-GB", java_script_enabled=False)
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/terms/")
    page.get_by_role("link", name="A <test> rule").click()
    page.get_by_role("link", name="What changed from version 1 to version 2").click()
    assert "attack" in page.locator("del").first.inner_text()
    page.get_by_role("link", name="Français").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("ce qui a changé")
    page.get_by_role("link", name="Conditions d’utilisation").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ce qui est permis ici"
    assert [cookie["name"] for cookie in page.context.cookies()] == ["vigie_language"]


def session(user: User, site: str) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}


def changes(by: User) -> list[RuleChange]:
    at = datetime.now(UTC)
    values = {"kind": "clause", "name": "platform.spam", "toml": text(), "why": "less noise", "at": at, "by": by}
    made = [RuleChange.objects.create(**values) for _ in range(3)]
    sample(made[1])
    made[2].trial = {"state": "running", "days": 14, "at": at.isoformat(), "done": 2500, "of": 10000}
    made[2].trial["begun"] = (at - timedelta(seconds=3)).isoformat()
    made[2].save()
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_workshop_pages(visit: Any, site: str, language: str) -> None:
    ada = person("ada", Role.POLICY)
    made = changes(ada)
    page = visit(language)
    page.context.add_cookies([session(ada, site)])
    for name in ("", "clause/platform.spam/", "patterns/spam_words.en/", *(f"{one.pk}/" for one in made)):
        page.goto(f"{site}/console/workshop/{name}")
        assert page.locator("html").get_attribute("lang") == language
        shoot(page, f"workshop-{name.replace('/', '-')}{language}")
        assert faults(page) == []


def test_a_change_is_written_mended_and_approved_by_another(visit: Any, site: str) -> None:
    pages = []
    for user in (person("ada", Role.POLICY), person("bob", Role.POLICY)):
        page = visit("en-GB")
        page.context.add_cookies([session(user, site)])
        pages.append(page)
    ada, bob = pages
    ada.goto(f"{site}{FILE}")
    ada.get_by_label("The file").fill(text().replace("spam_words >= 0.9", "spam_wrods >= 0.9"))
    ada.get_by_label("Why").fill("less noise")
    ada.get_by_role("button", name="Save as a change").click()
    assert "spam_wrods" in ada.get_by_role("alert").inner_text()
    ada.get_by_label("The file").fill(text())
    ada.get_by_role("button", name="Save as a change").click()
    ada.get_by_role("button", name="Try it on the past").click()
    assert ada.get_by_text("It waits for the background process").is_visible()
    change = RuleChange.objects.get()
    sample(change)
    ada.get_by_text("no longer flagged").first.wait_for()  # the page asks again by itself
    assert "12\u202f345 posts" in ada.locator("#trial").inner_text()
    bob.goto(f"{site}/console/workshop/{change.pk}/")
    bob.get_by_role("button", name="Approve").click()
    assert "Published" in bob.locator(".notes").inner_text()
    assert terms.text_of("clause", "platform.spam") == change.toml
