"""Everything on record about one case, for a court, a body or an authority: posts, reasons, history, reads and messages."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from vigie.errors import OutOfOrder
from vigie.review.lifecycle import Status
from vigie.services.acts import NotFound
from vigie.services.rights import require, visible
from vigie.store.models import Case, Decision, Notice, SensitiveRead, User
from vigie.store.people import Role

#: Raised when a field changes its name or meaning.
FORMAT = 1
EXPORTERS = (Role.LEAD, Role.LEGAL, Role.AUDITOR)


@transaction.atomic
def gather(case_id: int, *, by: User | None, at: datetime) -> dict[str, Any]:
    """The case as plain values, ready for JSON; the read is on record. ``by`` None: the operator, on the command line.

    Raises: NotFound, NotAllowed; OutOfOrder for a lead while the case is in a blind second look.
    """
    if by is not None:
        require(by, *EXPORTERS)
    found = (Case.objects.all() if by is None else visible(by)).filter(pk=case_id, golden=None)
    case = found.select_related("account", "holder").first()
    if case is None:
        raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case_id})
    blind = case.queue == Status.SECOND_LOOK and case.second_by_id is None and case.decided_by_id is not None
    if blind and by is not None and by.decides and by.pk != case.decided_by_id:
        raise OutOfOrder(_("This case waits for a blind second look, which you might give: export it afterwards."))
    SensitiveRead.objects.create(user=by, at=at, what="export", case=case, detail="" if by else "command line")
    rows = list(case.posts.select_related("post").order_by("pk"))
    notices = Notice.objects.filter(source=case.source, post_key__in=[row.post.key for row in rows if row.post.key])
    reads = case.reads.select_related("user").order_by("pk")
    return {
        "format": FORMAT,
        "exported_at": at,
        "exported_by": _name(by),
        "case": _plain(case) | {"holder": _name(case.holder) if case.holder else None},
        "account": _plain(case.account),
        "posts": [_plain(row) | {"post": _plain(row.post)} for row in rows],
        "notices": [_plain(one) for one in notices.order_by("pk")],
        "decisions": [_decision(one) for one in case.decisions.select_related("by").order_by("pk")],
        "history": [
            {"at": one.at, "by": _name(one.by, machine=True), "kind": one.kind, "why": one.why, "details": one.details}
            for one in case.facts.select_related("by").order_by("pk")
        ],
        "reads": [{"at": one.at, "by": _name(one.user), "what": one.what, "detail": one.detail} for one in reads],
    }


def _decision(one: Decision) -> dict[str, Any]:
    reasons, cancelled = getattr(one, "reasons", None), getattr(one, "cancellation", None)
    return _plain(one) | {
        "by": _name(one.by, machine=True),
        "reasons": _plain(reasons),
        "cancelled": cancelled and {"at": cancelled.at, "by": _name(cancelled.by, machine=True), "why": cancelled.why},
        "receipts": [_plain(receipt) for receipt in one.receipts.order_by("pk")],
        "messages": [
            _plain(message)
            | {
                "deliveries": [
                    _plain(sent) | {"endpoint": sent.endpoint.url}
                    for sent in message.deliveries.select_related("endpoint").order_by("pk")
                ]
            }
            for message in one.outbox.order_by("pk")
        ],
    }


def _plain(row: Model | None) -> dict[str, Any]:
    """The columns of a row."""
    return {} if row is None else {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def _name(user: User | None, *, machine: bool = False) -> str:
    """Who it was; nobody is the machine, or the operator at the command line."""
    return ("machine" if machine else "operator") if user is None else f"{user.shown_as} ({user.username})"
