"""``vigie check``: is this instance fit to serve? One finding a line, with who mends it and how."""

import argparse
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from vigie.app import preparing, wiring
from vigie.errors import Misconfigured, Refused

Level = Literal["error", "warning", "note"]
_GIB = 1 << 30
_LEAST, _LITTLE = 1 * _GIB, 5 * _GIB  # bytes free
_DJANGO = ("security.W009", "security.W012", "security.W016", "security.W018", "security.W020")
_LATE_ROUND = 60.0  # seconds
_BACKUP = timedelta(days=2)


class Finding(msgspec.Struct, frozen=True):
    """One thing: how grave, what, who mends it, how."""

    level: Level
    what: str
    who: str
    how: str

    def __str__(self) -> str:
        return f"{self.level}: {self.what}. {self.who}: {self.how}"


def check(arguments: argparse.Namespace) -> int:
    """Print the findings: 78 if one is an error, 2 if one is a warning, else 0."""
    data: Path = arguments.data.absolute()
    if not (data / "key").exists():
        raise Refused(f"{data}: no instance here; `vigie up --data {arguments.data}` makes one")
    wiring.kernels_kept(data)
    preparing.configure(data)
    levels = []
    for finding in findings(data):
        print(finding, flush=True)
        levels.append(finding.level)
    counted = ", ".join(f"{levels.count(level)} {level}s" for level in ("error", "warning", "note"))
    print(counted)
    return 78 if "error" in levels else 2 if "warning" in levels else 0


def findings(data: Path) -> Iterator[Finding]:
    """Everything worth saying, the place first, then the database, then people and rules."""
    yield from _disk(data)
    yield from _address()
    try:
        preparing.connected()
        steps = preparing.pending()
    except Misconfigured as error:
        yield Finding("error", str(error), "operator", "as said")
        return
    if steps:
        yield Finding("error", f"{steps} migrations wait", "operator", "`vigie up` applies them")
        return
    yield from _database()
    yield from _background(data)
    yield from _people()
    yield from _rules()
    yield from _outside()


def _disk(data: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(data).free
    if free < _LITTLE:
        level: Level = "error" if free < _LEAST else "warning"
        yield Finding(level, f"{free / _GIB:.1f} GiB are free in {data}", "operator", "free some space")
    if data.stat().st_mode & 0o077:
        yield Finding(
            "error", f"{data} is open to other users of this machine", "operator", f"chmod 700 {data}: it holds what people wrote"
        )  # fmt: skip
    if os.statvfs(data).f_flag & os.ST_RDONLY:
        yield Finding("error", f"{data} is on a read-only file system", "operator", "mount it for writing")
    last = data / "locks" / "backup"
    age = None if not last.exists() else wiring.now().timestamp() - last.stat().st_mtime
    if age is None or age > _BACKUP.total_seconds():
        when = "no backup was ever made here" if age is None else f"the last backup is {age / 86400:.0f} days old"
        yield Finding("warning", when, "operator", "`vigie backup FILE`, every day, to another machine")


def _address() -> Iterator[Finding]:
    from django.conf import settings
    from django.core import checks

    if not settings.ORIGIN:
        yield Finding(
            "note", "the console is reached from this machine only", "operator", "set VIGIE_ORIGIN to its https:// address"
        )  # fmt: skip
    elif not settings.HTTPS:
        yield Finding(
            "error", f"VIGIE_ORIGIN is {settings.ORIGIN}: passwords travel readable", "operator", "use https://"
        )
    if settings.DEMO:
        yield Finding(
            "error",
            "this is a demo: everyone signs in without a second factor",
            "operator",
            "use another data directory",
        )
    wanted = {one for one in _DJANGO if settings.HTTPS or one not in ("security.W012", "security.W016")}
    for one in checks.run_checks(include_deployment_checks=True):
        if one.id in wanted or one.level >= checks.ERROR:
            yield Finding(
                "error", f"{one.id}: {one.msg.partition('.')[0]}", "operator", "see docs/reference/settings.md"
            )


def _database() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            import sqlite3

            cursor.execute("PRAGMA journal_mode")
            if (mode := cursor.fetchone()[0]) != "wal":
                yield Finding(
                    "error", f"SQLite is in mode {mode}, not WAL", "operator", "put the data directory on a local disk"
                )
            if sqlite3.sqlite_version_info < (3, 40):
                yield Finding("warning", f"SQLite {sqlite3.sqlite_version} is old", "operator", "use 3.40 or later")
        else:
            cursor.execute("SELECT current_setting('server_version_num')::int, now()")
            version, there = cursor.fetchone()
            if version < 150000:
                yield Finding("warning", f"PostgreSQL {version // 10000} is not tested", "operator", "use 15 or later")
            if abs((wiring.now() - there).total_seconds()) > 2:
                yield Finding(
                    "error", "the clocks of this machine and of the database differ", "operator", "keep both by NTP"
                )
    yield from _clock()


def _clock() -> Iterator[Finding]:
    """Facts are never later than now, unless the clock was set back."""
    from vigie.store.models import Fact

    last = Fact.objects.order_by("-pk").values_list("at", flat=True).first()
    if last and last > wiring.now() + timedelta(minutes=1):
        yield Finding(
            "error",
            f"the clock was set back: the latest act is of {last:%Y-%m-%d %H:%M} UTC",
            "operator",
            "keep it by NTP",
        )


def _background(data: Path) -> Iterator[Finding]:
    from vigie.journal.disk import take
    from vigie.services.pulse import background_round

    place = data / "locks" / "instance"
    lock = take(place) if place.exists() else None
    if not place.exists() or lock is not None:
        yield Finding("note", "the instance is not serving", "operator", "`vigie up`")
    if lock is not None:
        os.close(lock)
        return
    last = background_round(data, wiring.now())
    if place.exists() and (last is None or last > _LATE_ROUND):
        yield Finding(
            "error", "the background process has ended no round for a minute: nothing becomes a case, nothing leaves", "operator",
            "read the log; `vigie up` begins it again when it ends",
        )  # fmt: skip


def _people() -> Iterator[Finding]:
    from allauth.mfa.utils import is_mfa_enabled

    from vigie.services.quality import waits_for_nobody
    from vigie.services.second_person import missing
    from vigie.store.models import User
    from vigie.store.people import Role

    people = [one for one in User.objects.filter(is_active=True) if one.has_usable_password()]
    if not any(one.has(Role.ADMINISTRATOR) for one in people):
        yield Finding("warning", "nobody is administrator", "operator", "`vigie admin link`")
    bare = [one for one in people if (one.decides or one.has(Role.ADMINISTRATOR)) and not is_mfa_enabled(one)]
    if bare:
        yield Finding(
            "warning",
            f"{len(bare)} people who decide or administer have no second factor",
            "each of them",
            "sign in: the page leads there",
        )
    waiting = waits_for_nobody()
    if waiting:
        yield Finding(
            "error", f"{len(waiting)} cases wait for a second person whom the team does not have (case {waiting[0]} first)", "lead",
            "open the case in the console and invite a reviewer; no rule is waived",
        )  # fmt: skip
    for one in missing():
        level: Level = "error" if one.serious else "warning"
        yield Finding(level, f"{one.rule}: {one.waits}", "administrator", one.mend)


def _rules() -> Iterator[Finding]:
    from zoneinfo import ZoneInfo

    from vigie.engine.pipeline import signals
    from vigie.services import settings, terms, workshop
    from vigie.terms import check as terms_check

    found = terms_check.check(terms.clauses().values(), signals(wiring.detectors(None)), wiring.now().date())
    blind = sorted({one.clause for one in found if "no rule in force looks" in one.what})
    if blind:
        yield Finding(
            "note",
            f"no detector looks for {len(blind)} clauses ({', '.join(blind)})",
            "policy lead",
            "people find these breaches, by notices",
        )
    for one in workshop.alarms(wiring.now()):
        what, _, how = str(one).partition(": ")
        yield Finding("error" if one.what == "stale" else "warning", what, "policy lead", how)
    try:
        ZoneInfo(settings.value("zone"))
    except (ValueError, KeyError):
        yield Finding("error", f"there is no time zone {settings.value('zone')}", "lead", "console, Settings: zone")
    if settings.value("half_life_hours") == settings.DEFAULTS["half_life_hours"][0]:
        yield Finding(
            "note", "the half-life of views is the assumed one, measured on another network", "lead",
            "measure it on yours and set half_life_hours: the order of the queue rests on it",
        )  # fmt: skip


def _outside() -> Iterator[Finding]:
    from django.conf import settings as dj

    from vigie.services.receipts import recent
    from vigie.store.models import Delivery, Endpoint, User
    from vigie.store.people import Role

    if dead := Delivery.objects.filter(dead_at__isnull=False).count():
        yield Finding(
            "warning",
            f"{dead} messages to the platform are no longer tried",
            "administrator",
            "console, Deliveries: send again",
        )
    if late := recent(wiring.now()).count():
        yield Finding(
            "warning", f"{late} decisions were not confirmed in time", "platform", "POST /api/v1/decisions/{id}/applied"
        )
    if not (dj.MAIL and any(one.email for one in User.objects.filter(is_active=True) if one.has(Role.ADMINISTRATOR))):
        yield Finding(
            "note", "alarms reach nobody by mail", "operator",
            "set VIGIE_MAIL and VIGIE_MAIL_FROM; each administrator gives an address on their own page",
        )  # fmt: skip
    if not Endpoint.objects.filter(active=True).exists():
        yield Finding(
            "note", "no endpoint hears of decisions", "administrator", "add one, or let the platform read the feed"
        )
