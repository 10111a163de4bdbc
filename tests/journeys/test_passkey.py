"""A passkey in a real browser: registered as the second factor that is due, and then enough to sign in with."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from tests.journeys.browser import faults, needs_browser
from tests.journeys.test_decide import SIGN_IN, shoot
from tests.services.given import person
from vigie.store.models import User

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]
WITH_A_PASSKEY = {"en": "With a passkey", "fr": "Avec une clé d’accès"}
ADD, NAME = {"en": "Add", "fr": "Ajouter"}, {"en": "Name", "fr": "Nom"}
ALONE = {"en": "Sign in with it alone", "fr": "Se connecter avec elle seule"}
PLATFORM = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def telephone(page: Any) -> Any:
    """A device that keeps passkeys and whose owner unlocks it, as Chromium's own virtual authenticator."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
    return session, made["authenticatorId"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_register_a_passkey_and_sign_in_with_it(live_server: Any, visit: Any, language: str) -> None:
    cache.clear()
    anne: User = person("anne", interface_language=language)
    page = visit(language)
    session, device = telephone(page)
    page.goto(f"{live_server.url}/console/")
    page.fill("input[name=login]", "anne")
    page.fill("input[name=password]", "correct horse battery")
    page.get_by_role("button", name=SIGN_IN[language], exact=True).click()
    page.wait_for_url("**/accounts/2fa/")  # without a second factor, whoever decides sees no other page
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    found = faults(page)
    shoot(page, f"passkey-add-{language}")
    page.get_by_label(NAME[language], exact=True).fill("Telephone")
    page.get_by_label(ALONE[language], exact=True).check()
    page.get_by_role("button", name=ADD[language], exact=True).click()
    page.wait_for_url(re.compile(r"/2fa/(?!webauthn/add)"))
    found += faults(page)
    shoot(page, f"passkey-added-{language}")
    kept = Authenticator.objects.get(user=anne, type=Authenticator.Type.WEBAUTHN)
    assert kept.wrap().name == "Telephone"
    assert kept.wrap().is_passwordless
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/?next=/console/")
    page.get_by_role("button", name=WITH_A_PASSKEY[language]).click()
    page.wait_for_url(f"{live_server.url}/console/")
    assert page.get_by_role("link", name="anne").is_visible()
    assert found == []
