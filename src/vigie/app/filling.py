"""Fills a new data directory with the demo: ``python -m vigie.app.filling DIR POSTS``, in a process of its own."""

import re
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path

from vigie.demo.history import History

#: Told what is done.
Say = Callable[[str], None]
SEED, TEXT_DAYS = 1, 30
_IN_FORCE = timedelta(days=30)  # the terms bind since so long before the first post


def simulated(data: Path, now: datetime, posts: int, terms: Path, say: Say) -> History:
    """Everything but the database: six weeks, judged by the detectors of the demo, in the log; with what the team decided."""
    from vigie.demo import judging, team
    from vigie.demo.network import simulate
    from vigie.engine.standing import judge_of
    from vigie.journal.texts import keep_texts, purge

    history = simulate(SEED, now, posts=posts)
    say(f"{len(history.posts):,} posts by {len(history.accounts):,} accounts are written")
    keep_texts(data, TEXT_DAYS)
    flagged = judging.keep(history, data, *judge_of(terms, now.date()))
    purge(data, now=now)
    say(f"{len(flagged):,} of them are flagged")
    return team.settled(history, flagged)


def replayed(history: History, data: Path, say: Say) -> None:
    """The database, whose tables and terms are there: people, cases, decisions, and what waits."""
    from vigie.app import furnishing, replaying

    everybody = furnishing.people(history)
    furnishing.outside(history)
    replaying.Replay(history, everybody, say).run(data)
    furnishing.context(history)
    furnishing.known_answers(history, everybody)
    furnishing.work_at_hand(history, everybody)


def laid_out(terms: Path, began_at: datetime) -> Path:
    """The terms of the demo, in ``terms``: the starter set, in force since before the history began, so that nobody is judged
    by a later rule; and patterns that know the invented words.
    """
    from vigie.demo import judging
    from vigie.terms.place import write_files

    since: date = (began_at - _IN_FORCE).date()
    starter = [
        file for file in resources.files("vigie.terms").joinpath("starter").iterdir() if file.name.endswith(".toml")
    ]
    clauses = {
        file.name: re.sub(r"(?m)^in_force_from = \S+", f"in_force_from = {since}", file.read_text("utf-8"))
        for file in starter
    }
    write_files(terms, clauses | judging.files())
    return terms


def fill(data: Path, now: datetime, posts: int, say: Say) -> dict[str, int]:
    """Log, database and truth of a demo whose six weeks end now. Django must be ready for this directory: how much there is."""
    from vigie.app import furnishing, preparing
    from vigie.demo.network import DAYS
    from vigie.demo.truth import keep_truth

    began_at = now.replace(microsecond=0) - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory() as place:
        terms = laid_out(Path(place), began_at)
        history = simulated(data, now, posts, terms, say)
        preparing.migrate(data, began_at, terms)
    replayed(history, data, say)
    keep_truth(history, data)
    return furnishing.figures(history)


def main(data: Path, posts: int) -> None:
    """What the process does."""
    from vigie.app import preparing, wiring

    began = time.monotonic()

    def say(what: str) -> None:
        print(f"vigie: demo: {time.monotonic() - began:4.1f} s  {what}", file=sys.stderr, flush=True)

    wiring.kernels_kept(data)
    preparing.configure(data)
    with wiring.compiling_said():
        wiring.first_decision(None)
    made = fill(data, wiring.now(), posts, say)
    say("{cases:,} cases, {decisions:,} decisions, {waiting:,} cases wait".format(**made))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
