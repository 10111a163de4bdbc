"""The one background process: inbox to cases, holds that end, second looks, messages that leave, compaction.

It holds the lock of its database's data directory, so that there is one. Every round is safe to kill and to run again.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from vigie.app import preparing, sending
from vigie.errors import VigieError

log = logging.getLogger("vigie.background")

PAUSE = 0.5  # seconds between rounds
HOURLY = 3600.0


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


class Rounds:
    """What is done again and again, each thing at its own pace; one that fails is said and tried at the next turn."""

    def __init__(self, data: Path, clock: Callable[[], datetime] = now):
        from django.conf import settings

        from vigie.app.platform import platform
        from vigie.app.trial import Trials
        from vigie.journal.key import derived
        from vigie.services import (
            alarms,
            decisions,
            harm,
            inbox,
            keys,
            machine,
            outbox,
            posts,
            receipts,
            review,
            terms,
            workshop,
        )

        seed = derived(data, "second looks")
        self._sending = sending.Sending(platform(clock) if settings.DEMO else sending.send, clock)
        self._tasks: list[tuple[str, float, Callable[[], object]]] = [
            ("inbox", 0.0, lambda: inbox.pull(data, clock, within=2.0)),
            ("machine", 0.0, lambda: machine.decide_all(clock())),
            ("outbox", 0.0, lambda: outbox.release(clock())),
            ("deliveries", 0.0, self._sending.keep),
            ("receipts", 60.0, lambda: receipts.alarm(clock())),
            ("keys", 60.0, keys.note_use),
            ("posts told of", 60.0, lambda: posts.forget(clock())),
            ("second looks", 5.0, lambda: decisions.draw_second_looks(seed, clock())),
            ("trials", 1.0, Trials(data, clock).keep),
            ("rules whose day has come", 10.0, lambda: workshop.publish_due(clock())),
            ("terms", 5.0, lambda: terms.keep_exported(data)),
            ("lapsed", 10.0, lambda: review.lapse(clock())),
            ("admission", 30.0, lambda: harm.admit(clock())),
            ("harm", 300.0, lambda: harm.refresh(clock())),
            ("alarms", HOURLY, lambda: _say(alarms.standing(clock()))),
            ("alarms that are told", 300.0, lambda: alarms.keep(clock())),
            ("compaction", HOURLY, lambda: _compact(data, clock)),
        ]
        self._next = dict.fromkeys((name for name, _, _ in self._tasks), 0.0)

    def once(self, at: float) -> None:
        """Everything whose turn it is; ``at`` in seconds of a clock that only goes forward."""
        from django.db import close_old_connections

        for name, pace, task in self._tasks:
            if at < self._next[name]:
                continue
            self._next[name] = at + pace
            try:
                task()
            except VigieError as error:
                log.error("%s: %s", name, error)
            except Exception:  # a bug or the database: what one cannot do must not keep the others from being done
                log.exception("%s failed and is tried again", name)
                close_old_connections()

    def end(self) -> None:
        """Nothing more is sent."""
        self._sending.end()


def _say(found: Iterable[object]) -> None:
    for one in found:
        log.warning("%s", one)


def _compact(data: Path, clock: Callable[[], datetime]) -> None:
    from vigie.journal.compact import compact
    from vigie.services import erasure, inbox

    inbox.shred_settled(data)
    erasure.replay(data, clock())
    compact(data, now=clock())


def run(data: Path, parent: int) -> None:
    """Rounds until told to stop, or until the process that began it is gone."""
    import django

    from vigie.journal.disk import take_or_refuse

    django.setup()
    preparing.no_demo_elsewhere()
    mark = data / "locks" / "background"
    lock = take_or_refuse(mark, f"{data}: {{holder}} is the background process here: stop it first")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rounds = Rounds(data)
    log.info("background process at work")
    while not stop.is_set() and os.getppid() == parent:
        rounds.once(time.monotonic())
        os.utime(mark)  # /metrics and `vigie check` read from it when the last round ended
        stop.wait(PAUSE)
    rounds.end()
    log.info("background process ends")
    os.close(lock)


if __name__ == "__main__":
    os.nice(5)  # when the cores are all taken, whoever waits for a page goes first
    try:
        run(Path(sys.argv[1]), int(sys.argv[2]))
    except VigieError as error:
        log.error("%s", error)
        sys.exit(error.exit_code)
