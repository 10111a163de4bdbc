"""What has not arrived at the platform, and where it listens: for administrators, at the console's door."""

from datetime import datetime

from django.db.models import QuerySet

from vigie.services import endpoints, outbox
from vigie.services.endpoints import MadeEndpoint
from vigie.services.rights import require
from vigie.store.models import Delivery, User
from vigie.store.people import Role


def add_endpoint(url: str, *, by: User, at: datetime) -> MadeEndpoint:
    """Tell another address of the platform of every decision; with the secret that signs. Raises: NotAllowed, Refused."""
    require(by, Role.ADMINISTRATOR)
    return endpoints.make(url.strip(), at)


def end_endpoint(endpoint_id: int, *, by: User) -> None:
    """Send nothing more to an address; what waited for it is dropped. Raises: NotAllowed, NotFound."""
    require(by, Role.ADMINISTRATOR)
    endpoints.end(endpoint_id)


def again(delivery_id: int, *, by: User, at: datetime) -> None:
    """Send a message that was given up again, with all its attempts. Raises: NotAllowed, NotFound."""
    require(by, Role.ADMINISTRATOR)
    outbox.send_again(delivery_id, at)


def dead() -> "QuerySet[Delivery]":
    """The messages that were given up and that nobody has received since, latest first."""
    rows = Delivery.objects.filter(dead_at__isnull=False, delivered_at=None)
    return rows.select_related("outbox", "outbox__decision", "endpoint").order_by("-dead_at")
