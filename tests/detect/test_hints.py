"""The words that a pattern is said to ask for stand in every match of it: nothing is missed, and much is passed over."""

import gzip
import json
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect import patterns
from vigie.detect.patterns import hints, walk, words
from vigie.detect.patterns.pattern import LANGUAGES, Pattern, read_patterns
from vigie.detect.patterns.scan import Finder
from vigie.intake import folding

POSTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "posts" / "x_api_v2.jsonl.gz"
SHIPPED = patterns.shipped()
FINDERS = [(Finder(own), own) for own in ([p for p in SHIPPED.patterns if p.applies(one)] for one in LANGUAGES)]
SENTENCES = [sentence for p in SHIPPED.patterns for sentence in (p.match, p.near_miss)]
#: What patterns are made of, apart: words, and what may stand between them.
PIECES = sorted({piece for p in SHIPPED.patterns for piece in re.findall(r"[a-z]+|[^a-z\\]", p.body)})


def found(finder: Finder, folded: pa.Array) -> set[tuple[int, Pattern]]:
    return {(row, p) for row, p in finder.candidates(*folding.string_buffers(folded)) if _hit(p, folded, row)}


def _hit(pattern: Pattern, folded: pa.Array, row: int) -> bool:
    return pattern.find(folded[row].as_buffer()) is not None


def expected(own: list[Pattern], folded: pa.Array) -> set[tuple[int, Pattern]]:
    texts = [text.as_buffer() for text in folded]
    return {(row, p) for row, text in enumerate(texts) for p in own if p.find(text) is not None}


def test_no_hit_is_missed_in_the_patterns_own_sentences() -> None:
    folded = folding.folded(pa.array(SENTENCES))
    for finder, own in FINDERS:
        assert found(finder, folded) == expected(own, folded)


@pytest.mark.slow
@pytest.mark.skipif(not POSTS.exists(), reason="the real posts are not beside the checkout")
def test_no_hit_is_missed_in_real_posts() -> None:
    with gzip.open(POSTS, "rt") as lines:
        every_fifth = islice(lines, 0, None, 5)  # the plain reference needs minutes for all of them
        folded = folding.folded(pa.array([json.loads(line)["text"] for line in every_fifth]))
    for finder, own in FINDERS:
        assert found(finder, folded) == expected(own, folded)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12), min_size=1, max_size=8),
    st.booleans(),
)
def test_no_hit_is_missed_in_texts_of_the_words_of_patterns(rows: list[list[str]], apart: bool) -> None:
    folded = folding.folded(pa.array([(" " if apart else "").join(row) for row in rows], pa.string()))
    for finder, own in FINDERS:
        assert found(finder, folded) == expected(own, folded)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_text_that_a_pattern_matches_holds_its_words(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(SHIPPED.patterns))
    text = data.draw(st.from_regex(re.compile(pattern.body, re.ASCII), fullmatch=True))
    before, after = data.draw(st.sampled_from(["", " ", "é", "a "])), data.draw(st.sampled_from(["", "!", "é", "\n"]))
    folded = pa.array([before + text + after])
    if pattern._matcher.search(folded[0].as_buffer().to_pybytes()) is not None:  # hypothesis reads \S wider than re2
        for finder, own in FINDERS:
            if pattern in own:
                assert (0, pattern) in finder.candidates(*folding.string_buffers(folded))


@pytest.mark.parametrize(
    ("body", "branches"),
    [
        ("cats?", [[{"cat ", "cats "}]]),
        ("(?:the )?cat .{0,9}dog", [[{"cat "}]]),  # "hotdog" matches too
        (r"cat .{0,9}\bdog", [[{"cat "}, {"dog "}]]),
        (r"cat (?:\S+ ){0,3}dog", [[{"cat "}, {"dog "}]]),
        (r"cat(?:\S+ ){0,3}dog", [[{"cat"}]]),  # the group may be empty
        ("cat[ -]?dog", [[{"cat dog ", "catdog "}]]),
        (r"cat.{2}a|dog.{2}b|ox|cow", [[{"ox ", "cow "}], [{"dog"}], [{"cat"}]]),
        ("#?[12]nd", [[{"0nd "}]]),
        ("(?:my |no ){1,2}x", [[{"my x ", "no x ", "my my x ", "my no x ", "no my x ", "no no x "}, {"x "}]]),
        ("thousandsofwords", [[{"thousandsofw"}]]),
        ("é cat", [[{"cat "}]]),
        (r"\S+ .{3}", []),
        (r"cat|.{3}", []),
        ("[[:alpha:]]+", []),
        ("a{,3}", []),
        ("(?i)cat", []),
        ("cat(?=dog)", []),
    ],
)
def test_places(body: str, branches: list[list[set[str]]]) -> None:
    assert sorted(map(str, map(_sorted, hints.places(body)))) == sorted(map(str, map(_sorted, branches)))


def _sorted(branch: Iterable[Iterable[str]]) -> list[list[str]]:
    return [sorted(place) for place in branch]


GOOD = """
signal = "spam_words"
language = "en"
[[pattern]]
regex = 'free (?:\\S+ ){0,2}money|u (?:\\S+ )?win'
score = 0.8
why = "promise"
match = "Free money!"
near_miss = "No money."
"""


def test_words_stand_in_order_within_one_text(tmp_path: Path) -> None:
    (tmp_path / "spam_words.en.toml").write_text(GOOD)
    table = words.table(read_patterns(tmp_path))
    held = ["free money", "éfree a b c money", "money free money", "u win"]
    texts = [*held, "money free", "free", "money", "freedom money", "u", "", "win u"]
    offsets, data = folding.string_buffers(pa.array(texts))
    rows = walk.branches(offsets, data, *table[:5])[:, 0]
    assert [texts[row] for row in rows] == held
    assert walk.branches(offsets[:1], data, *table[:5]).shape == (0, 2)
    many = pa.array(["free money"] * 1000)
    assert walk.branches(*folding.string_buffers(many), *table[:5])[:, 0].tolist() == list(range(1000))


def test_a_kept_table_is_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words.compiling, "kept", lambda name: tmp_path / name)
    own = SHIPPED.patterns[:5]
    made, again = words.kept_table(own), words.kept_table(own)
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])  # a full disk
    assert all(np.array_equal(a, b) for a, b in zip(made, words.kept_table(own), strict=True))


def test_most_patterns_are_passed_over() -> None:
    for one in LANGUAGES:
        own = tuple(p for p in SHIPPED.patterns if p.applies(one))
        assert len(words.kept_table(own).left) < 0.1 * len(own)
