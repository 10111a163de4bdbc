"""The queue and the case, on the server's side, when the instance is full: 100,000 open cases and 1,000,000 decided ones.

``python bench/render.py`` measures SQLite, ``python -m tests.postgres python bench/render.py`` PostgreSQL. The database is made
in minutes, each row with a post, an account, its facts and decision, and deleted afterwards. A page is measured from the
request to the last byte of its answer, in the process that answers, alone on the machine; every page with cold counts.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import machine

NOW = datetime.now(UTC).replace(microsecond=0)
AREAS = ("hate.racism", "hate.misogyny", "violence.threats", "abuse.harassment", "platform.spam", "fraud.scam_links")
ACCOUNTS = 200_000
_TEXT, _MOMENT = "CAST(i AS text)", f"i % {55 * 86_400}"
_LANGUAGE = "CASE i % 5 WHEN 0 THEN 'en' ELSE 'fr' END"


class Copies:
    """Rows copied by the database from one that the services made, with other values: expressions of ``i``, the row's number."""

    def __init__(self, models: Sequence[type]):
        from django.db import connection

        self._connection = connection
        self.base = {model: _last(model) for model in models}

    def make(self, model: type, count: int, values: dict[str, str]) -> None:
        """So many rows, numbered from 1."""
        names = [field.column for field in model._meta.local_concrete_fields]
        wanted = ", ".join(values.get(name, f't."{name}"') for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        table, template = model._meta.db_table, self.base.get(model) or _last(model)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                f"INSERT INTO {table} ({listed}) SELECT {wanted} FROM n, {table} t WHERE t.id = {template}"
            )

    def id(self, model: type, row: str = "i") -> str:
        """The key of the copy with this number."""
        return f"{self.base[model]} + {row}"

    def at(self, seconds: str) -> str:
        """An instant, so many seconds after the sixtieth day before now."""
        stamp = f"{NOW - timedelta(days=60):%Y-%m-%d %H:%M:%S}"
        if self._connection.vendor == "sqlite":
            return f"datetime('{stamp}', '+' || ({seconds}) || ' seconds')"
        return f"timestamptz '{stamp}+00' + ({seconds}) * interval '1 second'"


def _last(model: type) -> int:
    from django.db.models import Max

    return int(model.objects.aggregate(last=Max("pk"))["last"])


def _chosen(words: Sequence[str]) -> str:
    return f"CASE i % {len(words)}" + "".join(f" WHEN {n} THEN '{word}'" for n, word in enumerate(words)) + " END"


def fill(open_cases: int, decided: int) -> None:
    """Many of everything: one row of each is made by the services, and copied by the database with other values."""
    from tests.services import given

    from vigie.services import decisions, review
    from vigie.services.decisions import Verdict
    from vigie.store.models import Account, Case, CasePost, Decision, Post

    anne = given.person("anne")
    made = given.case("template", text="Une phrase ordinaire, un peu plus longue, comme on en lit beaucoup. " * 3)
    review.claim(made.pk, anne, given.NOW)
    verdict = Verdict(breach=True, clause="hate.racism", facts="Une phrase. " * 10, explanation="Elle abaisse. " * 10)
    decisions.settle(made.pk, verdict, by=anne, at=given.NOW)
    team = [given.person(f"m{n}").pk for n in range(20)]
    copies = Copies((Account, Case, CasePost, Post, Decision))
    _copy_posts(copies, open_cases + decided)
    _copy_cases(copies, open_cases, decided, team[0])
    _copy_decisions(copies, open_cases, decided, team[0])
    settle()


def _copy_posts(copies: Copies, total: int) -> None:
    from vigie.store.models import Account, Post

    copies.make(Account, ACCOUNTS, {"id": copies.id(Account), "key": f"'a' || {_TEXT}"})
    when = copies.at(_MOMENT)
    copies.make(Post, total, {
        "id": copies.id(Post), "key": f"'p' || {_TEXT}", "text_hash": "i", "fingerprint": "i % 700001",
        "account_id": _account(copies), "language": _LANGUAGE, "created_at": when, "views_at": when,
    })  # fmt: skip


def _copy_cases(copies: Copies, open_cases: int, decided: int, first_person: int) -> None:
    from vigie.store.models import Case, CasePost, Fact, Post

    total, facts = open_cases + decided, _last(Fact)
    done, when = f"i > {open_cases}", copies.at(_MOMENT)
    waits_in = "WHEN i % 50 = 0 THEN 'second_look' WHEN i % 70 = 0 THEN 'escalated' ELSE 'open' END"
    if_done = f"CASE WHEN {done} THEN {when} END"
    copies.make(Case, total, {
        "id": copies.id(Case),
        "clause": _chosen(AREAS),
        "area": _chosen([word.partition(".")[0] for word in AREAS]),
        "language": _LANGUAGE,
        "account_id": _account(copies),
        "opened_at": when,
        "harm": "(CAST(i AS bigint) * 7919 % 100003) / 10.0",
        "due": f"CASE WHEN i % 500 = 0 THEN {copies.at(f'{60 * 86_400} + i % 900000')} END",
        "status": f"CASE WHEN {done} THEN 'decided' {waits_in}",
        "queue": f"CASE {waits_in}",
        "decided_by_id": f"CASE WHEN {done} OR i % 50 = 0 THEN {first_person} + i % 20 END",
        "decided_at": if_done,
        "not_before": if_done,
        "holder_id": "NULL",
        "since": "NULL",
    })  # fmt: skip
    copies.make(CasePost, total, {
        "id": copies.id(CasePost), "case_id": copies.id(Case), "post_id": copies.id(Post), "clause": _chosen(AREAS),
    })  # fmt: skip
    for n, kind in enumerate(("opened", "claimed", "decided")):
        copies.make(Fact, total if n == 0 else decided, {
            "id": f"{facts} + i + {n * total}", "kind": f"'{kind}'", "at": when,
            "case_id": copies.id(Case, "i" if n == 0 else f"i + {open_cases}"),
        })  # fmt: skip


def _copy_decisions(copies: Copies, open_cases: int, decided: int, first_person: int) -> None:
    from vigie.store.models import Case, Decision, Outbox, ReasonsRecord

    when, linked = copies.at(_MOMENT), {"decision_id": copies.id(Decision, "i * 3")}
    copies.make(Decision, decided, {
        "id": copies.id(Decision), "case_id": copies.id(Case, f"{open_cases} + i"), "by_id": f"{first_person} + i % 20",
        "at": when, "breach": "i % 3 = 0", "cited": _chosen([f"{one}@1" for one in AREAS]),
    })  # fmt: skip
    copies.make(ReasonsRecord, decided // 3, {"id": "1000 + i", **linked})
    copies.make(Outbox, decided // 3, {
        "id": "1000 + i", **linked, "number": "1000 + i", "not_before": when, "released_at": when,
    })  # fmt: skip


def _account(copies: Copies) -> str:
    from vigie.store.models import Account

    return copies.id(Account, f"1 + i % {ACCOUNTS}")


def settle() -> None:
    """As a database that has run for a while: sequences, statistics, no dead rows."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_app_config("store").get_models())):
            cursor.execute(statement)
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def measured(ask: Callable[[], object], times: int) -> list[tuple[float, float]]:
    """Seconds of each answer, on the clock and of the processor, the first three left out."""
    from django.core.cache import cache

    found = []
    for turn in range(times + 3):
        cache.clear()
        began, used = time.perf_counter(), time.process_time()
        ask()
        if turn >= 3:
            found.append((time.perf_counter() - began, time.process_time() - used))
    return found


def pages(times: int) -> list[tuple[str, list[tuple[float, float]]]]:
    """Each page, as often."""
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from vigie.services import review
    from vigie.services.pulse import pulse
    from vigie.store.models import Case, User

    def signed_in(name: str, **fields: object) -> tuple[User, Client]:
        user, _ = User.objects.get_or_create(username=name)
        for key, value in fields.items():
            setattr(user, key, value)
        user.save()
        Authenticator.objects.get_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "unused"}}
        )
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return user, client

    def get(client: Client, path: str) -> None:
        answer = client.get(path, headers={"Accept-Language": "fr"})
        assert answer.status_code == 200, (path, answer.status_code)

    everyone, all_of_it = signed_in("m1", roles=["moderator"])
    _, french = signed_in("m2", roles=["moderator"], languages=["fr"], areas=["hate", "abuse"])
    _, lead = signed_in("lead", roles=["lead"])
    draw = random.Random(20261125)
    waiting = list(Case.objects.filter(status="open").values_list("pk", flat=True)[:5_000])
    decided = list(Case.objects.filter(status="decided").order_by("-pk").values_list("pk", flat=True)[:5_000])
    return [
        ("queue, a moderator of everything", measured(lambda: get(all_of_it, "/console/"), times)),
        ("queue, French, two areas", measured(lambda: get(french, "/console/"), times)),
        ("queue, a lead", measured(lambda: get(lead, "/console/"), times)),
        ("queue, narrowed to an area", measured(lambda: get(all_of_it, "/console/?area=abuse"), times)),
        ("case that waits", measured(lambda: get(all_of_it, f"/console/cases/{draw.choice(waiting)}/"), times)),
        ("case that is decided", measured(lambda: get(lead, f"/console/cases/{draw.choice(decided)}/"), times)),
        ("next case, claimed", measured(lambda: review.claim_next(everyone, datetime.now(UTC)), times)),
        ("/metrics, its numbers", measured(lambda: pulse(Path(os.environ["VIGIE_DATA"]), datetime.now(UTC)), times)),
    ]


def main() -> None:
    """Make it, measure it, say it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--open", type=int, default=100_000, help="cases that wait")
    asked.add_argument("--decided", type=int, default=1_000_000, help="cases that are decided")
    asked.add_argument("--times", type=int, default=100, help="requests of each page")
    asked.add_argument("--work", type=Path, default=Path("/var/tmp"), help="where the database is made")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-render-", dir=given.work) as name:
        os.environ |= {"VIGIE_DATABASE": os.environ.get("VIGIE_TEST_DATABASE", ""), "VIGIE_DATA": name}
        from vigie.app import preparing, wiring

        preparing.configure(Path(name))
        preparing.migrate(Path(name), wiring.now())
        began = time.monotonic()
        fill(given.open, given.decided)
        from django.db import connection

        machine.header(
            f"Pages of a full instance on {connection.vendor}",
            open_cases=given.open, decided=given.decided, made_in=f"{time.monotonic() - began:.0f} s",
        )  # fmt: skip
        found = pages(given.times)
        rows = []
        for what, seconds in found:
            ordered, used = (sorted(1e3 * one[k] for one in seconds) for k in (0, 1))
            p95 = int(0.95 * len(ordered))
            rows.append((what, ordered[len(ordered) // 2], ordered[p95], ordered[-1], used[p95]))
        machine.table(("ms", "p50", "p95", "greatest", "p95 of the processor"), rows)
        worst = max(row[2] for row in rows if row[0].startswith(("queue", "case")))
        machine.verdict(worst <= 150, "queue and case, p95 <= 150 ms", f"{worst:.0f} ms")


if __name__ == "__main__":
    main()
