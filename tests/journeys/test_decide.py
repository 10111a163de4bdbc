"""A moderator's hour, on the keyboard alone: sign in, next case, read, decide, undo, decide again, next."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core.cache import cache

from tests.journeys.browser import faults, needs_browser
from tests.services.given import case, person
from vigie.enforce.starters import starters
from vigie.services import people
from vigie.store.models import Case, Decision, Notice, Outbox, Post, User
from vigie.store.people import Role

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("VIGIE_SHOTS")
SIGN_IN = {"en": "Sign in", "fr": "Se connecter"}
FACTS = {"en": "The post compares people to vermin.", "fr": "Le message compare des gens à de la vermine."}
WHY = {"en": "It denies their dignity.", "fr": "Il nie leur dignité."}


def code(secret: str) -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(counters())))


def shoot(page: Any, name: str) -> None:
    """A picture for whoever works on the pages; only where VIGIE_SHOTS names a directory."""
    if SHOTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})


def queue_of_three() -> None:
    """Two ordinary cases and one whose clock runs."""
    now = datetime.now(UTC)
    for key, harm in (("a", 900.0), ("b", 12_345.0)):
        case(key, text="Voici des mots inventés : les zorblax dehors.", harm=harm, opened_at=now - timedelta(hours=3))
    case("c", clause="violence.threats", imminent=True, harm=50.0, due=now + timedelta(hours=1), opened_at=now)
    Notice.objects.create(source="s", post_key="c", at=now, reason="threat", text="Someone is threatened.")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sign_in_read_decide_undo_decide_next(live_server: Any, visit: Any, language: str) -> None:
    cache.clear()
    anne, secret = person("anne"), generate_totp_secret()
    TOTP.activate(anne, secret)
    queue_of_three()
    page = visit(language)
    found: list[str] = []

    page.goto(f"{live_server.url}/")
    found += faults(page)
    shoot(page, f"login-{language}")
    page.keyboard.type("anne")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("2fa/authenticate"))
    found += faults(page)
    page.keyboard.type(code(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    found += faults(page)
    shoot(page, f"queue-{language}")
    assert "zorblax" not in page.content()

    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("n")
    page.wait_for_url("**/cases/*/")
    assert Case.objects.get(holder=anne).clause == "violence.threats"  # its clock runs out first
    assert "Une phrase" not in page.content()
    found += faults(page)
    shoot(page, f"case-{language}")
    page.keyboard.press("x")
    page.wait_for_selector("article mark")
    assert "Une phrase" in page.inner_text("article")
    found += faults(page)

    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type(FACTS[language])
    page.keyboard.press("Tab")
    page.keyboard.type(WHY[language])
    page.wait_for_selector(f".statement:has-text('{WHY[language]}')" if language == "fr" else ".statement")
    found += faults(page)
    shoot(page, f"deciding-{language}")
    page.select_option("#clause", "hate.racism")  # not an imminent one: it can be undone
    page.focus("#explanation")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-until]")
    found += faults(page)
    shoot(page, f"decided-{language}")
    assert Decision.objects.get().cited == "hate.racism@1"

    page.keyboard.press("u")
    page.wait_for_selector("[data-decision]")
    assert not Outbox.objects.exists()

    page.keyboard.press("l")
    page.wait_for_selector("[data-until]")
    assert [one.breach for one in Decision.objects.order_by("pk")] == [True, False]
    page.keyboard.press("n")
    page.wait_for_selector("[data-decision]")
    assert Case.objects.get(holder=anne).harm == 12_345.0
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/console/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases/\d+/"))
    assert found == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_missing_is_said_beside_its_field(live_server: Any, visit: Any, language: str) -> None:
    page = visit(language)
    anne = person("anne")
    TOTP.activate(anne, generate_totp_secret())
    one = case(holder=anne, status="claimed", since=datetime.now(UTC))
    signed_in(page, live_server, anne)
    page.goto(f"{live_server.url}/console/cases/{one.pk}/")
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#gap-facts")
    assert page.evaluate("document.activeElement.id") == "facts"
    shoot(page, f"gaps-{language}")
    found = faults(page)
    assert found == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_explanation_begins_with_a_sentence(live_server: Any, visit: Any, language: str) -> None:
    page = visit(language)
    anne = person("anne", screen={"mute": True})
    TOTP.activate(anne, generate_totp_secret())
    one = case(holder=anne, status="claimed", since=datetime.now(UTC))
    Post.objects.update(context={"media": ["https://platform.example/v/1"]})
    signed_in(page, live_server, anne)
    page.goto(f"{live_server.url}/console/cases/{one.pk}/")
    page.keyboard.press("x")
    page.locator("article details summary").click()
    page.locator(".starters summary").click()
    page.fill("#explanation", "Il exclut. ")
    page.locator("[data-starter]").first.click()
    sentence = starters("hate.racism", "fr")[0]
    assert page.input_value("#explanation") == f"Il exclut. {sentence}"
    page.wait_for_selector(f".statement:has-text('{sentence}')")
    page.locator(".starters summary").click()
    shoot(page, f"starters-{language}")
    found = faults(page)
    page.focus("#scope")
    page.keyboard.press("Enter")  # decides, and does not choose a sentence
    page.wait_for_selector("#gap-facts")
    assert found == []


def signed_in(page: Any, live_server: Any, user: User) -> None:
    """The page as a person sees it who has signed in."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_one_time_link_sets_an_account_up(live_server: Any, visit: Any, language: str) -> None:
    """Link, password, second factor, recovery codes, queue."""
    cache.clear()
    page = visit(language)
    secret = people.administrator_link(datetime.now(UTC))
    page.goto(f"{live_server.url}/start/{secret}/")
    found = faults(page)
    shoot(page, f"password-{language}")
    page.fill("#id_password1", "une longue phrase de passe")
    page.fill("#id_password2", "une longue phrase de passe")
    page.keyboard.press("Enter")
    page.wait_for_selector("img.qr")
    found += faults(page)
    shoot(page, f"totp-{language}")
    page.fill("#id_code", code(page.input_value("#authenticator_secret")))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    found += faults(page)
    shoot(page, f"codes-{language}")
    page.click("a.primary")
    page.wait_for_url("**/console/")
    found += faults(page)
    shoot(page, f"empty-{language}")
    page.goto(f"{live_server.url}/accounts/2fa/")
    found += faults(page)
    shoot(page, f"mfa-{language}")
    assert User.objects.get().has(Role.ADMINISTRATOR)
    assert found == []
