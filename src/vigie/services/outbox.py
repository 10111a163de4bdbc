"""Messages leave when their time has come: numbered for the feed, and sent to every endpoint until it has heard."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from vigie.services.acts import NotFound
from vigie.store.models import Delivery, Endpoint, Outbox

#: Waits between attempts; after the last one a message is dead until someone sends it again.
WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600))

#: Sends a body with headers to a URL: the status, or an error in words.
Send = Callable[[str, bytes, dict[str, str]], int | str]


@transaction.atomic
def release(at: datetime, limit: int = 500) -> int:
    """Number the messages whose time has come; from now on they cannot be undone: how many."""
    due = list(
        Outbox.objects.select_for_update().filter(number=None, not_before__lte=at).order_by("not_before", "pk")[:limit]
    )
    last = Outbox.objects.aggregate(last=Max("number"))["last"] or 0
    for number, row in enumerate(due, last + 1):
        row.number, row.released_at = number, at
    Outbox.objects.bulk_update(due, ["number", "released_at"])
    endpoints = list(Endpoint.objects.filter(active=True)) if due else []
    Delivery.objects.bulk_create(Delivery(outbox=row, endpoint=end, next_at=at) for row in due for end in endpoints)
    return len(due)


def deliver(send: Send, at: datetime, limit: int = 50, *, wanted: Callable[[], bool] = lambda: True) -> int:
    """Try the deliveries whose turn it is, ``limit`` of each endpoint and each in a transaction of its own: how many were heard.

    An endpoint that did not answer is left alone until the next round: what hangs for one message hangs for all, and the
    messages that wait for it stand in nobody else's way. Once ``wanted`` says no, the message in hand was the last.
    """
    heard = 0
    for endpoint in Endpoint.objects.filter(active=True).order_by("pk"):
        due = Delivery.objects.filter(next_at__lte=at, endpoint=endpoint).order_by("outbox__number")
        for one in list(due.select_related("outbox")[:limit]):
            if not wanted():
                return heard
            body = message(one.outbox)
            answer = send(endpoint.url, body, signed(endpoint.secret, body, at))
            heard += _answered(one, answer, at)
            if isinstance(answer, str):
                break
    return heard


def message(row: Outbox) -> bytes:
    """What is sent: the payload and its number."""
    return msgspec.json.encode({"number": row.number, **row.payload})


def signed(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that prove who sends: HMAC-SHA256 over ``timestamp.body``, so that an old message cannot be sent again."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Vigie-Timestamp": stamp, "Vigie-Signature": f"sha256={digest}"}


@transaction.atomic
def _answered(one: Delivery, answer: int | str, at: datetime) -> bool:
    one.attempts += 1
    if isinstance(answer, int) and 200 <= answer < 300:
        one.delivered_at, one.next_at, one.error = at, None, ""
    elif one.attempts > len(WAITS):
        one.dead_at, one.next_at, one.error = at, None, str(answer)[:300]
    else:
        one.next_at, one.error = at + WAITS[one.attempts - 1], str(answer)[:300]
    one.save()
    return one.delivered_at is not None


@transaction.atomic
def send_again(delivery_id: int, at: datetime) -> None:
    """A message gets all its attempts again, a delivered one too: the receiver knows it by its number. Raises: NotFound."""
    again = Delivery.objects.filter(pk=delivery_id, endpoint__active=True)
    if not again.update(dead_at=None, delivered_at=None, attempts=0, next_at=at, error=""):
        raise NotFound(_("There is no delivery %(id)s to an endpoint that is told.") % {"id": delivery_id})
