"""The last weeks of the queue as the simulation needs them, from the database; and the forecast, kept for a day.

The forecast takes seconds to minutes, so a process of its own makes it (``app.forecasting``) and leaves it in a file of the
data directory; pages only read that file, and say how far it is while there is none.
"""

import math
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from django.db.models import Q, QuerySet

from vigie.errors import Refused
from vigie.journal.disk import make_directory, take
from vigie.review import capacity, hindsight
from vigie.review.capacity import Period, Row
from vigie.review.hindsight import Check
from vigie.review.workload import WEEK, History, learned
from vigie.services import settings
from vigie.store.decisions import Stage
from vigie.store.models import Case, Decision

#: Weeks looked back at; fewer where that would be more cases than can be simulated in a minute or two.
WEEKS = (4, 3, 2, 1)
MOST = 60_000
RUNS = 40
_SEED = 20_221_201
_HOUR = timedelta(hours=1)
_AGAIN = 600  # seconds before a forecast that came to nothing is tried again
_CHILDREN: list[subprocess.Popen[bytes]] = []


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What each team would mean for the next weeks, and how well the simulation would have foreseen the last ones.

    ``refused`` says in words why there is no forecast; then the rest is empty. ``cases`` came in so many ``hours``.
    """

    at: datetime
    day: date
    hours: int = 0
    cases: int = 0
    rows: tuple[Row, ...] = ()
    check: Check | None = None
    refused: str = ""


class Weeks(msgspec.Struct, frozen=True, eq=False):
    """The last weeks: what happened, and who works in which hour of the week (bool [people, 168])."""

    history: History
    shifts: np.ndarray


def made(data: Path) -> Forecast | None:
    """The forecast that was made last, if any."""
    path = _path(data)
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Forecast)
    except (FileNotFoundError, msgspec.DecodeError):  # of an earlier Vigie
        return None


def progress(data: Path) -> float | None:
    """How far the forecast that is being made is, in [0, 1]; None when none is."""
    if (lock := take(make_directory(data / "locks") / "capacity")) is not None:
        os.close(lock)
        return None
    try:
        return float(_path(data).with_suffix(".progress").read_text())
    except (FileNotFoundError, ValueError):
        return 0.0


def begin(data: Path, at: datetime) -> bool:
    """Have a forecast made by a process of its own, if none is being made and none was tried just before: was it begun?"""
    tried = _path(data).with_suffix(".progress")
    if progress(data) is not None or (tried.exists() and at.timestamp() - tried.stat().st_mtime < _AGAIN):
        return False
    make_directory(tried.parent)
    tried.write_text("0")
    command = [sys.executable, "-m", "vigie.app.forecasting", str(data)]
    _CHILDREN.append(subprocess.Popen(command, start_new_session=True))  # noqa: S603  (our own command)
    _CHILDREN[:] = [one for one in _CHILDREN if one.poll() is None]
    return True


def make(data: Path, at: datetime, runs: int = RUNS) -> Forecast:
    """Make the forecast and keep it."""
    path = _path(data)
    make_directory(path.parent)

    def tell(share: float) -> None:
        path.with_suffix(".progress").write_text(str(share))

    tell(0.0)
    found = forecast(at, tell, runs)
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.msgpack.encode(found))
    draft.replace(path)
    path.with_suffix(".progress").unlink(missing_ok=True)
    return found


def today(at: datetime) -> date:
    """The day in the instance's zone: a forecast holds for one."""
    return at.astimezone(ZoneInfo(settings.value("zone"))).date()


def forecast(at: datetime, tell: Callable[[float], None] = lambda share: None, runs: int = RUNS) -> Forecast:
    """What each team would mean for as many weeks as are looked back at."""
    weeks = last_weeks(at)
    history, hours = weeks.history, len(weeks.history.on_duty)
    many = int((history.arrival >= 0).sum())
    try:
        past = learned(history, settings.value("half_life_hours"))
    except Refused as refusal:
        return Forecast(at=at, day=today(at), hours=hours, cases=many, refused=str(refusal))
    # seven times the past weeks: once as they were, and once for each of six teams
    check = hindsight.check(history, past, runs, _SEED)
    tell(1 / 7)
    period = Period(hours=hours, first_hour=history.first_hour, backlog=history.backlog_after(), runs=runs)
    rows = capacity.forecast(past, weeks.shifts, period, _SEED, tell=lambda run: tell((1 + 6 * run / runs) / 7))
    return Forecast(at=at, day=today(at), hours=hours, cases=many, rows=rows, check=check)


def last_weeks(at: datetime) -> Weeks:
    """The last whole weeks until the last full hour; ordinary cases that people decide, not the machine's, not golden ones."""
    end = at.replace(minute=0, second=0, microsecond=0)
    start = next(
        begin
        for weeks in WEEKS
        if (begin := end - timedelta(weeks=weeks)) and (weeks == WEEKS[-1] or _people(begin, end).count() <= MOST)
    )
    local = start.astimezone(ZoneInfo(settings.value("zone")))
    duty = on_duty(_worked(start), start, end)
    return Weeks(
        _history(start, end, duty, local.weekday() * 24 + local.hour), shifts(duty, local.weekday() * 24 + local.hour)
    )


def on_duty(worked: Iterable[tuple[int, datetime, datetime]], start: datetime, end: datetime) -> np.ndarray:
    """Who was at work in which hour: bool [people, hours]. ``worked``: person, begin and end of each case in hand.

    Whoever worked on a case in two hours of one stretch was there between them; a gap of more than three hours ends a
    stretch. The database knows no shifts: somebody who waited for cases all day and got none was not seen.
    """
    hours = round((end - start) / _HOUR)
    by_person: dict[int, set[int]] = defaultdict(set)
    for person, begin, done in worked:
        first, last = (math.floor((one - start) / _HOUR) for one in (begin, done))
        by_person[person] |= set(range(max(first, 0), min(last, hours - 1) + 1))
    present = sorted(person for person, seen in by_person.items() if seen)
    there = np.zeros((len(present), hours), dtype=bool)
    for n, person in enumerate(present):
        seen = sorted(by_person[person])
        for one, following in zip(seen, [*seen[1:], hours + 9], strict=True):
            there[n, one : (following if following - one <= 3 else one) + 1] = True
    return there


def shifts(there: np.ndarray, first_hour: int) -> np.ndarray:
    """Who works in which hour of the week, bool [people, 168]: those who were there in at least half of the weeks."""
    weeks = there.shape[1] // WEEK
    of_week = there[:, : weeks * WEEK].reshape(len(there), weeks, WEEK).mean(axis=1) >= 0.5
    return np.roll(of_week, first_hour, axis=1)


def _path(data: Path) -> Path:
    return data / "cache" / "capacity"


def _people(start: datetime, end: datetime) -> "QuerySet[Case]":
    """Cases that people decide or will decide, and that came in the period or still waited when it began.

    Those that wait in the log, beyond what the team can settle, are not among them.
    """
    decided = Q(decided_by__isnull=False, decided_at__gte=start)
    return Case.objects.filter(decided | Q(decided_at=None, admitted=True), opened_at__lt=end, golden=None)


def _worked(start: datetime) -> Iterable[tuple[int, datetime, datetime]]:
    rows = Decision.objects.filter(at__gte=start, by__isnull=False).values_list("by", "at", "took")
    for person, at, took in rows.iterator(chunk_size=5000):
        if person is not None:
            yield person, at - timedelta(seconds=min(took or 0.0, 12 * 3600)), at


def _history(start: datetime, end: datetime, there: np.ndarray, first_hour: int) -> History:
    cases = list(
        _people(start, end)
        .order_by("opened_at", "pk")
        .values_list("pk", "opened_at", "probability", "gravity", "harm", "since")
    )
    firsts = {
        case: (at, took, breach)
        for case, at, took, breach in Decision.objects.filter(
            stage=Stage.FIRST, by__isnull=False, case__golden=None, at__gte=start
        )
        .exclude(cancellation__why="undone")
        .values_list("case", "at", "took", "breach")
    }

    def hours(instant: datetime | None) -> float:
        return np.inf if instant is None or instant >= end else (instant - start) / _HOUR

    rows = []
    for pk, opened, probability, gravity, harm, since in cases:
        at, took, breach = firsts.get(pk, (None, None, None))
        in_hand = None if took is None else took / 3600
        taken = hours(since) if at is None else hours(at) - (in_hand or 0.0)
        views = harm / (probability * gravity) if probability and gravity else 0.0
        sure = probability if breach is None else float(breach)
        rows.append(
            (hours(opened), max(taken, hours(opened)), np.nan if in_hand is None else in_hand, harm, views, sure)
        )
    columns = np.array(rows, dtype=np.float64).reshape(-1, 6).T
    arrival, taken_at, handling, harms, views_after, breaches = columns
    return History(
        arrival=arrival, taken=taken_at, handling=handling, harm=harms, views=views_after, breach=breaches,
        on_duty=there.sum(axis=0).astype(np.int64), first_hour=first_hour,
    )  # fmt: skip
