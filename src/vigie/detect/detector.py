"""What every detector promises: same posts, same scores; and a reason, in the post's own words, for what it flags."""

from collections.abc import Iterable
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa

from vigie.intake.folding import FoldedText
from vigie.records.evidence import Evidence

#: float32 in [0, 1], one per post, by signal
Scores = dict[str, np.ndarray]


class Post:
    """One flagged post on its way to be explained: its text as written, its language, and its folded form."""

    def __init__(self, text: str, language: str, folded: FoldedText | None = None):
        self.text = text
        self.language = language
        if folded is not None:
            self.folded = folded

    @cached_property
    def folded(self) -> FoldedText:
        """The folded text with its way back to the original."""
        return FoldedText(self.text)

    def evidence(self, start: int, end: int, *, signal: str, detector: str, why: str, weight: float) -> Evidence:
        """Evidence for folded bytes [start, end)."""
        first, last = self.folded.span(start, end)
        words = self.text[first:last]
        return Evidence(
            signal=signal, detector=detector, start=first, end=last, words=words, why=why, weight=round(weight, 3)
        )


class Detector(Protocol):
    """A detector is pure: it keeps nothing from one batch to the next."""

    @property
    def name(self) -> str:
        """Unique among detectors."""

    @property
    def version(self) -> str:
        """Changes whenever a score may change; part of the model hash that every record carries."""

    @property
    def signals(self) -> tuple[str, ...]:
        """The columns that it adds."""

    def score(self, posts: pa.RecordBatch) -> Scores:
        """One float32 column per signal, in [0, 1], a row per post. The batch has ``text``, ``folded`` and ``language``."""

    def explain(self, post: Post, signals: tuple[str, ...]) -> list[Evidence]:
        """Why this post was flagged for these signals of ours: spans of its text, in words that a moderator can check."""


def scored(posts: pa.RecordBatch, detectors: Iterable[Detector]) -> Scores:
    """What several detectors say of the same posts."""
    scores: Scores = {}
    for detector in detectors:
        scores |= detector.score(posts)
    return scores
