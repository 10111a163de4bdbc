"""The platform of the demo: it hears every message without a network, applies the decision and says so."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from vigie.store.models import Receipt

_FAILS = 97  # one decision in so many cannot be applied
_ANSWERS_AFTER = timedelta(seconds=2)


class Platform:
    """Stands where a webhook's request would be sent (``outbox.Send``)."""

    def __init__(self, clock: Callable[[], datetime]):
        self._clock = clock

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of its answer; its receipt is written down."""
        message = msgspec.json.decode(body)
        receipt(message["decision"], message["number"], self._clock()).save()
        return 200


def receipt(decision: int, number: int, at: datetime) -> Receipt:
    """What the platform says became of the decision that it heard of in a message."""
    fails = number % _FAILS == 0
    return Receipt(
        decision_id=decision,
        outcome="failed" if fails else "applied",
        detail="the post is gone" if fails else "",
        at=at + _ANSWERS_AFTER,
    )
