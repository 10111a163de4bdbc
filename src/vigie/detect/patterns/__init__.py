"""Words and phrases that break a clause, with the contexts in which they do not. One file per signal and language beside this.

Patterns are read over folded text, by two engines: hyperscan finds which posts may match, re2 says where, and whether the
context excuses it. Both are linear in the text. Where hyperscan is not available, re2 does both.
"""

import hashlib
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from vigie.detect.detector import Post, Scores
from vigie.detect.patterns.pattern import Pattern, read_patterns
from vigie.detect.patterns.scan import Finder
from vigie.intake import folding
from vigie.records.evidence import Evidence

SHIPPED = Path(__file__).parent


class Patterns:
    """Posts with words that a reviewer tied to a clause."""

    name = "patterns"

    def __init__(self, patterns: tuple[Pattern, ...]):
        self.patterns = patterns
        self.signals = tuple(sorted({p.signal for p in patterns}))
        self._finder = Finder(patterns)
        self.version = hashlib.sha256("\n".join(p.content for p in patterns).encode()).hexdigest()[:16]

    def score(self, posts: pa.RecordBatch) -> Scores:
        """The strength of the strongest pattern that hits, a float32 column per signal."""
        scores = {signal: np.zeros(len(posts), np.float32) for signal in self.signals}
        offsets, data = folding.string_buffers(posts.column("folded"))
        languages = posts.column("language")
        by_post: dict[int, set[int]] = defaultdict(set)
        for row, number in self._finder.candidates(offsets, data):
            by_post[row].add(number)
        for row, numbers in by_post.items():
            text = data[offsets[row] : offsets[row + 1]].tobytes()
            for pattern in self._hits(text, languages[row].as_py(), numbers):
                column = scores[pattern.signal]
                column[row] = max(column[row], pattern.score)
        return scores

    def _hits(self, text: bytes, language: str, numbers: set[int]) -> list[Pattern]:
        suspects = (self.patterns[number] for number in numbers)
        return [pattern for pattern in suspects if pattern.applies(language) and pattern.find(text) is not None]

    def explain(self, post: Post, signals: tuple[str, ...]) -> list[Evidence]:
        """Each hit with what a moderator should check."""
        text = post.folded.text
        offsets = np.array([0, len(text)], np.int32)
        numbers = {number for _, number in self._finder.candidates(offsets, np.frombuffer(text, np.uint8))}
        found = []
        for pattern in self._hits(text, post.language, numbers):
            span = pattern.find(text)
            if span is not None and pattern.signal in signals:
                found.append(
                    post.evidence(
                        *span, signal=pattern.signal, detector=self.name, why=pattern.why, weight=pattern.score
                    )
                )
        return sorted(found, key=lambda e: (-e.weight, e.start))


@cache
def shipped() -> Patterns:
    """The patterns that ship."""
    return Patterns(read_patterns(SHIPPED))
