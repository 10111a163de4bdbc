"""The classifier's kernels equal the plain reference, feature by feature and sum by sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect import kernels, lexicon, plain
from vigie.detect.classifier import packed

BITS = 12
PHRASES = [
    "you",
    "all of you",
    "not",
    "never ever",
    "he said",
    "said",
    "cats",
    "the cats",
    "no cats here please",
    "😀",
    "url",
]
NEGATION, REPORT = 2, 4
WEIGHTS = np.random.default_rng(7).integers(-128, 128, (1 << BITS, kernels.LABELS)).astype(np.int8)


def lists() -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
    """The phrases as a table of one or two concepts each, and the same as a dict."""
    pairs = [(form, n) for n, form in enumerate(PHRASES)] + [
        (form, (n + 1) % 9) for n, form in enumerate(PHRASES) if n % 3 == 0
    ]
    found = lexicon.phrases(pairs)
    return *lexicon.table(found), {h: entry.value & 0xFFFF for h, entry in found.items() if entry.concepts}


KEYS, VALUES, PLAIN = lists()
WORDS = st.sampled_from(
    [*PHRASES, "a", "b", "@name", "https://example.org/x", '"', ".", "cats'", "éé", "x" * 60, "1488"]
)
TEXTS = st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60)


def column(rows: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int32)
    return offsets, np.frombuffer(b"".join(rows) or b"\0", np.uint8)


@settings(max_examples=300)
@given(st.lists(TEXTS.map(str.encode) | st.binary(max_size=60), max_size=25))
def test_features_and_sums_equal_the_reference(rows: list[bytes]) -> None:
    buffers = column(rows)
    starts, grams_end, features = kernels.listed(*buffers, KEYS, VALUES, NEGATION, REPORT, 1 << BITS)
    totals, counts = kernels.sums(*buffers, KEYS, VALUES, NEGATION, REPORT, packed(WEIGHTS), kernels.glance(KEYS))
    for n, row in enumerate(rows):
        grams, concepts = plain.features(row, PLAIN, NEGATION, REPORT, BITS)
        assert features[starts[n] : grams_end[n]].tolist() == grams
        assert features[grams_end[n] : starts[n + 1]].tolist() == concepts
        assert counts[n].tolist() == [len(grams), len(concepts)]
        for block, found in enumerate((grams, concepts)):
            assert totals[n, block].tolist() == WEIGHTS[found].sum(axis=0, dtype=int).tolist()


def test_lanes_do_not_overflow_on_a_long_text_of_extreme_weights() -> None:
    text = b"ab " * 4_000
    for extreme in (-128, 127):
        weights = np.full((1 << BITS, kernels.LABELS), extreme, np.int8)
        totals, counts = kernels.sums(
            *column([text]), KEYS, VALUES, NEGATION, REPORT, packed(weights), kernels.glance(KEYS)
        )
        assert totals[0, 0].tolist() == [extreme * int(counts[0, 0])] * kernels.LABELS


def test_only_the_beginning_of_an_endless_post_is_read() -> None:
    short, long = b"a " * (kernels.LONGEST_POST // 2), b"a " * kernels.LONGEST_POST
    _, counts = kernels.sums(
        *column([short, long]), KEYS, VALUES, NEGATION, REPORT, packed(WEIGHTS), kernels.glance(KEYS)
    )
    assert counts[0].tolist() == counts[1].tolist()


def test_the_words_of_a_text_share_out_its_sum() -> None:
    text = b'he said "never ever" to all of you, cats'
    totals, counts = kernels.sums(
        *column([text]), KEYS, VALUES, NEGATION, REPORT, packed(WEIGHTS), kernels.glance(KEYS)
    )
    data, scales = np.frombuffer(text, np.uint8), np.full((2, kernels.LABELS), 2, np.float32)
    of, seen = (KEYS, VALUES, NEGATION, REPORT), kernels.glance(KEYS)
    for label in range(kernels.LABELS):
        found = [
            kernels.heaviest(data, *of, sign * WEIGHTS.astype(np.int16), label, scales, 99, seen) for sign in (1, -1)
        ]
        whole = (totals[0, :, label] * 2 / np.sqrt(np.maximum(counts[0], 1))).sum()
        assert found[0][2].sum() - found[1][2].sum() == pytest.approx(whole, rel=1e-6)
        for begins, ends, weights in found:
            assert sorted(weights, reverse=True) == weights.tolist()
            assert all(text[begin:end].isalnum() for begin, end in zip(begins, ends, strict=True))


def test_scope_reaches_a_few_words_and_then_ends() -> None:
    words = plain.words(b"not cats a a a cats a cats")
    scopes = [
        (place, scope) for concept, scope, place, _ in plain.events(words, PLAIN, NEGATION, REPORT) if concept == 6
    ]
    assert scopes == [(1, 1), (5, 0), (7, 0)]
