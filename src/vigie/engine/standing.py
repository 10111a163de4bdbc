"""The rules by which posts are judged now: loaded from terms, and loaded anew when they were published or a day begins."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from vigie.decide.proof import NO_PROOFS, Proofs
from vigie.decide.rulebook import Rulebook
from vigie.detect import classifier, links, patterns
from vigie.detect.detector import Detector
from vigie.detect.patterns.pattern import read_patterns
from vigie.engine.pipeline import model_hash, signals
from vigie.errors import Misconfigured
from vigie.terms.place import own_terms
from vigie.terms.reading import read_terms

log = logging.getLogger("vigie.judging")


class Judge(NamedTuple):
    """Rules, and what gives the scores that they read."""

    rulebook: Rulebook
    detectors: tuple[Detector, ...]


#: For which directory of terms and which day something judges, and what.
Begun = tuple[tuple[Path | None, date], Judge]


def detectors_of(terms: Path | None) -> tuple[Detector, ...]:
    """The classifier, the patterns and the links; patterns and domains of the terms' own directory replace the shipped ones."""
    own_patterns = terms / "patterns" if terms else None
    own_domains = terms / "domains" / "scam.txt" if terms else None
    words = (
        patterns.Patterns(read_patterns(own_patterns)) if own_patterns and own_patterns.is_dir() else patterns.shipped()
    )
    listed = links.Links(own_domains if own_domains and own_domains.is_file() else None)
    return (classifier.shipped(), words, listed)


def rulebook_of(terms: Path | None, found: Sequence[Detector], day: date, proofs: Proofs = NO_PROOFS) -> Rulebook:
    """The rules in force on a day, compiled. Raises: Misconfigured, naming file and line."""
    return Rulebook.compile(read_terms(terms), signals=signals(found), on=day, proofs=proofs, model=model_hash(found))


def judge_of(terms: Path | None, day: date) -> Judge:
    """What judges posts under these terms on a day; without a directory, under the starter set."""
    found = detectors_of(terms)
    return Judge(rulebook_of(terms, found, day), found)


class Standing:
    """What judges now, for a process that goes on for days: call it before each batch, and use what it gives for the batch.

    ``load`` makes it from a directory of terms (None: the starter set) for a day; it is called again only when other terms
    have been published in the data directory, or the day (UTC) has changed. Terms that cannot be read then are said in the
    log, once, and those read last go on: a stream does not stop for them. ``begun`` is what was made already: for which
    directory and day, and what.
    """

    def __init__(
        self,
        data: Path,
        clock: Callable[[], datetime],
        load: Callable[[Path | None, date], Judge] = judge_of,
        fixed: Path | None = None,
        begun: Begun | None = None,
    ) -> None:
        self._data, self._clock, self._load, self._fixed = data, clock, load, fixed
        self._of: tuple[Path | None, date] | None = None
        self._judge: Judge | None = None
        if begun:
            self._of, self._judge = begun

    def __call__(self) -> Judge:
        """What judges now. Raises: Misconfigured where the first terms cannot be read."""
        wanted = self._fixed or own_terms(self._data), self._clock().date()
        if self._judge is None or wanted != self._of:
            try:
                self._judge = self._load(*wanted)
            except Misconfigured as error:
                if self._judge is None:
                    raise
                log.error("judging goes on with the rules read last: %s", error)
            self._of = wanted
        return self._judge
