"""Is what was decided in force? The platform confirms each decision; one that it does not confirm in time raises an alarm."""

import logging
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from vigie.errors import Refused
from vigie.review.lifecycle import Act
from vigie.services import settings
from vigie.services.acts import NotFound, note
from vigie.store.models import Decision, Receipt

log = logging.getLogger("vigie.receipts")

#: How far back unconfirmed decisions raise an alarm: it has been heard by then. The console shows them all.
RECENT = timedelta(days=7)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic
def confirm(source: str, decision_id: int, outcome: str, at: datetime, *, post: str = "", detail: str = "") -> Receipt:
    """The platform says that a decision is ``applied``, or has ``failed``; of one of its posts, or of all. Said twice, kept once.

    Raises: NotFound for a decision that has not left, or is not about this source.
    """
    decision = (
        Decision.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=decision_id, case__source=source, outbox__released_at__isnull=False)
        .first()
    )
    if decision is None:
        raise NotFound(f"no decision {decision_id} was sent to you")
    about = None
    if post:
        row = decision.case.posts.select_related("post").filter(post__key=post, post__source=source).first()
        if row is None:
            raise Refused(f"decision {decision_id} is not about the post {post[:200]}")
        about = row.post
    last = decision.receipts.filter(post=about).order_by("-pk").first()
    if last is not None and (last.outcome, last.detail) == (outcome, detail):
        return last
    if outcome == "applied":
        decision.outbox.filter(confirmed_at=None).update(confirmed_at=at)
    note(decision.case, f"receipt: {outcome}", Act(who="", at=at, why=detail), None, decision=decision.pk)
    return Receipt.objects.create(decision=decision, post=about, outcome=outcome, detail=detail, at=at)


def unconfirmed(at: datetime, after: int = 0, left_after: datetime = _EVER) -> "QuerySet[Decision]":
    """Decisions that left so long ago that they should be in force, and of which the platform has not said that they are.

    In the order in which they left, each with ``left_at``; those whose message has a number above ``after``, and that left
    after ``left_after``. One that failed and was not applied since is among them.
    """
    since = at - timedelta(minutes=settings.value("receipt_minutes"))
    left = Decision.objects.filter(
        outbox__confirmed_at=None, outbox__released_at__lte=since, outbox__released_at__gt=left_after,
        outbox__number__gt=after, cancellation=None,
    )  # fmt: skip
    return left.annotate(left_at=F("outbox__released_at")).order_by("outbox__number")


def recent(at: datetime) -> "QuerySet[Decision]":
    """Those of the last seven days, which raise an alarm."""
    return unconfirmed(at, left_after=at - RECENT)


def alarm(at: datetime) -> int:
    """Say in the log how many decisions are unconfirmed, if any: how many."""
    late = recent(at)
    count = late.count()
    if count:
        first, left_at = late.values_list("pk", "outbox__released_at")[0]
        log.error(
            "%d decisions that left are not confirmed by the platform; the oldest is %d, of %s",
            count, first, f"{left_at:%Y-%m-%d %H:%M}", extra={"count": count},
        )  # fmt: skip
    return count
