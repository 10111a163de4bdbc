"""All the rules in force on a day, as one: it says of each post which clause it may break, and who settles it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from vigie.decide.compiling import Binding, Running, Skipped, binding, compile_rules
from vigie.decide.condition import reading
from vigie.decide.proof import NO_PROOFS, Proofs
from vigie.decide.proposal import PROPOSALS, nothing_proposed, proposals
from vigie.decide.signals import FACTS, REVIEW
from vigie.terms.clause import Clause

#: By language, in its order.
Thresholds = tuple[tuple[str, float], ...]
_NO = pa.scalar(False)


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Clauses, their rules and what is proven of them, frozen: it changes only between two batches, as a whole.

    ``on`` is the day whose rules these are; ``model`` the hash of what gives the scores; ``signals`` says which
    detector gives each signal; ``skipped`` are the rules that wait for a detector; ``proofs`` is what was tried.
    """

    on: date
    model: str
    signals: Mapping[str, str]
    clauses: tuple[Binding, ...]
    rules: tuple[Running, ...] = field(repr=False)
    skipped: tuple[Skipped, ...]
    proofs: Proofs = field(repr=False)

    @classmethod
    def compile(
        cls,
        clauses: Iterable[Clause],
        *,
        signals: Mapping[str, str],
        on: date,
        proofs: Proofs = NO_PROOFS,
        model: str,
    ) -> "Rulebook":
        """The rulebook of a day.

        >>> from vigie.terms.reading import read_terms
        >>> fed = {"spam_words": "patterns"}
        >>> book = Rulebook.compile(read_terms(), signals=fed, on=date(2026, 12, 1), model="2f9c")
        >>> len(book.clauses), len(book.rules), book.skipped[0].signals
        (19, 1, ('grooming_words',))

        Raises: Misconfigured, naming file and line.
        """
        bound = binding(clauses, on)
        compiled = list(compile_rules(bound, signals, on, proofs, model))
        return cls(
            on=on,
            model=model,
            signals=dict(signals),
            clauses=bound,
            rules=tuple(rule for rule in compiled if isinstance(rule, Running)),
            skipped=tuple(rule for rule in compiled if isinstance(rule, Skipped)),
            proofs=proofs,
        )

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits: the same when clauses, rules in force, what runs and what is proven are the same.

        The day, the place of a clause on the disk, and the rules and versions of other days do not count.
        """
        content = {
            "clauses": [_content(one.clause, "versions", "rules", "file") for one in self.clauses],
            "versions": [_content(one.version) for one in self.clauses],
            "rules": [[_content(rule) for rule in one.rules] for one in self.clauses],
            "proven": [(rule.clause, rule.when, rule.alone) for rule in self.rules],
            "skipped": [(rule.clause, rule.signals) for rule in self.skipped],
        }
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:16]

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The columns that a frame must have: signals, then facts about the post."""
        names = {name for rule in self.rules for name in rule.reads}
        if any(rule.review or rule.alone for rule in self.rules):
            names.add("language")
        return (*sorted(names - FACTS.keys()), *(name for name in FACTS if name in names))

    @cached_property
    def signals_of(self) -> Mapping[str, frozenset[str]]:
        """Which signals a breach of each cited clause is looked for in: what its evidence is about."""
        read: dict[str, frozenset[str]] = {one.cite: frozenset() for one in self.clauses}
        for rule in self.rules:
            read[self.clauses[rule.clause].cite] |= frozenset(rule.reads) & self.signals.keys()
        return read

    def propose(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What is proposed for each post, a row per row of ``frame``: see ``PROPOSALS``. A pure function.

        ``frame`` has at least the columns ``reads``; a post is judged as if it were alone.

        Raises: ValueError when a detector gave something that is no probability: a bug.
        """
        return pl.DataFrame(self.proposed(frame), schema=PROPOSALS)

    def propose_where_known(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same where scores may be null, as in rows of the log from before a signal was there: null flags nothing."""
        return pl.DataFrame(self._proposed(frame), schema=PROPOSALS)

    def proposed(self, frame: pl.DataFrame) -> pa.RecordBatch:
        """What ``propose`` gives, as the log keeps it."""
        check_scores(frame, self._given)
        return self._proposed(frame)

    def _proposed(self, frame: pl.DataFrame) -> pa.RecordBatch:
        fired = self._fired(frame)
        mask = pl.Series(np.zeros(len(frame), dtype=np.bool_))
        for column in fired:
            mask |= column
        if not mask.any():
            return nothing_proposed(len(frame))
        hits = fired.filter(mask).to_numpy() if fired.width else np.zeros((0, 0), dtype=np.bool_)
        alone = self._by_clause(hits & self._proven(frame, mask))
        cites = [one.cite for one in self.clauses]
        restrictions = [one.version.restriction for one in self.clauses]
        return proposals(mask.to_numpy(), self._by_clause(hits), alone, cites, restrictions)

    @cached_property
    def _given(self) -> dict[str, str]:
        """The signals that some rule reads, and who gives them."""
        return {name: self.signals[name] for name in self.reads if name in self.signals}

    @cached_property
    def _conditions(self) -> tuple[dict[str, Thresholds], list[pl.Expr]]:
        """The columns of thresholds that rules share, and a condition for each rule, which reads its own of them."""
        names = {one.review: f"{REVIEW} {number}" for number, one in enumerate(self.rules) if one.review}
        conditions = [
            reading(rule.when, REVIEW, instead=names[rule.review]) if rule.review else rule.condition
            for rule in self.rules
        ]
        shared = {name: thresholds for thresholds, name in names.items()}
        return shared, [condition.alias(str(rank)) for rank, condition in enumerate(conditions)]

    def _fired(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One Boolean column per rule, in their order: does its condition hold?"""
        shared, conditions = self._conditions
        spoken = _spoken(frame, shared.values())
        columns = [
            pl.Series(name, _by_language(one, spoken, len(frame), others=dict(one)["und"]))
            for name, one in shared.items()
        ]
        return frame.hstack(columns).select(conditions)

    def _by_clause(self, by_rule: np.ndarray) -> np.ndarray:
        """From bool [posts, rules] to bool [posts, clauses]: a clause is concerned when one of its rules is."""
        found = np.zeros((len(by_rule), len(self.clauses)), dtype=np.bool_, order="F")
        for rank, rule in enumerate(self.rules):
            found[:, rule.clause] |= by_rule[:, rank]
        return found

    def _proven(self, frame: pl.DataFrame, mask: pl.Series) -> np.ndarray:
        """bool [flagged posts, rules]: is what is proven for the rule in the language of the post reached?"""
        proven = np.zeros((int(mask.sum()), len(self.rules)), dtype=np.bool_, order="F")
        if not any(rule.alone for rule in self.rules):
            return proven
        flagged = frame.filter(mask)
        spoken = _spoken(flagged, [rule.alone for rule in self.rules])
        for rank, rule in enumerate(self.rules):
            if rule.alone and rule.act_alone_on:
                scores = flagged.get_column(rule.act_alone_on).to_numpy()  # null becomes NaN, and reaches nothing
                proven[:, rank] = scores >= _by_language(rule.alone, spoken, len(flagged), others=np.nan)
        return proven


def check_scores(frame: pl.DataFrame, signals: Mapping[str, str]) -> None:
    """Every score is a probability. A NaN would pass every threshold, and a null would hide a post.

    ``signals`` says which detector gives each column.

    >>> hate = pl.Series("hate", [0.2, float("nan")], dtype=pl.Float32)
    >>> check_scores(hate.to_frame(), {"hate": "classifier"})
    Traceback (most recent call last):
    ValueError: the detector classifier gave nan for hate (row 1 of 2): a score is a number from 0 to 1

    Raises: ValueError, naming detector and column.
    """
    for name, detector in signals.items():
        scores = frame.get_column(name)
        if scores.dtype != pl.Float32:
            raise ValueError(f"the detector {detector} gave {scores.dtype} for {name}: scores are float32")
        numbers = scores.to_numpy()  # null becomes NaN, and the least and the greatest of anything with NaN are NaN
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() <= 1):
            row = int(np.flatnonzero(~((numbers >= 0) & (numbers <= 1)))[0])
            said = f"the detector {detector} gave {scores[row]} for {name} (row {row} of {len(scores)})"
            raise ValueError(f"{said}: a score is a number from 0 to 1")


def _spoken(frame: pl.DataFrame, thresholds: Iterable[Thresholds]) -> dict[str, np.ndarray]:
    """For each language that has a threshold, which posts are in it: looked for once, for all thresholds."""
    column = frame.get_column("language").to_arrow()
    named = {language for one in thresholds for language, _ in one}
    return {one: pc.fill_null(pc.equal(column, pa.scalar(one, column.type)), _NO).to_numpy(False) for one in named}


def _by_language(thresholds: Thresholds, spoken: Mapping[str, np.ndarray], posts: int, *, others: float) -> np.ndarray:
    """The threshold of each post; ``others`` serves the languages that have none of their own, NaN where nothing reaches it.

    float32 like the scores: compared as doubles, a score of 0.9 would not reach 0.9.
    """
    column = np.full(posts, others, np.float32)
    for language, value in thresholds:
        column[spoken[language]] = value
    return column


def _content(struct: msgspec.Struct, *without: str) -> object:
    """What a struct says, leaving out some of it and the line where it was written."""
    return {name: value for name, value in msgspec.to_builtins(struct).items() if name not in {"line", *without}}
