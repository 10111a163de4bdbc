"""What a web process judges with: the detectors that ship and the terms of the database, renewed when they change."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pyarrow as pa
from django.conf import settings
from django.db import OperationalError
from django.db.models import Count, Max
from django.utils.module_loading import import_string

from vigie.decide.rulebook import Rulebook
from vigie.detect import classifier, links, patterns
from vigie.detect.detector import Detector
from vigie.engine.door import ASKED, Door, Judge
from vigie.engine.pipeline import judge, model_hash, signals
from vigie.engine.worker import Log
from vigie.errors import Misconfigured, Unreachable
from vigie.journal.key import secret
from vigie.services import terms
from vigie.store.models import ClauseFile

log = logging.getLogger("vigie.judging")

#: How old the look at the terms may be: a change is in force everywhere within this time.
LOOKED = timedelta(seconds=1)


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


@cache
def detectors() -> tuple[Detector, ...]:
    """The detectors that ship, or those that the settings name."""
    if settings.DETECTORS:
        named: tuple[Detector, ...] = import_string(settings.DETECTORS)()
        return named
    return (classifier.shipped(), patterns.shipped(), links.Links())


class InForce:
    """The rulebook of the terms in force: compiled again when a clause file was added, or when a new day begins (UTC)."""

    def __init__(self, clock: Callable[[], datetime]):
        self._clock = clock
        self._looked: datetime | None = None
        self._version: object = None
        self._judge: Judge | None = None

    def __call__(self) -> Judge:
        """What judges now. While the database does not answer, or terms do not compile, those read last are in force.

        Not for several threads at once. Raises: Unreachable if they never were read, Misconfigured if they do not compile.
        """
        at = self._clock()
        if self._judge is None or self._looked is None or not timedelta(0) <= at - self._looked < LOOKED:
            self._look(at)
        assert self._judge is not None
        return self._judge

    def _look(self, at: datetime) -> None:
        try:
            version = (at.astimezone(UTC).date(), terms_version())
            if version != self._version:
                found = detectors()
                self._judge = Judge(_compiled(found, at), found)
                self._version = version
                log.info("rulebook %s in force", self._judge.rulebook.hash)
        except (OperationalError, Misconfigured) as error:
            if self._judge is None:
                if isinstance(error, Misconfigured):
                    raise
                raise Unreachable("the database does not answer: try again in a few seconds") from error
            log.error("judging goes on with the terms read last: %s", error)
        self._looked = at


def terms_version() -> Mapping[str, int | None]:
    """Changes whenever the terms of the database do; one short query."""
    return ClauseFile.objects.aggregate(last=Max("pk"), count=Count("pk"))


def _compiled(found: tuple[Detector, ...], at: datetime) -> Rulebook:
    clauses = tuple(terms.clauses().values())
    return Rulebook.compile(clauses, signals=signals(found), on=at.astimezone(UTC).date(), model=model_hash(found))


@cache
def door() -> Door:
    """The way into the log, for all threads of this process."""
    return Door(Log(settings.DATA, secret(settings.DATA)), InForce(now), now)


def warm() -> None:
    """Load and compile everything that a first request would wait for; nothing is kept in the log."""
    found = detectors()
    one = pa.RecordBatch.from_pylist([{"id": "1", "text": "Bonjour à tous"}], schema=ASKED)
    judge(one, _compiled(found, now()), found)
    door()
