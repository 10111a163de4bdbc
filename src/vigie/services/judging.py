"""The way into the log for a process that answers requests: judged by the terms that the instance has published."""

from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
from django.conf import settings

from vigie.engine.door import ASKED, Door
from vigie.engine.pipeline import judge
from vigie.engine.standing import Standing
from vigie.engine.worker import Log
from vigie.journal.key import secret


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


@cache
def door() -> Door:
    """One for all threads of this process; other terms are in force from the next group of posts on."""
    return Door(Log(settings.DATA, secret(settings.DATA)), Standing(settings.DATA, now), now)


def warm() -> None:
    """Load and compile everything that a first request would wait for; nothing is kept in the log."""
    one = pa.RecordBatch.from_pylist([{"id": "1", "text": "Bonjour à tous"}], schema=ASKED)
    judge(one, *door().standing())
