"""Who may ask what, how often; and what is told of decisions, confirmed and sent again."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError

from tests.api.given import AT, Program
from tests.services.given import NOW, case, person
from vigie.api import acts
from vigie.api.openapi import document
from vigie.api.routes import ROOT, ROUTES
from vigie.services import decisions, endpoints, keys, outbox, receipts, review
from vigie.services.acts import NotAllowed
from vigie.services.decisions import Verdict
from vigie.services.keys import NoKey
from vigie.services.rates import Rates
from vigie.store.models import Account, ApiKey, Delivery, Endpoint, Receipt
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(
    breach=True, clause="hate.racism", facts="Le message compare un groupe à des animaux.", explanation="Il l’abaisse."
)


@pytest.fixture(autouse=True)
def own_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """Buckets of one's own for each test."""
    rates = Rates(tmp_path / "rates")
    monkeypatch.setattr(keys, "_rates", lambda: rates)
    return rates


def decided(key: str = "p1"):
    """A restriction that has left."""
    one = case(key)
    anne = person(f"anne of {key}")
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    assert outbox.release(NOW + timedelta(seconds=30)) == 1
    return made


# Keys


def filled(path: str) -> str:
    return path.replace("{post}", "1").replace("{number}", "1")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_without_a_key_or_its_scope_nothing_is_answered(route) -> None:
    others = [scope for scope in keys.SCOPES if scope != route.scope]
    program = Program(*others)
    status, answer = program.send(route.method, filled(route.path), {})
    assert (status, answer["error"]) == (403, "NotAllowed")
    assert route.scope in answer["detail"]
    program.token = "vigie_nobody"
    assert program.send(route.method, filled(route.path))[0] == 401
    assert program.last.headers["WWW-Authenticate"] == "Bearer"
    assert program.send(route.method, filled(route.path), Authorization="Basic x")[0] == 401


def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    made = keys.make("feed", "s", ["posts:write"], at=AT)
    row = ApiKey.objects.get()
    assert made.token not in json.dumps([str(value) for value in vars(row).values()])
    assert keys.client(made.token, AT).source == "s"


def test_a_revoked_key_ends_within_a_second() -> None:
    made = keys.make("feed", "s", ["posts:write"], at=AT)
    keys.client(made.token, AT)
    keys.revoke(made.key.pk, at=AT)
    with pytest.raises(NoKey):
        keys.client(made.token, AT + timedelta(seconds=1))


def test_only_an_administrator_makes_and_revokes_keys() -> None:
    lead, root = person("lead", Role.LEAD), person("root", Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        keys.make("feed", "s", ["posts:write"], at=AT, by=lead)
    made = keys.make("feed", "s", ["posts:write"], at=AT, by=root)
    with pytest.raises(NotAllowed):
        keys.revoke(made.key.pk, at=AT, by=lead)
    assert keys.revoke(made.key.pk, at=AT, by=root).revoked_at == AT


@pytest.mark.parametrize(
    "values", [("", "s", ["posts:write"]), ("n", "", ["posts:write"]), ("n", "s", []), ("n", "s", ["x"])]
)
def test_a_key_without_name_source_or_known_scopes_is_refused(values) -> None:
    with pytest.raises(keys.Refused):
        keys.make(*values, at=AT)


def test_two_processes_share_one_rate(tmp_path: Path) -> None:
    one, other = Rates(tmp_path / "shared"), Rates(tmp_path / "shared")
    taken = [rates.take(3, 60, 1000.0) for _ in range(10) for rates in (one, other)]
    assert taken.count(0.0) == 10
    assert one.take(3, 60, 1001.0) == 0.0
    assert other.take(3, 60, 1001.0) == pytest.approx(1.0)
    assert one.take(3, 60, 900.0) > 0, "a clock that goes back gives nothing away"
    assert one.take(4, 60, 1001.0) == 0.0, "another key has a bucket of its own"


def test_too_many_requests_are_told_when_to_come_again() -> None:
    program = Program(rate=6)
    assert program.get("/endpoints")[0] == 200
    status, answer = program.get("/endpoints")
    assert (status, answer["error"]) == (429, "TooMany")
    assert 1 <= int(program.last.headers["Retry-After"]) <= 10


def test_when_a_key_was_last_used_is_written_down_later() -> None:
    made = keys.make("feed", "s", ["posts:write"], at=AT)
    assert keys.note_use() == 0
    keys.client(made.token, AT)
    assert keys.note_use() == 1
    assert ApiKey.objects.get().last_used_at == AT
    assert keys.note_use() == 0


# Addresses


def test_an_unknown_address_and_an_unknown_method_say_so() -> None:
    program = Program()
    assert program.get("/nothing")[0] == 404
    assert program.get("/decisions/x/applied")[0] == 404
    assert program.send("PUT", "/posts", {})[0] == 405
    assert program.last.headers["Allow"] == "POST"
    assert program.post(f"/decisions/{2**63}/applied")[0] == 404
    assert program.send("DELETE", "/posts/%00")[0] == 422
    assert program.send("DELETE", f"/posts/{'x' * 201}")[0] == 422


def test_a_database_that_does_not_answer_is_told_to_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("gone")

    program = Program()
    monkeypatch.setattr(acts.endpoints, "active", gone)
    status, answer = program.get("/endpoints")
    assert (status, answer["error"]) == (503, "Unreachable")
    assert program.last.headers["Retry-After"]


# Accounts


def test_accounts_are_kept_and_what_is_left_out_stays() -> None:
    program = Program()
    first = {
        "id": 5,
        "language": "fr",
        "country": "FR",
        "followers": 9,
        "age_band": "13-15",
        "contact": "c",
        "created_at": "2020-01-01T00:00:00Z",
    }
    assert program.post("/accounts", {"accounts": [first, {"id": "6"}]}) == (200, {"kept": 2})
    assert program.post("/accounts", {"accounts": [{"id": "5", "followers": 10}]}) == (200, {"kept": 1})
    kept = Account.objects.get(source="api", key="5")
    assert (kept.language, kept.country, kept.followers, kept.age_band, kept.contact) == ("fr", "FR", 10, "13-15", "c")
    assert (
        program.post("/accounts", {"accounts": [{"id": "5", "country": "France"}]})[1]["where"]
        == "$.accounts[0].country"
    )
    assert program.post("/accounts", {"accounts": [{"id": "5", "created_at": "1666-01-01T00:00:00Z"}]})[0] == 422


# Decisions


def test_decisions_come_in_order_and_only_those_of_the_stream() -> None:
    first, second = decided("p1"), decided("p2")
    program = Program(source="s")
    status, answer = program.get("/decisions?limit=1")
    assert (status, answer["last"]) == (200, 1)
    assert answer["decisions"][0]["decision"] == first.pk
    assert answer["decisions"][0]["posts"] == [{"source": "s", "id": "p1"}]
    assert "Racisme" in answer["decisions"][0]["reasons"]["fr"]
    assert [one["decision"] for one in program.get("/decisions?after=1")[1]["decisions"]] == [second.pk]
    assert program.get("/decisions?after=2")[1] == {"decisions": [], "last": 2}
    assert Program(source="other").get("/decisions")[1]["decisions"] == []
    assert program.get("/decisions?limit=0")[0] == 422
    assert program.get("/decisions?after=x")[1]["where"] == "$.after"


def test_what_has_not_left_is_not_told_and_cannot_be_confirmed() -> None:
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    program = Program(source="s")
    assert program.get("/decisions")[1]["decisions"] == []
    assert program.post(f"/decisions/{made.pk}/applied")[0] == 404


def test_a_receipt_is_kept_once_and_ends_the_alarm() -> None:
    made, program = decided(), Program(source="s")
    late = NOW + timedelta(minutes=16)
    assert not receipts.unconfirmed(NOW + timedelta(minutes=15)).exists()
    assert list(receipts.unconfirmed(late)) == [made]
    assert program.post(f"/decisions/{made.pk}/failed", {"detail": "no such post", "post": "p1"})[0] == 200
    assert list(receipts.unconfirmed(late)) == [made], "a failure confirms nothing"
    assert receipts.alarm(late) == 1
    for _ in range(2):
        status, answer = program.post(f"/decisions/{made.pk}/applied")
        assert (status, answer["outcome"]) == (200, "applied")
    assert Receipt.objects.count() == 2
    assert receipts.alarm(late) == 0
    assert list(made.case.facts.filter(kind__startswith="receipt").values_list("kind", "why")) == [
        ("receipt: failed", "no such post"), ("receipt: applied", ""),
    ]  # fmt: skip
    assert Program(source="other").post(f"/decisions/{made.pk}/applied")[0] == 404
    assert program.post(f"/decisions/{made.pk}/applied", {"post": "p9"})[0] == 422


# Endpoints and deliveries


def test_an_endpoint_shows_its_secret_once() -> None:
    program = Program()
    status, made = program.post("/endpoints", {"url": "https://example.org/hook"})
    assert status == 201
    assert made["secret"] == Endpoint.objects.get().secret
    listed = program.get("/endpoints")[1]["endpoints"]
    assert [one["url"] for one in listed] == ["https://example.org/hook"]
    assert "secret" not in listed[0]
    assert program.send("DELETE", f"/endpoints/{made['id']}")[0] == 200
    assert program.send("DELETE", f"/endpoints/{made['id']}")[0] == 404
    assert program.get("/endpoints")[1]["endpoints"] == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "https://", "https://u:p@example.org/", "https://a b", "http://x:99999/", "http://["]
)
def test_an_address_that_cannot_be_told_is_refused(url: str) -> None:
    assert Program().post("/endpoints", {"url": url})[0] == 422


def test_a_dead_message_is_listed_and_sent_again() -> None:
    endpoints.make("https://example.org/hook", NOW)
    decided()
    Delivery.objects.update(dead_at=NOW, next_at=None, attempts=9, error="500")
    program = Program(source="s")
    (dead,) = program.get("/deliveries")[1]["deliveries"]
    assert (dead["number"], dead["error"], dead["next_at"]) == (1, "500", None)
    assert program.post(f"/deliveries/{dead['id']}/again")[0] == 200
    (again,) = program.get("/deliveries")[1]["deliveries"]
    assert (again["attempts"], again["dead_at"]) == (0, None)
    assert program.post("/deliveries/999/again")[0] == 404


# The document


def test_the_document_needs_no_key_and_names_every_address() -> None:
    program = Program()
    program.token = ""
    status, found = program.get("/openapi.json")
    assert (status, found["openapi"]) == (200, "3.1.0")
    named = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert named == {(route.method, ROOT + route.path) for route in ROUTES}
    assert found == msgspec.json.decode(document())


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_data_directory_of_tests_is_a_temporary_one() -> None:
    assert "vigie-tests-" in str(settings.DATA)
