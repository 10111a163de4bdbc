"""What somebody must see to is told to people: to the platform's programs by webhook, to administrators by mail.

An alarm is told when it begins and once a day until what raised it is mended. It is on the pages and in ``vigie check`` all
the while; nothing here mends anything.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.review.lifecycle import Status
from vigie.services import deliveries, quality, receipts, workshop
from vigie.store.models import Alarm, Case, Outbox, User
from vigie.store.people import Role

log = logging.getLogger("vigie.alarms")

#: How long until an alarm that goes on is told again.
AGAIN = timedelta(days=1)

#: Sends a mail: address, subject, text. Raises OSError where it does not leave.
Post = Callable[[str, str, str], None]

SAID = {
    "rules: alone": gettext_noop(
        "The change of “%(name)s” waits for a second policy lead, and there is none: give somebody that right."
    ),
    "rules: late": gettext_noop(
        "The change of “%(name)s” was to be published by now and nobody has approved it: approve or withdraw it."
    ),
    "rules: stale": gettext_noop(
        "The change of “%(name)s” cannot be published, because the file was changed since: write it again on what stands now."
    ),
    "unconfirmed": gettext_noop(
        "Decisions that left, and that the platform has not confirmed in time: %(count)s. The page Deliveries names them."
    ),
    "dead": gettext_noop(
        "Messages to the platform that are no longer tried: %(count)s. The page Deliveries sends them again."
    ),
    "nobody": gettext_noop(
        "Cases that wait for a second person whom the team does not have: %(count)s. Open one and invite a reviewer."
    ),
    "overdue": gettext_noop("Undecided cases whose legal clock has run out: %(count)s. They come first in the queue."),
}


class Standing(NamedTuple):
    """Something that is wrong now: a key of ``SAID``, what it is about, and the values of its sentence."""

    kind: str
    about: str
    values: dict[str, Any]

    @property
    def key(self) -> str:
        """What it is told once by."""
        return f"{self.kind} {self.about}".strip()

    def __str__(self) -> str:
        return _(SAID[self.kind]) % self.values


def standing(at: datetime) -> Iterator[Standing]:
    """Everything that is wrong now."""
    for one in workshop.alarms(at):
        yield Standing(f"rules: {one.what}", str(one.change.pk), {"name": one.change.name})
    unsettled = [one.value for one in Status if one is not Status.DECIDED]
    counts = {
        "unconfirmed": receipts.recent(at).count(),
        "dead": deliveries.dead().count(),
        "nobody": len(quality.waits_for_nobody()),
        "overdue": Case.objects.filter(due__lt=at, status__in=unsettled).count(),
    }
    yield from (Standing(kind, "", {"count": count}) for kind, count in counts.items() if count)


@transaction.atomic
def keep(at: datetime) -> int:
    """Tell the platform's programs of what is wrong and was not told today; forget what is mended: how many were told."""
    found = {one.key: one for one in standing(at)}
    Alarm.objects.exclude(key__in=found).delete()
    known = {one.key: one for one in Alarm.objects.select_for_update()}
    due = [one for key, one in found.items() if key not in known or known[key].told_at <= at - AGAIN]
    for one in due:
        Alarm.objects.update_or_create(
            key=one.key, defaults={"told_at": at}, create_defaults={"since": at, "told_at": at}
        )
        Outbox.objects.create(event="alarm", payload=_message(one, at), not_before=at)
    return len(due)


def _message(one: Standing, at: datetime) -> dict[str, Any]:
    with translation.override("en"):
        return {"event": "alarm", "alarm": one.kind, "about": one.about, "text": str(one), "at": at.isoformat()}


def mail(post: Post, at: datetime) -> int:
    """Write to every administrator who gave an address, in their language, of what was not mailed today: how many mails.

    Raises: OSError where none leaves; then it is tried again with the next call.
    """
    due = {one.key for one in Alarm.objects.all() if one.mailed_at is None or one.mailed_at <= at - AGAIN}
    told = [one for one in standing(at) if one.key in due] if due else []
    readers = [one for one in User.objects.filter(is_active=True).exclude(email="") if one.has(Role.ADMINISTRATOR)]
    sent, failed = 0, None
    for reader in readers if told else []:
        try:
            with translation.override(reader.interface_language):
                post(reader.email, _("Vigie: somebody must see to this"), _written(told))
            sent += 1
        except OSError as error:
            log.error("alarms could not be mailed to an administrator: %s", type(error).__name__)
            failed = error
    if failed is not None and not sent:
        raise failed
    Alarm.objects.filter(key__in=[one.key for one in told] if sent else []).update(mailed_at=at)
    return sent


def _written(told: Sequence[Standing]) -> str:
    rest = _(
        "Whatever goes on is written of again tomorrow. You get this as an administrator; your page says where it goes."
    )
    return "\n\n".join([*map(str, told), rest])
