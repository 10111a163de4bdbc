"""Every page of the office in a browser, French and English: nothing that axe finds, at desktop and phone width, light and dark."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django
from django.core.cache import cache
from django.test import Client

from tests.journeys.browser import faults, needs_browser
from tests.journeys.test_decide import shoot
from tests.services.given import case, person
from tests.services.test_capacity import weeks
from vigie.services import capacity, deliveries, golden, people, search, settings, wellbeing
from vigie.store.decisions import Stage
from vigie.store.models import Case, Decision, Delivery, Outbox, User
from vigie.store.people import Role

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]
ROOMS = {
    "search": "search/?text=zorblax",
    "search-empty": "search/",
    "people": "people/",
    "me": "me/",
    "quality": "quality/",
    "wellbeing": "wellbeing/",
    "settings": "settings/",
    "capacity": "capacity/",
    "deliveries": "deliveries/",
    "reads": "reads/",
}


def an_office(now: datetime) -> User:
    """A house with some weeks behind it."""
    everybody = [role for role in Role if role not in (Role.INVITED, Role.CHILDREN)]
    camille = person("camille", *everybody, first_name="Camille", last_name="Durand")
    TOTP.activate(camille, generate_totp_secret())
    anne, bao = person("anne", languages=["fr"], areas=["hate"]), person("bao", Role.LEAD)
    weeks(anne)
    for n in range(8):
        case(f"c{n}", text="Voici des mots inventés : les zorblax dehors.", opened_at=now - timedelta(hours=n))
    people.add_person("nova", [Role.MODERATOR], by=camille, at=now)
    settings.change("exposure_caps", {"hate": 1, "": 40}, by=camille, at=now)
    settings.change("second_look_by_clause", {"hate.racism": 0.1}, by=camille, at=now)
    one = Case.objects.order_by("-pk")[0]
    wellbeing.reveal(one, one.posts.get().post_id, bao, now)
    known = golden.add("Voici des mots inventés.", "fr", "hate.racism", True, by=camille, at=now)
    answered = Case.objects.create(
        source="s", clause="hate.racism", area="hate", language="fr", opened_at=now, probability=0.5, gravity=4,
        golden=known, status="decided", decided_by=anne, decided_at=now,
    )  # fmt: skip
    Decision.objects.create(case=answered, at=now, by=anne, breach=False)
    for decision in Decision.objects.filter(case__golden=None)[:70]:
        said = {"breach": decision.breach, "cited": "hate.racism@1" if decision.breach else ""}
        Decision.objects.filter(pk=decision.pk).update(**said)
        Decision.objects.create(case=decision.case, at=now, by=bao, stage=Stage.SECOND, **said)
    end = deliveries.add_endpoint("https://platform.example/hooks/vigie", by=camille, at=now).endpoint
    left = Outbox.objects.create(
        decision=Decision.objects.all()[0], event="decided", payload={}, not_before=now, number=1,
        released_at=now - timedelta(hours=2),
    )  # fmt: skip
    Delivery.objects.create(outbox=left, endpoint=end, attempts=9, dead_at=now, error="ConnectTimeout: timed out")
    Case.objects.filter(pk=one.pk).update(status="second_look", queue="second_look", decided_by=bao)
    search.search(search.Query(text="zorblax"), by=camille, at=now)
    return camille


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_that_axe_finds(live_server: Any, visit: Any, language: str) -> None:
    cache.clear()
    now = datetime.now(UTC)
    camille = an_office(now)
    capacity.make(django.DATA, now, runs=4)
    one = Case.objects.order_by("-pk")[1]
    client = Client()
    client.force_login(camille)
    page = visit(language)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    found: list[str] = []
    rooms = ROOMS | {"person": f"people/{camille.pk + 1}/", "export": f"cases/{one.pk}/export"}
    for name, address in rooms.items():
        page.goto(f"{live_server.url}/console/{address}")
        assert page.locator("h1").count() == 1, address
        found += faults(page)
        shoot(page, f"office-{name}-{language}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_banner_of_a_demo_stands_where_a_reader_finds_it(
    live_server: Any, visit: Any, language: str, settings: Any
) -> None:
    settings.DEMO = True
    page = visit(language)
    page.goto(f"{live_server.url}/accounts/login/")
    assert page.get_by_role("banner").locator(".demo").is_visible()
    assert not faults(page)
    shoot(page, f"demo-{language}")


def test_a_setting_is_changed_and_a_colleague_added(live_server: Any, visit: Any) -> None:
    cache.clear()
    camille = an_office(datetime.now(UTC))
    client = Client()
    client.force_login(camille)
    page = visit("fr")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/console/settings/")
    share = page.locator("#second_look_share")
    share.get_by_role("textbox").fill("beaucoup")
    share.get_by_role("button").click()
    assert "Donnez un nombre de 0 à 1" in page.locator("#second_look_share").inner_text()
    page.locator("#second_look_share").get_by_role("textbox").fill("0,2")
    page.locator("#second_look_share").get_by_role("button").click()
    page.wait_for_url("**#second_look_share")
    assert settings.value("second_look_share") == 0.2
    page.goto(f"{live_server.url}/console/people/")
    page.get_by_label("Identifiant").fill("dana")
    page.get_by_label("Modération", exact=True).check()
    page.get_by_role("button", name="Ajouter et créer un lien").click()
    assert "/start/" in page.locator("code.link").inner_text()
