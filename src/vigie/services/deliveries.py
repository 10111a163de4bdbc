"""What has not arrived at the platform: messages given up, decisions that it has not confirmed; and where it listens."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.services import outbox, settings
from vigie.services.rights import require
from vigie.store.models import Decision, Delivery, Endpoint, User
from vigie.store.people import Role


@transaction.atomic
def add_endpoint(url: str, *, by: User, at: datetime) -> tuple[Endpoint, str]:
    """Tell another address of the platform; the secret that signs what is sent there. Raises: NotAllowed, Refused."""
    require(by, Role.ADMINISTRATOR)
    parts = urlsplit(url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname or len(url) > 500:
        raise Refused(_("Give an address that begins with https:// (or http:// inside your own network)."))
    if parts.username or parts.password:
        raise Refused(_("Leave name and password out of the address: messages are signed instead."))
    if Endpoint.objects.filter(url=url.strip(), active=True).exists():
        raise Refused(_("Messages go to this address already."))
    secret = secrets.token_hex(32)
    return Endpoint.objects.create(url=url.strip(), secret=secret, made_at=at), secret


@transaction.atomic
def end_endpoint(endpoint_id: int, *, by: User) -> None:
    """Send nothing more to an address; what was on its way there is not sent. Raises: NotAllowed."""
    require(by, Role.ADMINISTRATOR)
    Endpoint.objects.filter(pk=endpoint_id).update(active=False)


def again(delivery_id: int, *, by: User, at: datetime) -> None:
    """Send a message that was given up again, with all its attempts. Raises: NotAllowed."""
    require(by, Role.ADMINISTRATOR)
    outbox.send_again(delivery_id, at)


def dead() -> "QuerySet[Delivery]":
    """The messages that were given up, latest first."""
    rows = Delivery.objects.filter(dead_at__isnull=False, delivered_at=None)
    return rows.select_related("outbox", "outbox__decision", "endpoint").order_by("-dead_at")


def unconfirmed(at: datetime) -> "QuerySet[Decision]":
    """The decisions that left longer ago than the setting allows and that the platform has not said to have applied."""
    late = at - timedelta(minutes=settings.value("receipt_minutes"))
    told = Decision.objects.filter(outbox__released_at__lte=late).exclude(receipts__outcome="applied")
    return told.exclude(cancellation__why="replaced").select_related("case").order_by("-pk").distinct()
