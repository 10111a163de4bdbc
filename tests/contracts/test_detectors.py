"""What every detector promises, checked over every detector that ships."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.app import wiring
from vigie.detect.detector import Detector, Post
from vigie.intake.prepared import prepared
from vigie.records.posts import POSTS

DETECTORS = wiring.detectors(None)
EXAMPLES = [
    json.loads(line)["text"]
    for line in (Path(__file__).parents[2] / "examples" / "posts.jsonl").read_text().splitlines()
]
every = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)


def batch(texts: list[str]) -> pa.RecordBatch:
    rows = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    return prepared(pa.RecordBatch.from_pylist(rows, schema=POSTS))


def test_names_and_signals_are_unique() -> None:
    assert len({d.name for d in DETECTORS}) == len(DETECTORS)
    signals = [signal for d in DETECTORS for signal in d.signals]
    assert len(set(signals)) == len(signals)


@every
def test_it_is_pure(detector: Detector) -> None:
    posts = batch(EXAMPLES)
    first, second = detector.score(posts), detector.score(posts)
    assert all((first[s] == second[s]).all() for s in detector.signals)


@every
def test_a_batch_says_what_its_posts_say_one_by_one(detector: Detector) -> None:
    posts = batch(EXAMPLES)
    together = detector.score(posts)
    for n in range(0, len(posts), 3):
        alone = detector.score(posts.slice(n, 1))
        assert {s: together[s][n] for s in detector.signals} == {s: alone[s][0] for s in detector.signals}


@every
@settings(max_examples=50)
@given(texts=st.lists(st.text(max_size=80), max_size=15))
def test_scores_are_probabilities(detector: Detector, texts: list[str]) -> None:
    scores = detector.score(batch(texts))
    assert set(scores) == set(detector.signals)
    for column in scores.values():
        assert column.dtype == np.float32
        assert column.shape == (len(texts),)
        assert np.isfinite(column).all()
        assert ((column >= 0) & (column <= 1)).all()


@every
def test_it_explains_what_it_flags_in_the_posts_own_words(detector: Detector) -> None:
    posts = batch(EXAMPLES)
    scores = detector.score(posts)
    languages = posts.column("language").to_pylist()
    explained = 0
    for n, text in enumerate(EXAMPLES):
        signals = tuple(sorted((s for s in detector.signals if scores[s][n] >= 0.6), key=lambda s: -scores[s][n]))
        if signals:
            evidence = detector.explain(Post(text, languages[n]), signals)
            assert evidence, (detector.name, signals)
            explained += 1
            for one in evidence:
                assert one.signal in signals
                assert text[one.start : one.end] == one.words
                assert 0 <= one.weight <= 1
                assert one.why
    assert explained
