"""What the demo writes in few statements is what the services write one by one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from tests.services.given import NOW, case, person
from vigie.app import in_bulk
from vigie.app.platform import platform
from vigie.services import decisions, outbox, review, wellbeing
from vigie.services.decisions import Verdict
from vigie.store.models import (
    Case,
    Decision,
    Delivery,
    Endpoint,
    Exposure,
    Fact,
    Outbox,
    ReasonsRecord,
    Receipt,
    SensitiveRead,
)

pytestmark = pytest.mark.django_db

CLAUSES = ("hate.racism", "violence.threats", "abuse.harassment", "fraud.scam_links")
RACISM = Verdict(breach=True, clause="hate.racism", facts="Ce que dit le message.", explanation="Il abaisse.")


def rows(*models: type[Model]) -> list[dict[str, Any]]:
    """All rows of these tables but their own keys."""
    return [
        {name: value for name, value in row.items() if name not in ("id", "outbox_id")}
        for model in models
        for row in model._default_manager.order_by("pk").values()
    ]


def written(act: Callable[[], None], *models: type[Model]) -> list[dict[str, Any]]:
    """What these tables hold after an act, which is then taken back."""
    with transaction.atomic():
        act()
        found = rows(*models)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_cases_taken_and_decided(language: str) -> None:
    anne, bao = person("anne"), person("bao")
    made = [case(f"p{number}", clause=clause, language=language) for number, clause in enumerate(CLAUSES)]
    looks = [
        in_bulk.Look(user, about, NOW + timedelta(minutes=3 * n), NOW + timedelta(minutes=3 * n + 2), clause)
        for n, (user, about, clause) in enumerate(zip((anne, bao, anne, bao), made, (*CLAUSES[:3], None), strict=True))
    ]

    def one_by_one() -> None:
        for look in looks:
            evidence = look.case.posts.get().evidence
            review.claim(look.case.pk, look.user, look.begun_at)
            verdict = in_bulk.found(look.case, look.clause, evidence)
            decisions.settle(look.case.pk, verdict, by=look.user, at=look.at)

    def at_once() -> None:
        for look in looks:
            in_bulk.taken(look.case, look.user, look.begun_at)
        in_bulk.decided(looks)

    tables = (Case, Decision, ReasonsRecord, Outbox, Fact)
    one, all_ = written(one_by_one, *tables), written(at_once, *tables)
    assert sum("payload" in row for row in one) == 3
    assert [_without_keys(row) for row in all_] == [_without_keys(row) for row in one]


def _without_keys(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the keys of decisions, which a rolled back sequence may give anew."""
    inner = {name: value for name, value in row.items() if name != "decision_id"}
    for name in ("payload", "details"):
        if name in inner:
            inner[name] = {key: value for key, value in inner[name].items() if key != "decision"}
    return inner


def test_reads() -> None:
    anne, bao = person("anne"), person("bao")
    one, two, three = case("p1"), case("p2"), case("p3")
    minute = timedelta(minutes=1)
    reads = [(anne, one, 0, 4), (bao, two, 5, 6), (anne, three, 5, 12)]

    def one_by_one() -> None:
        for user, about, begin, end in reads:
            review.claim(about.pk, user, NOW + begin * minute)
            wellbeing.reveal(about, about.posts.get().post_id, user, NOW + begin * minute)
            decisions.settle(about.pk, Verdict(breach=False), by=user, at=NOW + end * minute)
        wellbeing.reveal(one, one.posts.get().post_id, bao, NOW + 20 * minute)

    def at_once() -> None:
        done = [
            in_bulk.Read(user, about, NOW + begin * minute, NOW + end * minute) for user, about, begin, end in reads
        ]
        in_bulk.revealed([*done, in_bulk.Read(bao, one, NOW + 20 * minute, None)])

    found = written(one_by_one, Exposure, SensitiveRead)
    assert len(found) == 8
    assert written(at_once, Exposure, SensitiveRead) == found


def test_messages_heard_at_once_and_never() -> None:
    anne = person("anne")
    Endpoint.objects.create(url="https://platform.example/", secret="s", made_at=NOW)
    for minute, key in enumerate(("p1", "p2", "p3")):
        about = case(key)
        review.claim(about.pk, anne, NOW)
        decisions.settle(about.pk, RACISM, by=anne, at=NOW + timedelta(minutes=minute))
    times = [NOW + timedelta(minutes=minute, seconds=30) for minute in range(3)]

    def one_by_one() -> None:
        for number, at in enumerate(times, 1):
            outbox.release(at)
            waits = [at, *(at := at + wait for wait in outbox.WAITS)] if number == 2 else [at]
            for then in waits:
                outbox.deliver((lambda *_: 503) if number == 2 else platform(lambda then=then: then), then)

    def at_once() -> None:
        in_bulk.sent(times[-1], lambda number, _: number != 2)

    found = written(one_by_one, Outbox, Delivery, Receipt)
    assert [row["dead_at"] is not None for row in found if "dead_at" in row] == [False, True, False]
    assert written(at_once, Outbox, Delivery, Receipt) == found
    facts = written(one_by_one, Fact)
    assert sum(row["kind"] == "receipt: applied" for row in facts) == 2
    assert written(at_once, Fact) == facts
