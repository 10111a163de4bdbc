"""What the services would have written, post by post and message by message, in few statements: for the demo alone.

Six weeks of acts, one transaction each, would be most of the time that the demo takes to be ready. Tests hold these rows
equal to those of ``review.claim``, ``decisions.settle``, ``wellbeing.reveal``, ``outbox.release``, ``outbox.deliver`` and
``receipts.confirm``.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from vigie.app.platform import answer
from vigie.demo import wording
from vigie.demo.history import Language
from vigie.review import lifecycle
from vigie.review.lifecycle import Status
from vigie.services import decisions, settings
from vigie.services.acts import act, keep_state, state_of
from vigie.services.decisions import Verdict
from vigie.services.outbox import WAITS
from vigie.store.decisions import Stage
from vigie.store.models import (
    Case,
    CasePost,
    Decision,
    Delivery,
    Endpoint,
    Exposure,
    Fact,
    Outbox,
    Post,
    ReasonsRecord,
    Receipt,
    SensitiveRead,
    User,
)

_CHUNK = 500


class Look(NamedTuple):
    """Somebody took a case and decided it: the clause that it breaks, or None."""

    user: User
    case: Case
    begun_at: datetime
    at: datetime
    clause: str | None


def taken(case: Case, user: User, at: datetime) -> None:
    """The case is in somebody's hands; the rest is written once it is decided."""
    Case.objects.filter(pk=case.pk).update(status=Status.CLAIMED, holder=user, since=at)


@transaction.atomic
def decided(looks: Sequence[Look]) -> None:
    """Each case was claimed and decided; they come in order of time, with the case as it was before."""
    imminent = set(settings.value("imminent_clauses"))
    rows = _posts([look.case for look in looks])
    made = [_decided(look, rows[look.case.pk], look.clause in imminent) for look in looks]
    Decision.objects.bulk_create([decision for decision, _ in made])
    reasons = [record for _, record in made if record is not None]
    for record in reasons:
        record.decision_id = record.decision.pk
    ReasonsRecord.objects.bulk_create(reasons)
    Outbox.objects.bulk_create(
        _message(record.decision, [row.post for row in rows[record.decision.case_id]]) for record in reasons
    )
    Fact.objects.bulk_create(
        fact for look, (decision, _) in zip(looks, made, strict=True) for fact in _facts(look, decision)
    )


def _posts(cases: Sequence[Case]) -> dict[int, list[CasePost]]:
    found: dict[int, list[CasePost]] = {}
    for row in CasePost.objects.filter(case__in=cases).select_related("post").order_by("pk"):
        found.setdefault(row.case_id, []).append(row)
    return found


def _decided(look: Look, rows: Sequence[CasePost], imminent: bool) -> tuple[Decision, ReasonsRecord | None]:
    case, what = look.case, act(look.user, look.at)
    state = lifecycle.claim(state_of(case), act(look.user, look.begun_at))
    case.since = state.since
    verdict = found(case, look.clause, rows[0].evidence)
    made = decisions.drafted(case, verdict, what, look.user, Stage.FIRST)
    case.decided_at = look.at
    keep_state(case, lifecycle.decide(state, what, imminent), look.at)
    return made


def _message(decision: Decision, posts: Sequence[Post]) -> Outbox:
    payload = decisions.message(decision, "decided", posts)
    return Outbox(
        decision=decision, event="decided", payload=payload, not_before=decision.case.not_before or decision.at
    )


def _facts(look: Look, decision: Decision) -> Iterator[Fact]:
    yield Fact(case=look.case, at=look.begun_at, by=look.user, kind="claimed")
    details = {"decision": decision.pk, "breach": decision.breach, "stage": Stage.FIRST.value, "cited": decision.cited}
    yield Fact(case=look.case, at=look.at, by=look.user, kind="decided", details=details)


def found(case: Case, clause: str | None, evidence: Sequence[dict[str, object]]) -> Verdict:
    """What a person finds and writes down; ``evidence`` is what the machine highlighted."""
    if clause is None:
        return Verdict(breach=False)
    language: Language = "fr" if case.language == "fr" else "en"
    words = list(dict.fromkeys(str(one["words"]) for one in evidence))[:3]
    return Verdict(
        breach=True,
        clause=clause,
        facts=wording.facts(language, words),
        explanation=wording.explanation(language, clause),
    )


class Read(NamedTuple):
    """Somebody looked at the posts that a case then had, until they had decided it (None: they still look)."""

    user: User
    case: Case
    at: datetime
    until: datetime | None


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
                before.end = read.at if before.end is None else min(before.end, read.at)
            latest[read.user.pk] = one
            shown.append(one)
            written.append(_read(read, row))
    Exposure.objects.bulk_create(shown, batch_size=_CHUNK)
    SensitiveRead.objects.bulk_create(written, batch_size=_CHUNK)


def _exposure(read: Read, row: CasePost) -> Exposure:
    case = read.case
    return Exposure(
        user=read.user,
        case=case,
        area=case.area,
        gravity=case.gravity,
        fingerprint=row.post.fingerprint,
        begin=read.at,
        end=read.until,
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
    told = [(row, row.decision) for row in heard if row.decision is not None]
    said = [(decision, answer(row.number or 0, row.not_before)) for row, decision in told]
    for (row, _), (_, it) in zip(told, said, strict=True):
        row.confirmed_at = it.at if it.outcome == "applied" else None
    Outbox.objects.bulk_update([row for row, _ in told], ["confirmed_at"], batch_size=_CHUNK)
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
