"""One person runs an instance: a decision, a second look by somebody invited for it, and nothing of this is waived."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.test import Client

from tests.services.given import case, person
from vigie.services import decisions, quality, settings
from vigie.store.models import Case, Fact, Invitation, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
PASSWORD = "a long and winding password"
LEFT_UP = {"verdict": "leave"}


def code(secret: str) -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(counters())))


def alone() -> tuple[Client, User]:
    """The one person of the instance, signed in with a second factor."""
    anne = person("anne", Role.ADMINISTRATOR, Role.LEAD, Role.MODERATOR)
    TOTP.activate(anne, generate_totp_secret())
    client = Client()
    client.force_login(anne)
    settings.change("second_look_share", 1.0, by=anne, at=datetime.now(UTC))
    return client, anne


def decided_and_drawn(client: Client) -> Case:
    """Decided in the console; half a minute later the draw chooses it."""
    one = case(text="Voici des mots inventés.")
    client.post(f"/console/cases/{one.pk}/claim")
    client.post(f"/console/cases/{one.pk}/decide", LEFT_UP)
    assert decisions.draw_second_looks(b"a seed of sixteen bytes", datetime.now(UTC) + timedelta(minutes=1)) == 1
    return one


def set_up(link: str) -> Client:
    """Whoever was invited follows the link, and is let nowhere before password and second factor are set."""
    client = Client()
    assert client.get(link).headers["Location"] == "/accounts/password/set/"
    client.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert client.get("/console/").headers["Location"] == "/accounts/2fa/"
    page = client.get("/accounts/2fa/totp/activate/", follow=True)
    if "reauthenticate" in page.redirect_chain[-1][0] if page.redirect_chain else False:
        client.post(page.redirect_chain[-1][0], {"password": PASSWORD})
        page = client.get("/accounts/2fa/totp/activate/")
    secret: Any = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert client.get("/console/").status_code == 200
    return client


def test_a_decision_and_a_second_look_by_an_invited_reviewer() -> None:
    client, _anne = alone()
    one, other = decided_and_drawn(client), case("other")
    assert quality.waits_for_nobody() == [one.pk]
    assert "waits for a second person" in client.get("/console/quality/").content.decode()
    assert client.post(f"/console/cases/{one.pk}/claim").status_code == 409
    assert 'role="alert"' in client.get(f"/console/cases/{one.pk}/").content.decode()

    page = client.post(f"/console/cases/{one.pk}/invite", {"name": "Chloé"}).content.decode()
    found = re.search(r"http://testserver(/start/[^/]+/)", page)
    assert found
    assert "/start/" not in client.get(f"/console/cases/{one.pk}/").content.decode()

    guest = set_up(found[1])
    assert Client().get(found[1]).status_code == 403
    assert guest.get(f"/console/cases/{other.pk}/").status_code == 404
    for room in ("search", "people", "quality", "settings", "deliveries", "reads", f"cases/{one.pk}/export"):
        assert guest.get(f"/console/{room}/".replace("export/", "export")).status_code == 403
    assert "anne" not in guest.get(f"/console/cases/{one.pk}/").content.decode()  # blind

    guest.post("/console/next")
    thanks = guest.post(f"/console/cases/{one.pk}/decide", LEFT_UP)
    assert "Thank you" in thanks.content.decode()
    assert guest.get("/console/").headers["Location"].startswith("/accounts/login/")
    one.refresh_from_db()
    assert (one.status, one.second_by) == ("decided", Invitation.objects.get().user)
    assert quality.waits_for_nobody() == []
    assert [fact.kind for fact in Fact.objects.filter(case=one)] == [
        "opened", "claimed", "decided", "drawn", "invited", "claimed", "looked again",
    ]  # fmt: skip
    user = Invitation.objects.get().user
    again = Client().post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert again.status_code == 200 or "inactive" in again.headers["Location"]


def test_nobody_invites_while_the_team_has_somebody() -> None:
    client, _anne = alone()
    one = decided_and_drawn(client)
    person("bao")
    assert 'role="alert"' not in client.get(f"/console/cases/{one.pk}/").content.decode()
    assert client.post(f"/console/cases/{one.pk}/invite", {"name": "Chloé"}).status_code == 409
    assert not Invitation.objects.exists()
