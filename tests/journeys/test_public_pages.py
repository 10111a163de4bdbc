"""The terms and the workshop in a real browser: no violation that axe knows, at both widths, in both languages, light and dark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.console.test_public import FIRST, SECOND, THIRD
from tests.console.test_workshop import FILE, sample, text
from tests.services.given import person
from vigie.services import terms
from vigie.store.models import ClauseFile, RuleChange, User
from vigie.store.people import Role

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser here: {CHROMIUM} is missing"),
    pytest.mark.django_db(transaction=True),
]
PUBLIC = [
    "/terms/", "/terms/test.rule/", "/terms/test.rule@1/", "/terms/test.rule@3/", "/terms/test.rule/diff/1..2/", "/terms/print",
    "/terms/no.such/",
]  # fmt: skip
LOOKS = [(1280, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        shown = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield shown
        shown.close()


@pytest.fixture
def site(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setattr(settings, "DEMO", True)
    at = datetime.now(UTC)
    terms.import_terms(at)
    for days, file in ((60, FIRST), (20, SECOND), (1, THIRD)):
        ClauseFile.objects.create(clause="test.rule", toml=file, at=at - timedelta(days), why="")
    return str(live_server.url)


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [f"{one['id']}: {node['html'][:200]}" for one in found.response["violations"] for node in one["nodes"]]


def narrow(page: Any) -> bool:
    """Does everything fit the width, so that nobody scrolls sideways?"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_public_pages(browser: Any, site: str, width: int, scheme: str, language: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for address in PUBLIC:
        page.goto(f"{site}{address}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == [], address
        assert narrow(page), address
    assert context.cookies() == []
    context.close()


def test_without_script_a_reader_finds_what_changed_and_switches_the_language(browser: Any, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site}/terms/")
    page.get_by_role("link", name="A <test> rule").click()
    page.get_by_role("link", name="What changed from version 1 to version 2").click()
    assert page.locator("del").inner_text().count("attack") == 1
    page.get_by_role("link", name="Français").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("ce qui a changé")
    page.get_by_role("link", name="Conditions d’utilisation").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ce qui est permis ici"
    assert [cookie["name"] for cookie in context.cookies()] == ["vigie_language"]
    context.close()


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
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_workshop_pages(browser: Any, site: str, width: int, scheme: str, language: str) -> None:
    ada = person("ada", Role.POLICY)
    made = changes(ada)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    context.add_cookies([session(ada, site), {"name": "vigie_language", "value": language, "url": site}])
    page = context.new_page()
    for address in ("/console/workshop/", FILE, *(f"/console/workshop/{one.pk}/" for one in made)):
        page.goto(f"{site}{address}")
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == [], address
        assert narrow(page), address
    context.close()


def test_a_change_is_written_mended_and_approved_by_another(browser: Any, site: str) -> None:
    users = [person("ada", Role.POLICY), person("bob", Role.POLICY)]
    pages = []
    for user in users:
        context = browser.new_context(locale="en-GB")
        context.add_cookies([session(user, site)])
        pages.append(context.new_page())
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
