"""What a change of rules would have done: tried on the posts of the last days, beside the rules as they stand."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vigie.decide.again import Looked, Side, from_scores, from_texts
from vigie.decide.backtest import Backtest, Draw, Labelled, Rows, backtest, tally
from vigie.engine.past import kept, logged
from vigie.engine.standing import Judge, judge_of
from vigie.errors import VigieError
from vigie.journal.texts import look_up
from vigie.services import terms, workshop
from vigie.store.decisions import Stage
from vigie.store.models import Decision, Post, RuleChange
from vigie.terms.clause import Clause
from vigie.terms.place import write_files
from vigie.terms.reading import read_clause

#: Posts shown of each kind, clause by clause.
SAMPLE = 10
#: How often the page is told how far it has got, in seconds.
PACE = 1.0


class Stopped(Exception):
    """The process that asked for the trial is gone."""


class _Opened(NamedTuple):
    rows: Rows
    before: Side
    after: Side
    on: str


def next_waiting() -> int | None:
    """The change that has waited longest for its trial."""
    found = (one for one in workshop.waiting() if one.trial and one.trial["state"] == "waiting")
    first = min(found, key=lambda one: workshop.moved(one.trial or {}), default=None)
    return None if first is None else first.pk


def end_dead(at: datetime) -> None:
    """Trials that have not moved for long died with their process: they may be asked for again."""
    for change in workshop.waiting():
        trial = change.trial
        if trial and trial["state"] == "running" and (at - workshop.moved(trial)).total_seconds() > workshop.STUCK:
            _keep(change.pk, state="failed", days=trial["days"], at=at.isoformat(), why="stopped")


def run(change_id: int, data: Path, clock: Callable[[], datetime], wanted: Callable[[], bool] = lambda: True) -> None:
    """Try a change, and keep in ``RuleChange.trial`` how far it has got, then what was found or why it could not be."""
    change = RuleChange.objects.get(pk=change_id)
    days, begun = int((change.trial or {}).get("days", 30)), clock()
    last = begun

    def progress(done: int, of: int) -> None:
        nonlocal last
        if not wanted():
            raise Stopped
        if done == 0 or (clock() - last).total_seconds() >= PACE:
            last = clock()
            _keep(change_id, state="running", days=days, at=last.isoformat(), begun=begun.isoformat(), done=done, of=of)

    progress(0, 0)
    try:
        with _judges(change, clock().date()) as (old, new):
            opened = _open(old, new, data, clock(), days)
            found = backtest(
                opened.rows, opened.after, opened.before, labels=labels(), draw=Draw(size=SAMPLE), progress=progress
            )
    except VigieError as error:
        _keep(change_id, state="failed", days=days, at=clock().isoformat(), why=str(error))
        return
    seconds = (clock() - begun).total_seconds()
    _keep(change_id, state="done", days=days, at=clock().isoformat(), on=opened.on, seconds=seconds, **told(found))


def _keep(change_id: int, **trial: Any) -> None:
    RuleChange.objects.filter(pk=change_id).update(trial=trial)


@contextmanager
def _judges(change: RuleChange, today: date) -> Iterator[tuple[Judge, Judge]]:
    """The rules without the change and with it, both as they stand once all that is dated in the file has begun."""
    day = _last_day(change, today)
    with tempfile.TemporaryDirectory(prefix="vigie-trial-") as place:
        old, new = Path(place) / "old", Path(place) / "new"
        write_files(old, terms.files())
        write_files(new, terms.files(change))
        yield judge_of(old, day), judge_of(new, day)


def _last_day(change: RuleChange, today: date) -> date:
    if change.kind != "clause":
        return today
    clause: Clause = read_clause(change.toml, f"{change.name}.toml")
    return max(today, *clause.days)


def _open(old: Judge, new: Judge, data: Path, now: datetime, days: int) -> _Opened:
    """The log where the same detectors give the scores; else the texts that are kept, on which both are run."""
    if old.book.model == new.book.model:
        before, after = from_scores(old.book), from_scores(new.book)
        return _Opened(logged(data, after, before, now=now, days=days), before, after, "log")
    looked = Looked()
    rows = kept(data, now=now, days=days)
    return _Opened(rows, from_texts(*old, looked), from_texts(*new, looked), "texts")


def labels() -> Iterable[Labelled]:
    """What people have settled: each post of a decided case, for the clause it came under and the one it was decided under."""
    rows = (
        Decision.objects.filter(cancellation=None, by__isnull=False, case__golden=None)
        .exclude(stage=Stage.SECOND)
        .order_by("pk")
        .values_list(
            "case__posts__post__source", "case__posts__post__key", "case__posts__post__text_hash",
            "case__clause", "cited", "breach",
        )
    )  # fmt: skip
    found: dict[tuple[str, str, int, str], bool] = {}
    for source, key, text_hash, clause, cited, breach in rows.iterator():
        if key is not None:
            under = cited.partition("@")[0]
            found[source, key, text_hash, clause] = breach and under in ("", clause)
            if breach and under:
                found[source, key, text_hash, under] = True
    return [Labelled(source=s, id=i, text_hash=h, clause=c, right=r) for (s, i, h, c), r in found.items()]


def told(found: Backtest) -> dict[str, Any]:
    """What was found, as plain values: a row per clause and language in which anything was or would be proposed."""
    by = tally((one for one in found.counts if one.clause is not None), "clause", "language")
    moved = {clause for (clause, _), one in by.items() if one.newly or one.no_longer or one.rerouted}
    rows = [
        {"clause": clause, "language": language, **one._asdict(), "still": one.before - one.no_longer}
        for (clause, language), one in sorted(by.items(), key=str)
        if clause in moved
    ]
    whole = tally(one for one in found.counts if one.clause is None).get(())
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return {
        "posts": found.posts,
        "flagged": whole._asdict() if whole else None,
        "rows": rows,
        "precision": [one for one in plain["precision"] if one["clause"] in moved],
        "sample": [one for one in plain["sample"] if one["clause"] in moved],
        "unknown": found.unknown,
        "other_model": found.other_model,
    }


def text_of(sample: dict[str, Any], data: Path, now: datetime) -> str | None:
    """The text of a post of the sample, where it is kept: with its case, or in the text window; None where it is not."""
    key = sample["source"], sample["id"], int(sample["text_hash"])
    row = Post.objects.filter(source=key[0], key=key[1], text_hash=key[2], erased_at=None).first()
    if row is not None:
        return row.text
    try:
        return look_up(data, [key], now=now).get(key)
    except VigieError:
        return None
