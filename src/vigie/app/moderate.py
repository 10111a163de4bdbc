"""``vigie moderate``: a stream of posts is judged, and every one leaves a record."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from vigie.app import wiring
from vigie.app.flagged import Flagged
from vigie.app.summary import Progress, Totals, summary
from vigie.errors import Refused

if TYPE_CHECKING:
    from vigie.engine.source import Input
    from vigie.engine.standing import Begun
    from vigie.engine.worker import Done

LONGEST_SOURCE = 200  # bytes: the case plane finds every post by it and by the post's id, in one index


def _refuse_unusable(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.batch <= 20_000:
        raise Refused(f"--batch {arguments.batch}: give 1 to 20000 posts")
    if not 1 <= arguments.workers <= 256:
        raise Refused(f"--workers {arguments.workers}: give 1 to 256 processes")
    if arguments.source and len(arguments.files) > 1:
        raise Refused("--source names one stream: give one file, or leave --source out")
    if arguments.files.count("-") > 1:
        raise Refused("standard input can be read only once")
    if arguments.follow and len(arguments.files) > 1:
        raise Refused("--follow waits for more of one source: run one vigie for each file")


def _names(arguments: argparse.Namespace) -> list[str]:
    """A name for every source: the one given, else the file's path; unnamed standard input is a new source every time."""
    unnamed = f"stdin-{wiring.now():%Y%m%dT%H%M%S.%f}"
    names = [unnamed if file == "-" else str(Path(file).resolve()) for file in arguments.files]
    names = [arguments.source] if arguments.source else names
    if longest := [name for name in names if len(os.fsencode(name)) > LONGEST_SOURCE]:
        raise Refused(
            f"{longest[0][:40]}…: a source has a name of at most {LONGEST_SOURCE} bytes: give it one with --source NAME"
        )
    return names


class Run:
    """One run over one or more sources."""

    def __init__(self, arguments: argparse.Namespace, begun: "Begun"):
        self.arguments, self.begun = arguments, begun
        self.stop = wiring.Stop()
        self.totals = Totals()
        self.progress = Progress(quiet=arguments.quiet)
        self.rests: dict[str, int] = {}

    def all(self, names: list[str]) -> None:
        """Work through every source in turn."""
        self.totals.started = time.monotonic()  # what came before was getting ready
        with ExitStack() as stack:
            flagged = None
            if self.arguments.flagged:
                flagged = stack.enter_context(Flagged(self.arguments.flagged, self.arguments.data, names))
            for file, name in zip(self.arguments.files, names, strict=True):
                if not self.stop():
                    self._one(file, name, flagged)

    def _one(self, file: str, name: str, flagged: Flagged | None) -> None:
        from vigie.journal.cursor import open_source

        path = None if file == "-" else Path(file)
        with ExitStack() as stack:
            cursor = stack.enter_context(open_source(self.arguments.data, name, path))
            if cursor.finished is not None and not self.arguments.follow:
                self.progress.say(f"{name}: nothing new")
                return
            source = self._open(path, stack)
            before = self.totals.posts + self.totals.bad
            for done in self._done(source, path, name, cursor.progress()):
                self.totals.add(done)
                if flagged is not None:
                    flagged.add(done.flagged)
                self.progress.update(name, self.totals, source.done())
            if source.rest:
                self.rests[name] = source.rest
            if path is not None and source.compressed and not self.stop() and not source.rest:
                cursor.finish(path.stat().st_size, cursor.progress().total)
            if self.totals.posts + self.totals.bad == before and not self.stop():
                self.progress.say(f"{name}: nothing new")

    def _open(self, path: Path | None, stack: ExitStack) -> "Input":
        from vigie.engine.source import Input

        stream: BinaryIO = sys.stdin.buffer if path is None else stack.enter_context(path.open("rb"))
        return Input(path, stream, self.stop, follow=self.arguments.follow, here=self.arguments.workers == 1)

    def _done(self, source: "Input", path: Path | None, name: str, read: object) -> "Iterator[Done]":
        from vigie.engine.workers import alone, together
        from vigie.journal.intervals import Intervals

        assert isinstance(read, Intervals)
        head = source.head()
        if not head:
            return
        job = wiring.Job(
            self.arguments.data, name, path and path.resolve(), self.arguments.format, self.arguments.map, head,
            self.arguments.terms, wiring.trial(self.arguments),
        )  # fmt: skip
        reader = wiring.reader_of(job)
        job = msgspec.structs.replace(job, format=reader.name)
        tasks = source.tasks(reader, read, self.arguments.batch)
        if self.arguments.workers == 1:
            yield from alone(wiring.builder(job, self.begun), tasks)
        else:
            yield from together(wiring.builder(job), tasks, self.arguments.workers)


def moderate(arguments: argparse.Namespace) -> int:
    """Judge what the sources hold. 0 when any line was good or nothing was new; 2 when no line could be read."""
    from vigie.journal.texts import keep_texts

    _refuse_unusable(arguments)
    if arguments.text_days is not None:
        keep_texts(arguments.data, arguments.text_days)
    wiring.kernels_kept(arguments.data)
    with wiring.compiling_said():
        begun = wiring.first_decision(wiring.own_terms(arguments))
    if arguments.workers > 1:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")  # every worker has a core of its own
    run = Run(arguments, begun)
    run.all(_names(arguments))
    run.progress.clear()
    print(summary(run.totals, arguments.data, arguments.flagged, run.rests, stopped=run.stop()))
    return 2 if run.totals.bad and not run.totals.posts else 0
