"""The same work done the plain way, measured beside ours: Python's own json and re, our plain references, scikit-learn.

Each figure is one core. The plain path does what the kernels do, by the code that they are held to.
"""

import json
import re
import time
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import judge
import plainly


class Reference(NamedTuple):
    """One way of doing one part of the work: what it is, and posts a second."""

    what: str
    posts: int
    rate: float


def measured(path: Path, posts: int) -> list[Reference]:
    """Every reference over the first posts of a file of X posts."""
    with path.open("rb") as file:
        lines = list(islice(file, posts))
    seen_by = judge.ready()
    decoded, json_seconds = _timed(lambda: [json.loads(line)["text"] for line in lines])
    found = [("json.loads", json_seconds), *_plain(decoded, seen_by)]
    rows = [Reference(what, len(lines), len(lines) / seconds) for what, seconds in found]
    whole = Reference("the plain path, all of the above", len(lines), len(lines) / sum(seconds for _, seconds in found))
    return [*rows, whole, *_scikit_learn(decoded)]


def _timed(work: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    found = work()
    return found, time.perf_counter() - started


def _plain(texts: list[str], seen_by: judge.Judge) -> list[tuple[str, float]]:
    """Folding, patterns and the classifier, in Python."""
    from vigie.intake import characters, plain

    table = characters.load("folded")
    folded, seconds = _timed(
        lambda: ["".join(c for c, _ in plain.fold(text.encode(), table, unmask=True)) for text in texts]
    )
    found = [("folding by intake/plain.py", seconds)]
    detectors: dict[str, Any] = {detector.name: detector for detector in seen_by.detectors}
    if words := detectors.get("patterns"):
        one = alternation([pattern.expression for pattern in words.patterns])
        found.append(
            (f"`re`, {len(words.patterns):,} patterns in one", _timed(lambda: [one.search(text) for text in folded])[1])
        )
    if classifier := detectors.get("classifier"):
        found.append(("features and sums by detect/plain.py", _timed(lambda: _sums(folded, classifier))[1]))
    return found


def alternation(expressions: list[str]) -> re.Pattern[str]:
    """Every pattern in one expression of Python's engine."""
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


def _sums(texts: list[str], classifier: Any) -> list[np.ndarray]:
    from vigie.detect import lexicon, plain

    known = lexicon.load()
    phrases = plainly.phrases(known)
    weights = np.asarray(classifier.model.weights)
    numbers = known.number("negation"), known.number("report")
    bits = (len(weights) - 1).bit_length()
    parts = (plain.features(text.encode(), phrases, *numbers, bits) for text in texts)
    return [weights[grams + concepts].sum(axis=0, dtype=np.int32) for grams, concepts in parts]


def _scikit_learn(texts: list[str]) -> list[Reference]:
    """A linear model of eight outputs over hashed words and character n-grams, as one writes it in an afternoon."""
    try:
        from sklearn.feature_extraction.text import HashingVectorizer
        from sklearn.linear_model import SGDClassifier
        from sklearn.pipeline import make_pipeline, make_union
    except ImportError:
        return []
    chars = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=1 << 18)
    words = HashingVectorizer(ngram_range=(1, 2), n_features=1 << 18)
    model = make_pipeline(
        make_union(chars, words), SGDClassifier(loss="log_loss", max_iter=2, tol=None, random_state=1)
    )
    model.fit(texts[:500], [k % 8 for k in range(len(texts[:500]))])  # for its speed only: it learns nothing
    seconds = _timed(lambda: model.predict_proba(texts))[1]
    return [Reference("scikit-learn, 8 outputs (classifier alone)", len(texts), len(texts) / seconds)]
