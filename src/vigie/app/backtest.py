"""``vigie backtest``: what changed rules or patterns would have done in the last days, before they bind anyone."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from vigie.app import wiring
from vigie.app.summary import Progress, Totals
from vigie.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.decide.again import Side
    from vigie.decide.backtest import Backtest, Rows, Tally
    from vigie.decide.rulebook import Rulebook
    from vigie.detect.detector import Detector


class _Rules(NamedTuple):
    """The rules of some terms, and what gives the scores that they read."""

    book: "Rulebook"
    detectors: "Sequence[Detector]"


def backtest(arguments: argparse.Namespace) -> int:
    """Compare the rules with what was proposed, or with other rules, on posts of the last days."""
    from vigie.decide.backtest import backtest as compared

    if arguments.days < 1:
        raise Refused(f"--days {arguments.days}: give 1 or more")
    if not (arguments.data / "journal").is_dir() and not (arguments.data / "log").is_dir():
        raise Refused(f"{arguments.data}: no log here; `vigie moderate FILE --data {arguments.data}` makes one")
    wiring.kernels_kept(arguments.data)
    arguments.terms = wiring.own_terms(arguments)
    new = _rules(arguments.terms, arguments, _last_day(arguments.terms))
    old = _rules(arguments.against, arguments, wiring.now().date()) if arguments.against else None
    rows, after, before = _opened(arguments, new, old)
    progress = Progress(quiet=False)
    found = compared(rows, after, before, progress=_Shown(progress))
    progress.clear()
    if not found.posts:
        raise Refused(f"{arguments.data}: no posts to try the rules on: none judged in {arguments.days} days is kept")
    print(
        msgspec.json.encode(found).decode() if arguments.json else _page(found, arguments, on_texts=after.model is None)
    )
    return 0


def _rules(terms: Path | None, arguments: argparse.Namespace, day: date) -> _Rules:
    detectors = wiring.detectors(terms)
    return _Rules(wiring.rulebook(terms, detectors, day, wiring.trial(arguments)), detectors)


def _last_day(terms: Path | None) -> date:
    """The day from which on everything that is published in these terms is in force; today, if it already is."""
    from vigie.terms.reading import read_terms

    clauses = read_terms(terms)
    versions = (version.in_force_from for clause in clauses for version in clause.versions)
    rules = (rule.in_force_from for clause in clauses for rule in clause.rules)
    return max(wiring.now().date(), *versions, *rules)


def _opened(arguments: argparse.Namespace, new: _Rules, old: _Rules | None) -> "tuple[Rows, Side, Side]":
    """Rows of the log where the same detectors gave the scores; else kept texts, on which the new ones are run."""
    from vigie.decide.again import RECORDED, from_scores, from_texts
    from vigie.engine.past import kept, last_model, logged

    now, days = wiring.now(), arguments.days
    model = old.book.model if old else last_model(arguments.data, now=now, days=days)
    if model in (new.book.model, None):
        after, before = from_scores(new.book), from_scores(old.book) if old else RECORDED
        return logged(arguments.data, after, before, now=now, days=days), after, before
    print("vigie: patterns or detectors have changed: they are run on the texts that are kept", file=sys.stderr)
    rows = kept(arguments.data, now=now, days=days)
    return rows, from_texts(*new), from_texts(*old) if old else RECORDED


class _Shown:
    """Progress on standard error: share, rate and time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._totals = progress, Totals()

    def __call__(self, done: int, of: int) -> None:
        self._totals.posts = done
        self._progress.update("backtest", self._totals, done / of)


def _page(found: "Backtest", arguments: argparse.Namespace, *, on_texts: bool) -> str:
    from vigie.decide.backtest import tally

    days = [count.day for count in found.counts]
    between = f", flagged from {min(days)} to {max(days)}" if days else ""
    lines = [
        f"{found.posts:,} posts of the last {arguments.days} days{between}",
        f"  tried on    {'the texts that are kept' if on_texts else 'the scores in the log'}",
        f"  before      {f'by the rules of {arguments.against}' if arguments.against else 'as was proposed then'}",
        f"  after       by the rules of {arguments.terms or 'the starter set'}",
        "",
    ]
    whole = tally(count for count in found.counts if count.clause is None)
    by = tally((count for count in found.counts if count.clause is not None), "clause", "language")
    rows = [("posts", "all", whole.get((), None)), *((str(c), str(lang), t) for (c, lang), t in sorted(by.items()))]
    return "\n".join([*lines, *_table(rows), "", *_notes(found)])


def _table(rows: "list[tuple[str, str, Tally | None]]") -> list[str]:
    width = max(len(name) for name, _, _ in rows)
    head = f"{'':<{width}}  language  {'before':>12}{'after':>12}{'newly':>12}{'no longer':>12}{'other route':>13}"
    return [
        head,
        *(
            f"{name:<{width}}  {language:<8}  {t.before:>12,}{t.after:>12,}{t.newly:>12,}{t.no_longer:>12,}{t.rerouted:>13,}"
            for name, language, t in rows
            if t is not None
        ),
    ]


def _notes(found: "Backtest") -> list[str]:
    from vigie.decide.backtest import tally

    moved = any(t.newly or t.no_longer or t.rerouted for t in tally(found.counts).values())
    notes = [] if moved else ["Nothing changes."]
    notes += [
        f"{posts:,} posts have no score for {name}: judged before it was there, they are not flagged on it."
        for name, posts in found.unknown.items()
    ]
    if found.other_model:
        notes.append(
            f"{found.other_model:,} posts were scored by other patterns or models: their scores are as they were then."
        )
    return [*notes, "--json also gives days, routes and a sample of the posts of each kind."]
