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
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import machine

NOW = datetime.now(UTC).replace(microsecond=0)
AREAS = ("hate.racism", "hate.misogyny", "violence.threats", "abuse.harassment", "platform.spam", "fraud.scam_links")
ACCOUNTS = 200_000


def fill(open_cases: int, decided: int) -> None:
    """Many of everything: one row of each is made by the services, and copied by the database with other values."""
    from django.db import connection
    from django.db.models import Max
    from tests.services import given

    from vigie.services import decisions, review
    from vigie.services.decisions import Verdict
    from vigie.store.models import Account, Case, CasePost, Decision, Fact, Outbox, Post, ReasonsRecord

    anne = given.person("anne")
    made = given.case("template", text="Une phrase ordinaire, un peu plus longue, comme on en lit beaucoup. " * 3)
    review.claim(made.pk, anne, given.NOW)
    verdict = Verdict(breach=True, clause="hate.racism", facts="Une phrase. " * 10, explanation="Elle abaisse. " * 10)
    decisions.settle(made.pk, verdict, by=anne, at=given.NOW)
    team = [given.person(f"m{n}").pk for n in range(20)]
    first = 10  # ids above those of the templates
    total = open_cases + decided
    base = {
        model: model.objects.aggregate(last=Max("pk"))["last"] for model in (Account, Case, CasePost, Post, Decision)
    }
    sqlite = connection.vendor == "sqlite"

    def at(seconds: str) -> str:
        stamp = f"{NOW - timedelta(days=60):%Y-%m-%d %H:%M:%S}"
        if sqlite:
            return f"datetime('{stamp}', '+' || ({seconds}) || ' seconds')"
        return f"timestamptz '{stamp}+00' + ({seconds}) * interval '1 second'"

    def copies(model: type, count: int, values: dict[str, str]) -> None:
        names = [field.column for field in model._meta.local_concrete_fields]
        wanted = ", ".join(values.get(name, f't."{name}"') for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        table, template = model._meta.db_table, base.get(model) or model.objects.aggregate(last=Max("pk"))["last"]
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                f"INSERT INTO {table} ({listed}) SELECT {wanted} FROM n, {table} t WHERE t.id = {template}"
            )

    def chosen(words: tuple[str, ...]) -> str:
        return f"CASE i % {len(words)}" + "".join(f" WHEN {n} THEN '{word}'" for n, word in enumerate(words)) + " END"

    areas = tuple(word.partition(".")[0] for word in AREAS)
    language = "CASE i % 5 WHEN 0 THEN 'en' ELSE 'fr' END"
    account = f"{base[Account]} + 1 + i % {ACCOUNTS}"
    text = "CAST(i AS text)"
    spread = "(CAST(i AS bigint) * 7919 % 100003) / 10.0"
    done = f"i > {open_cases}"
    when = at(f"i % {55 * 86_400}")
    waits_in = "WHEN i % 50 = 0 THEN 'second_look' WHEN i % 70 = 0 THEN 'escalated' ELSE 'open' END"
    if_done = f"CASE WHEN {done} THEN {when} END"
    copies(Account, ACCOUNTS, {"id": f"{base[Account]} + i", "key": f"'a' || {text}"})
    post = {"id": f"{base[Post]} + i", "key": f"'p' || {text}", "text_hash": "i", "fingerprint": "i % 700001"}
    copies(Post, total, post | {"account_id": account, "language": language, "created_at": when, "views_at": when})
    case = {
        "id": f"{base[Case]} + i",
        "clause": chosen(AREAS),
        "area": chosen(areas),
        "language": language,
        "account_id": account,
        "opened_at": when,
        "harm": spread,
        "due": f"CASE WHEN i % 500 = 0 THEN {at(f'{60 * 86_400} + i % 900000')} END",
        "status": f"CASE WHEN {done} THEN 'decided' {waits_in}",
        "queue": f"CASE {waits_in}",
        "decided_by_id": f"CASE WHEN {done} OR i % 50 = 0 THEN {team[0]} + i % 20 END",
        "decided_at": if_done,
        "not_before": if_done,
    }
    copies(Case, total, case | {"holder_id": "NULL", "since": "NULL"})
    within = {"case_id": f"{base[Case]} + i", "post_id": f"{base[Post]} + i"}
    copies(CasePost, total, within | {"id": f"{base[CasePost]} + i", "clause": chosen(AREAS)})
    facts = Fact.objects.aggregate(last=Max("pk"))["last"]
    for n, kind in enumerate(("opened", "claimed", "decided")):
        copies(Fact, total if n == 0 else decided, {
            "id": f"{facts + first} + i + {n * total}", "kind": f"'{kind}'", "at": when,
            "case_id": f"{base[Case]} + i" + ("" if n == 0 else f" + {open_cases}"),
        })  # fmt: skip
    later = {"case_id": f"{base[Case]} + {open_cases} + i", "by_id": f"{team[0]} + i % 20", "at": when}
    cited = chosen(tuple(f"{one}@1" for one in AREAS))
    copies(Decision, decided, later | {"id": f"{base[Decision]} + i", "breach": "i % 3 = 0", "cited": cited})
    third = decided // 3
    linked = {"decision_id": f"{base[Decision]} + i * 3"}
    copies(ReasonsRecord, third, {"id": "1000 + i", **linked})
    copies(Outbox, third, {"id": "1000 + i", **linked, "number": "1000 + i", "not_before": when, "released_at": when})
    settle()


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
