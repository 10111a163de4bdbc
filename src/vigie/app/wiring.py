"""What every command shares: the detectors that ship, and the rulebook of the terms in force today."""

import argparse
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from vigie.decide.rulebook import Rulebook
    from vigie.detect.detector import Detector
    from vigie.engine.standing import Begun, Standing
    from vigie.engine.worker import Worker
    from vigie.intake.readers.reader import Reader


class Trial(msgspec.Struct, frozen=True):
    """Labels, and what was declared of them before the first was given (see ``decide.claim.Plan``)."""

    labels: Path
    draw: str
    floor: float | None
    looks: int


def trial(arguments: argparse.Namespace) -> Trial | None:
    """The labels that a command was given, if any."""
    if arguments.labels is None:
        return None
    return Trial(arguments.labels, arguments.draw, arguments.floor, arguments.looks)


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


def own_terms(arguments: argparse.Namespace) -> Path | None:
    """The terms that a command was given, else those of its data directory; None: the starter set."""
    from vigie.terms.place import own_terms as own

    given: Path | None = arguments.terms
    return given or own(arguments.data)


def detectors(terms: Path | None) -> "tuple[Detector, ...]":
    """The classifier, the patterns and the links; patterns and domains of the terms' own directory replace the shipped ones."""
    from vigie.engine.standing import detectors_of

    return detectors_of(terms)


def rulebook(terms: Path | None, found: "Sequence[Detector]", day: date, trial: Trial | None = None) -> "Rulebook":
    """The rules in force on a day, compiled; with labels, also where a machine may act alone."""
    from vigie.decide.claim import Plan
    from vigie.decide.labels import read_labels
    from vigie.decide.proof import NO_PROOFS, prove_all
    from vigie.engine.pipeline import model_hash
    from vigie.engine.standing import rulebook_of
    from vigie.terms.reading import read_terms

    proofs = NO_PROOFS
    if trial is not None:
        plan = Plan(seed=trial.draw, floor=trial.floor, looks=trial.looks)
        labels, model = read_labels(trial.labels), model_hash(found)
        proofs = prove_all(labels, read_terms(terms), model=model, today=day, plan=plan)
    return rulebook_of(terms, found, day, proofs)


class Job(msgspec.Struct, frozen=True):
    """Everything that a worker process needs to begin: plain values, so that they can be sent to it."""

    data: Path
    source: str
    path: Path | None
    format: str
    columns: str | None
    head: bytes
    terms: Path | None
    trial: Trial | None = None


def reader_of(job: Job) -> "Reader":
    """The reader of the job's format; ``auto`` is told from how the source begins."""
    from vigie.intake.readers.columns import parse_map
    from vigie.intake.readers.formats import reader

    return reader(job.format, parse_map(job.columns) if job.columns else None, head=job.head, name=job.source)


def build(job: Job, begun: "Begun | None" = None) -> "Worker":
    """A worker, ready. ``begun`` spares it from loading what this process has loaded for its first decision."""
    from vigie.engine.worker import Log, Origin, Worker
    from vigie.journal.key import secret

    kernels_kept(job.data)
    origin = Origin(job.source, job.path, reader_of(job))
    return Worker(Log(job.data, secret(job.data)), origin, _standing(job, begun), now)


def _standing(job: Job, begun: "Begun | None") -> "Standing":
    """The rules of the job, loaded anew when they change."""
    from vigie.engine.standing import Judge, Standing

    def load(terms: Path | None, day: date) -> Judge:
        found = detectors(terms)
        return Judge(rulebook(terms, found, day, job.trial), tuple(found))

    return Standing(job.data, now, load, job.terms, None if job.trial else begun)


def kernels_kept(data: Path | None) -> None:
    """Settle where compiled kernels are kept, before numba is imported; says so when there is nowhere."""
    if "vigie.intake.compiling" not in sys.modules and data is not None:
        os.environ.setdefault("VIGIE_DATA", str(data.absolute()))
    from vigie.intake import compiling

    if not compiling.KEPT:
        print("vigie: no writable place to keep compiled kernels: every start compiles them again", file=sys.stderr)


def builder(job: Job, begun: "Begun | None" = None) -> "Callable[[], Worker]":
    """How a worker is begun, in this process or (without ``begun``) in another."""
    return partial(build, job, begun)


class Stop:
    """Set by Ctrl-C and SIGTERM: the batch in hand is finished, then the command ends."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt  # a second Ctrl-C does not wait
        self.asked = True

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.asked


@contextmanager
def _uncollected() -> Iterator[None]:
    """Load what stays without searching it for garbage: a tenth of a start would be spent on that."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def first_decision(terms: Path | None) -> "Begun":
    """Judge and explain one text, so that everything that a decision needs is compiled and kept; what judged it."""
    import pyarrow as pa

    from vigie.engine.pipeline import explain, judge
    from vigie.engine.standing import Judge
    from vigie.records.posts import POSTS

    day, found = now().date(), detectors(terms)
    rules = rulebook(terms, found, day)
    posts = pa.RecordBatch.from_pylist(
        [{"id": "1", "text": "n1ce s-p-a-m, niiice: je te hais, retourne chez toi"}], schema=POSTS
    )
    explain(posts, judge(posts, rules, found), rules, found)
    return (terms, day), Judge(rules, tuple(found))


@contextmanager
def compiling_said(after: float = 2.0) -> Iterator[None]:
    """Say on standard error, from the second second on, that kernels are being compiled: a first start takes a while."""
    done = threading.Event()

    def tell() -> None:
        started = time.monotonic()
        wait = after
        while not done.wait(wait):
            print(
                f"vigie: first start on this machine: compiling, {time.monotonic() - started:.0f} s so far (up to 30 s, once)",
                file=sys.stderr,
                flush=True,
            )
            wait = 5.0

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
