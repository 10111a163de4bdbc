"""Words and phrases that break a clause, with the contexts in which they do not. One file per signal and language beside this.

Patterns are read over folded text. The words that a pattern cannot do without, or hyperscan for the few patterns that have
none, say which posts may match; re2 says where, and whether the context excuses it. All are linear in the text. Where
hyperscan is not available, re2 does its part.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.detector import Post, Scores
from vigie.detect.patterns.pattern import LANGUAGES, Pattern, read_patterns
from vigie.detect.patterns.scan import Finder
from vigie.intake import folding
from vigie.records.evidence import Evidence

SHIPPED = Path(__file__).parent
_LANGUAGES = pa.array(LANGUAGES)


class Patterns:
    """Posts with words that a reviewer tied to a clause."""

    name = "patterns"

    def __init__(self, patterns: tuple[Pattern, ...], engine: str | None = None):
        self.patterns = patterns
        self.signals = tuple(sorted({p.signal for p in patterns}))
        self._finders = {one: Finder(tuple(p for p in patterns if p.applies(one)), engine) for one in LANGUAGES}
        self.version = hashlib.sha256("\n".join(p.content for p in patterns).encode()).hexdigest()[:16]

    def score(self, posts: pa.RecordBatch) -> Scores:
        """The strength of the strongest pattern that hits, a float32 column per signal."""
        scores = {signal: np.zeros(len(posts), np.float32) for signal in self.signals}
        folded = posts.column("folded")
        spoken = pc.fill_null(pc.index_in(posts.column("language").cast(pa.string()), _LANGUAGES), -1).to_numpy()
        for number, finder in enumerate(self._finders.values()):
            rows = np.flatnonzero((spoken == number) | (spoken < 0))
            column = folded if len(rows) == len(posts) else folded.take(pa.array(rows))
            offsets, data = folding.string_buffers(column)
            for row, pattern in finder.candidates(offsets, data):
                score = scores[pattern.signal]
                if pattern.score > score[rows[row]] and pattern.hits(data[offsets[row] : offsets[row + 1]].tobytes()):
                    score[rows[row]] = pattern.score
        return scores

    def hits(self, post: Post) -> Iterator[tuple[Pattern, tuple[int, int]]]:
        """Every pattern that hits a post, and where in its folded text."""
        text = post.folded.text
        buffers = folding.read_only(np.array([0, len(text)], np.int32)), np.frombuffer(text, np.uint8)
        finders = [f for one, f in self._finders.items() if post.language == one or post.language not in LANGUAGES]
        for pattern in dict.fromkeys(pattern for finder in finders for _, pattern in finder.candidates(*buffers)):
            span = pattern.find(text)
            if span is not None:
                yield pattern, span

    def explain(self, post: Post, signals: tuple[str, ...]) -> list[Evidence]:
        """Each hit with what a moderator should check, strongest first."""
        found = [
            post.evidence(*span, signal=p.signal, detector=self.name, why=p.why, weight=p.score)
            for p, span in self.hits(post)
            if p.signal in signals
        ]
        return sorted(found, key=lambda e: (-e.weight, e.start))


@cache
def shipped() -> Patterns:
    """The patterns that ship."""
    return Patterns(read_patterns(SHIPPED))
