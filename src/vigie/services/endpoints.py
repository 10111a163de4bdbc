"""Where the platform wants to be told of decisions: addresses, each with a secret that is shown once, and what waits for it."""

import secrets
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.services.acts import NotFound
from vigie.store.models import Delivery, Endpoint

LONGEST = 500


class MadeEndpoint(NamedTuple):
    """A new endpoint, and the secret with which what is sent there is signed."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def make(url: str, at: datetime) -> MadeEndpoint:
    """Tell this address of every decision from now on. Raises: Refused."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    odd = any(ord(character) <= 32 or ord(character) == 127 for character in url)
    if not usable or odd or len(url) > LONGEST or parts.username or parts.password:
        raise Refused(
            _("Give an https:// or http:// address without a password, of at most %(longest)s characters.")
            % {"longest": LONGEST}
        )
    secret = secrets.token_urlsafe(32)
    return MadeEndpoint(Endpoint.objects.create(url=url, secret=secret, made_at=at), secret)


def active() -> "QuerySet[Endpoint]":
    """The addresses that are told."""
    return Endpoint.objects.filter(active=True).order_by("pk")


@transaction.atomic
def end(endpoint_id: int) -> None:
    """Tell this address nothing more; what waited for it is dropped. Raises: NotFound."""
    if not Endpoint.objects.filter(pk=endpoint_id, active=True).update(active=False):
        raise NotFound(_("There is no endpoint %(id)s.") % {"id": endpoint_id})
    Delivery.objects.filter(endpoint_id=endpoint_id, delivered_at=None).update(next_at=None, error="endpoint ended")


def undelivered() -> "QuerySet[Delivery]":
    """Messages that have not been heard: still tried, or dead."""
    waiting = Delivery.objects.filter(delivered_at=None, endpoint__active=True)
    return waiting.select_related("outbox", "endpoint").order_by("pk")
