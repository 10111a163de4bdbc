"""What the services would have written, post by post and message by message, in few statements: for the demo alone.

Six weeks of reads and messages, one transaction each, are most of the time that the demo takes to be ready. A test holds
these rows equal to those of ``wellbeing.reveal``, ``outbox.release``, ``outbox.deliver`` and ``receipts.confirm``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from vigie.app.platform import answer
from vigie.services.outbox import WAITS
from vigie.store.models import Case, CasePost, Delivery, Endpoint, Exposure, Fact, Outbox, Receipt, SensitiveRead, User

_CHUNK = 500


class Read(NamedTuple):
    """Somebody looked at the posts that a case then had."""

    user: User
    case: Case
    at: datetime


@transaction.atomic
def revealed(reads: Sequence[Read]) -> None:
    """Each read is on record, and counts for the person's limits until the next; they come in order of time."""
    rows: dict[int, list[CasePost]] = {}
    for row in CasePost.objects.select_related("post").order_by("pk"):
        rows.setdefault(row.case_id, []).append(row)
    shown: list[Exposure] = []
    written: list[SensitiveRead] = []
    latest: dict[int, Exposure] = {}
    for read in reads:
        for row in rows.get(read.case.pk, ()):
            if row.at > read.at:
                continue
            one = _exposure(read, row)
            if (before := latest.get(read.user.pk)) is not None:
                before.end = read.at
            latest[read.user.pk] = one
            shown.append(one)
            written.append(_read(read, row))
    Exposure.objects.bulk_create(shown, batch_size=_CHUNK)
    SensitiveRead.objects.bulk_create(written, batch_size=_CHUNK)


def _exposure(read: Read, row: CasePost) -> Exposure:
    case = read.case
    return Exposure(
        user=read.user, case=case, area=case.area, gravity=case.gravity, fingerprint=row.post.fingerprint, begin=read.at
    )


def _read(read: Read, row: CasePost) -> SensitiveRead:
    return SensitiveRead(user=read.user, at=read.at, what="post", case=read.case, detail=str(row.post_id))


@transaction.atomic
def sent(until: datetime, hears: Callable[[int, datetime], bool]) -> None:
    """The messages whose time came until then left at that time, and were heard at once, or never: see ``hears``."""
    due = list(
        Outbox.objects.filter(number=None, not_before__lte=until)
        .order_by("not_before", "pk")
        .select_related("decision")
    )
    last = Outbox.objects.aggregate(last=Max("number"))["last"] or 0
    for number, row in enumerate(due, last + 1):
        row.number, row.released_at = number, row.not_before
    Outbox.objects.bulk_update(due, ["number", "released_at"], batch_size=_CHUNK)
    endpoints = list(Endpoint.objects.filter(active=True))
    made = [_delivery(row, end, hears(row.number or 0, row.not_before)) for row in due for end in endpoints]
    Delivery.objects.bulk_create(made, batch_size=_CHUNK)
    _confirmed([one.outbox for one in made if one.delivered_at is not None])


def _confirmed(heard: Sequence[Outbox]) -> None:
    """The platform's receipts, and what is noted of them."""
    said = [(row.decision, answer(row.number or 0, row.not_before)) for row in heard]
    Receipt.objects.bulk_create(
        (Receipt(decision=one, outcome=it.outcome, detail=it.detail, at=it.at) for one, it in said), batch_size=_CHUNK
    )
    Fact.objects.bulk_create(
        (
            Fact(
                case_id=one.case_id,
                at=it.at,
                kind=f"receipt: {it.outcome}",
                why=it.detail,
                details={"decision": one.pk},
            )
            for one, it in said
        ),
        batch_size=_CHUNK,
    )


def _delivery(row: Outbox, end: Endpoint, heard: bool) -> Delivery:
    if heard:
        return Delivery(outbox=row, endpoint=end, attempts=1, delivered_at=row.not_before)
    dead_at = row.not_before + sum(WAITS, timedelta())
    return Delivery(outbox=row, endpoint=end, attempts=len(WAITS) + 1, dead_at=dead_at, error="503")
