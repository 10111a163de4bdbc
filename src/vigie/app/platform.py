"""The platform of the demo: it hears every message without a network, applies the decision and says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

_FAILS = 500  # one decision in so many cannot be applied
_ANSWERS_AFTER = timedelta(seconds=2)


class Answer(NamedTuple):
    """What the platform says became of a decision."""

    outcome: str
    detail: str
    at: datetime


def answer(number: int, at: datetime) -> Answer:
    """What it says to a message, by its number in the feed.

    >>> answer(500, datetime(2026, 11, 25)).outcome
    'failed'
    """
    fails = number % _FAILS == 0
    return Answer("failed" if fails else "applied", "the post is gone" if fails else "", at + _ANSWERS_AFTER)


def platform(clock: Callable[[], datetime]) -> Callable[[str, bytes, dict[str, str]], int]:
    """Stands where a webhook's request would be sent (``outbox.Send``): the status of the answer."""

    def send(url: str, body: bytes, headers: dict[str, str]) -> int:
        from vigie.services import receipts

        message = msgspec.json.decode(body)
        if message["event"] == "alarm":
            return 200
        said = answer(message["number"], clock())
        receipts.confirm(message["posts"][0]["source"], message["decision"], said.outcome, said.at, detail=said.detail)
        return 200

    return send
