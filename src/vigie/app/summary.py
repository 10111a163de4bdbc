"""What a run of ``vigie moderate`` tells the person at the terminal: how far it is, what it found, what to do next."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.engine.worker import Done

_TICK = 1.0  # seconds between lines of progress
_SHOWN_LANGUAGES = 6


class Totals:
    """What has been read so far, over all sources of this run."""

    def __init__(self) -> None:
        self.posts = self.bad = self.skipped = 0
        self.languages: Counter[str] = Counter()
        self.proposals: Counter[tuple[str, str]] = Counter()
        self.started = time.monotonic()

    def add(self, done: "Done") -> None:
        """Count one batch."""
        self.posts += done.posts
        self.bad += done.bad
        self.skipped += done.skipped
        self.languages.update(done.languages)
        for proposal, posts in done.proposals.items():
            clause, route = proposal.split(" ")
            self.proposals[clause, route] += posts

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return max(time.monotonic() - self.started, 1e-9)


class Progress:
    """A line on standard error that says how far the stream is, once a second."""

    def __init__(self, *, quiet: bool) -> None:
        self._shown = 0.0
        self._quiet = quiet
        self._live = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A line that stays."""
        if not self._quiet:
            print(f"\r\033[K{text}" if self._live else text, file=sys.stderr, flush=True)

    def update(self, name: str, totals: Totals, share: float | None) -> None:
        """How far one source is: share, posts, rate and time left."""
        if self._quiet or time.monotonic() - self._shown < _TICK:
            return
        self._shown = time.monotonic()
        text = f"{Path(name).name}  {totals.posts:,} posts  {totals.posts / totals.seconds:,.0f} posts/s"
        if share:
            left = totals.seconds * (1 - share) / share
            text = f"{share:4.0%}  {text}  {left:,.0f} s left"
        print(f"\r\033[K{text}" if self._live else text, end="" if self._live else "\n", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for the summary."""
        if self._live and not self._quiet:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _languages(totals: Totals) -> str:
    shown = totals.languages.most_common(_SHOWN_LANGUAGES)
    rest = totals.posts - sum(posts for _, posts in shown)
    named = [f"{language} {posts:,}" for language, posts in shown]
    return ", ".join([*named, f"others {rest:,}"] if rest else named)


def summary(totals: Totals, data: Path, flagged: Path | None, rests: dict[str, int], *, stopped: bool) -> str:
    """The last words of a run, ending with what to do next.

    >>> print(summary(Totals(), Path("d"), None, {}, stopped=False).splitlines()[0])
    Nothing new: every post of these sources is in the log already.
    """
    lines = []
    if not totals.posts and not totals.bad:
        lines.append("Nothing new: every post of these sources is in the log already.")
    else:
        rate = totals.posts / totals.seconds
        lines.append(f"{totals.posts:,} posts judged in {totals.seconds:,.1f} s ({rate:,.0f} posts/s)")
        if totals.posts:
            lines.append(f"  languages   {_languages(totals)}")
        if totals.skipped:
            lines.append(f"  not posts   {totals.skipped:,}")
        lines += _proposals(totals)
    if totals.bad:
        lines.append(f"  quarantine  {totals.bad:,} lines could not be read: {data / 'quarantine'}")
    lines += [f"  unfinished  {name}: its last {rest:,} bytes are no whole record yet" for name, rest in rests.items()]
    lines.append(f"  log         {data}")
    if flagged:
        lines.append(f"  flagged     {flagged}")
    return "\n".join([*lines, "", *_next(totals, data, flagged, stopped=stopped)])


def _proposals(totals: Totals) -> list[str]:
    flagged = sum(totals.proposals.values())
    share = flagged / totals.posts if totals.posts else 0
    head = f"  proposed    {flagged:,} posts ({share:.2%}) should be looked at"
    width = max((len(clause) for clause, _ in totals.proposals), default=0)
    rows = sorted(totals.proposals.items(), key=lambda item: -item[1])
    return [head, *(f"    {clause:<{width}}  {_ROUTES[route]:<20}{posts:>9,}" for (clause, route), posts in rows)]


_ROUTES = {"human": "a person decides", "machine": "a machine may act"}


def _next(totals: Totals, data: Path, flagged: Path | None, *, stopped: bool) -> list[str]:
    steps = []
    if stopped:
        steps.append("Stopped after the batch in hand. The same command goes on from there.")
    steps.append(f"Next: vigie log stats --data {data}    what the log holds")
    if totals.proposals and not flagged:
        steps.append(
            "      --flagged FILE              writes each flagged post with its evidence; the same command again makes it"
        )
    steps.append("      vigie explain 'some text'   shows the whole path for one text")
    return steps
