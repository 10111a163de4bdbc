"""How the instance is doing, in numbers: what waits, for how long, and what did not arrive. Counts of things, never of a person."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec
from django.db.models import Count, QuerySet

from vigie.review.lifecycle import Status
from vigie.services import golden, inbox, receipts
from vigie.store.models import Case, Delivery, Outbox


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the instance. Times in seconds; None: there is nothing of the kind.

    ``cases``: undecided ones by (harm area, status), golden ones left out here and below; ``admitted`` and ``waiting``: of
    those in the first queue, the ones that the team can settle and the others. ``oldest_due``: how long the earliest legal
    clock of an open case has run out (negative: still to run). ``unconfirmed``: decisions of the last seven days that left,
    and that the platform has not confirmed in time.
    """

    case_lag: float
    cases: dict[tuple[str, str], int]
    admitted: int
    waiting: int
    oldest_due: float | None
    outbox_waiting: int
    outbox_late: float
    deliveries_waiting: int
    deliveries_dead: int
    unconfirmed: int
    journal_bytes: int
    background_round: float | None


def pulse(data: Path, now: datetime) -> Pulse:
    """Everything, counted now: each number comes of an index or of a file's size."""
    unsettled = [one.value for one in Status if one is not Status.DECIDED]
    cases = _counted(Case.objects.filter(status__in=unsettled).order_by()) - _counted(golden.undecided())
    by_area: Counter[tuple[str, str]] = Counter()
    for (area, status, _), n in cases.items():
        by_area[area, status] += n
    in_queue = {rest: sum(cases[one] for one in cases if one[1:] == (Status.OPEN, rest)) for rest in (True, False)}
    due = Case.objects.filter(due__isnull=False, status__in=unsettled).order_by("due").values_list("due", flat=True)
    first_due = due.first()
    to_leave = Outbox.objects.filter(number=None)
    oldest = to_leave.filter(not_before__lte=now).order_by("not_before").values_list("not_before", flat=True).first()
    since = inbox.waiting_since(data)
    return Pulse(
        case_lag=(now - since).total_seconds() if since else 0.0,
        cases=dict(by_area),
        admitted=in_queue[True],
        waiting=in_queue[False],
        oldest_due=(now - first_due).total_seconds() if first_due else None,
        outbox_waiting=to_leave.count(),
        outbox_late=(now - oldest).total_seconds() if oldest else 0.0,
        deliveries_waiting=Delivery.objects.filter(next_at__isnull=False).count(),
        deliveries_dead=Delivery.objects.filter(dead_at__isnull=False).count(),
        unconfirmed=receipts.recent(now).count(),
        journal_bytes=sum(path.stat().st_size for path in (data / "journal").glob("w*/*.seg")),
        background_round=background_round(data, now),
    )


def _counted(cases: "QuerySet[Case]") -> Counter[tuple[str, str, bool]]:
    """By harm area, status and whether the team can settle them."""
    rows = cases.values_list("area", "status", "admitted").annotate(n=Count("*"))
    return Counter({(area, status, admitted): n for area, status, admitted, n in rows})


def background_round(data: Path, now: datetime) -> float | None:
    """How many seconds ago the background process of this machine ended a round; None: it never ran here."""
    try:
        return max(now.timestamp() - (data / "locks" / "background").stat().st_mtime, 0.0)
    except FileNotFoundError:
        return None
