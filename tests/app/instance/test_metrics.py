"""What Prometheus reads: right numbers, for those who may see them, and nothing of a person in it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings as Configured  # type: ignore[attr-defined]

from tests.services.given import NOW, case, person
from vigie.app.metrics import GAUGES
from vigie.services import decisions, outbox, receipts, review
from vigie.services.decisions import Verdict
from vigie.services.pulse import background_round, pulse
from vigie.store.models import Delivery, Endpoint, Outbox

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Une phrase.", explanation="Elle abaisse un groupe.")


def values(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^(vigie_[^ ]+) (.+)$", text, re.MULTILINE)}


def test_what_waits_and_what_did_not_arrive_is_counted(tmp_path: Path) -> None:
    one, _, third = case("a"), case("b", admitted=False), case("c", due=NOW - timedelta(minutes=5))
    anne = person("anne")
    Endpoint.objects.create(url="https://platform.example/", secret="s", made_at=NOW)
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    review.claim(third.pk, anne, NOW)
    later = NOW + timedelta(minutes=20)
    assert pulse(tmp_path, later).outbox_late == 20 * 60 - 30
    outbox.release(later)
    Delivery.objects.update(next_at=None, dead_at=later)
    found = pulse(tmp_path, later + timedelta(minutes=20))
    assert found.cases == {("hate", "open"): 1, ("hate", "claimed"): 1}
    assert (found.admitted, found.waiting, found.outbox_waiting, found.outbox_late) == (0, 1, 0, 0.0)
    assert (found.deliveries_waiting, found.deliveries_dead, found.unconfirmed) == (0, 1, 1)
    assert found.oldest_due == 45 * 60


def test_a_confirmed_decision_is_not_waited_for(tmp_path: Path) -> None:
    one, anne = case("a"), person("anne")
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(NOW + timedelta(minutes=1))
    assert pulse(tmp_path, NOW + timedelta(minutes=10)).unconfirmed == 0
    receipts.confirm("s", made.pk, "applied", NOW)
    assert pulse(tmp_path, NOW + timedelta(hours=1)).unconfirmed == 0
    assert Outbox.objects.count() == 1


def test_the_page_has_every_gauge_and_nothing_of_a_person(client: Client) -> None:
    case("a", due=NOW)
    (Path(background_file())).touch()
    text = client.get("/metrics").content.decode()
    assert {name.partition("{")[0] for name in values(text)} == set(GAUGES)
    assert "account of a" not in text
    assert values(text)["vigie_background_round_seconds"] < 3600


def background_file() -> Path:
    from django.conf import settings

    place = Path(settings.DATA) / "locks"
    place.mkdir(exist_ok=True)
    return place / "background"


def test_a_stranger_sees_nothing(client: Client, settings: Configured, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    settings.ORIGIN = "https://vigie.example"
    assert client.get("/metrics").status_code == 403
    monkeypatch.setenv("VIGIE_METRICS_TOKEN", "a token")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a token"}).status_code == 200


def test_it_asks_few_questions(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for key in "abcdefgh":
        case(key)
    with django_assert_max_num_queries(14):
        assert client.get("/metrics").status_code == 200


def test_a_background_process_that_never_ran_has_no_round(tmp_path: Path) -> None:
    assert background_round(tmp_path, NOW) is None
