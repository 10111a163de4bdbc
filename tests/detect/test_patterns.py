"""Every shipped pattern hits its sentence and leaves its near miss; both engines agree; what is not linear-time is refused."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect import patterns
from vigie.detect.detector import Post
from vigie.detect.patterns.pattern import Pattern, read_patterns
from vigie.detect.patterns.scan import Finder
from vigie.errors import Misconfigured
from vigie.intake import folding
from vigie.intake.prepared import prepared
from vigie.records.posts import POSTS

SHIPPED = patterns.shipped()

GOOD = """
signal = "spam_words"
language = "en"
[exceptions]
asked = ['\\bplease\\b']
[[pattern]]
regex = 'free money'
score = 0.8
why = "promise"
unless = ["asked"]
match = "Free money!"
near_miss = "Please no free money."
"""


def hits(pattern: Pattern, text: str) -> bool:
    return any(found is pattern for found, _ in SHIPPED.hits(Post(text, pattern.language)))


@pytest.mark.parametrize("pattern", SHIPPED.patterns, ids=lambda p: p.where.rsplit("/", 1)[-1])
def test_it_hits_its_sentence_and_leaves_its_near_miss(pattern: Pattern) -> None:
    assert hits(pattern, pattern.match), "does not hit its own sentence"
    assert not hits(pattern, pattern.near_miss), "hits its near miss"


def test_every_signal_has_both_languages() -> None:
    files = {path.name for path in patterns.SHIPPED.glob("*.toml")}
    signals = {name.split(".")[0] for name in files}
    assert len(signals) == 19
    assert files == {f"{signal}.{language}.toml" for signal in signals for language in ("en", "fr")}


def texts() -> list[str]:
    return [sentence for p in SHIPPED.patterns for sentence in (p.match, p.near_miss)]


def test_both_engines_find_the_same() -> None:
    subset = SHIPPED.patterns[::5]
    offsets, data = folding.string_buffers(folding.folded(pa.array(texts())))
    found = [
        {(row, p) for row, p in Finder(subset, engine).candidates(offsets, data) if _find(p, offsets, data, row)}
        for engine in ("hyperscan", "re2")
    ]
    assert found[0] == found[1]
    assert found[0]


def _find(pattern: Pattern, offsets: np.ndarray, data: np.ndarray, row: int) -> bool:
    return pattern.find(data[offsets[row] : offsets[row + 1]].tobytes()) is not None


def test_a_batch_says_what_its_posts_say_one_by_one() -> None:
    rows = [{"id": str(n), "text": text} for n, text in enumerate(texts()[::7])]
    batch = prepared(pa.RecordBatch.from_pylist(rows, schema=POSTS))
    together = SHIPPED.score(batch)
    for n in range(len(rows)):
        alone = SHIPPED.score(batch.slice(n, 1))
        assert {s: together[s][n] for s in together} == {s: alone[s][0] for s in alone}


def test_a_pattern_does_not_cross_two_posts(tmp_path: Path) -> None:
    found = _read(tmp_path, GOOD)
    finder = Finder(found)
    offsets, data = folding.string_buffers(pa.array(["so free", "money here", "free money"]))
    assert [row for row, p in finder.candidates(offsets, data) if _find(p, offsets, data, row)] == [2]


def test_words_have_edges(tmp_path: Path) -> None:
    (pattern,) = _read(tmp_path, GOOD)
    assert pattern.find(b"get free money!") == (4, 14)
    assert pattern.find(b"carefree money") is None
    assert pattern.find(b"free moneys") is None
    assert pattern.find("éfree money".encode()) == (
        2,
        12,
    )  # folded text has no accents: this is another script's letter
    assert pattern.find(b"free money please") is None


def _read(directory: Path, text: str, name: str = "spam_words.en.toml") -> tuple[Pattern, ...]:
    (directory / name).write_text(text)
    return read_patterns(directory)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("free money'", "free(?=money)'", r"spam_words\.en\.toml:6: no linear-time pattern"),
        ("free money'", "(a)\\1'", r"spam_words\.en\.toml:6: no linear-time pattern"),
        ("score = 0.8", "score = 1.8", r":6: score 1\.8 is outside"),
        ("regex = 'free money'", "", r":6: give either literal or regex"),
        ('unless = ["asked"]', 'unless = ["unasked"]', "no exception is called 'unasked'"),
        ("why = ", "whhy = ", "not a pattern file"),
        ('language = "en"', 'language = "fr"', r"call it spam_words\.fr\.toml"),
        ("signal = ", "signal =", None),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    text = GOOD.replace(old, new)
    if said is None:
        assert _read(tmp_path, text)
        return
    with pytest.raises(Misconfigured, match=said):
        list(Finder(_read(tmp_path, text)).candidates(np.array([0, 1], np.int32), np.frombuffer(b"a", np.uint8)))


@given(st.lists(st.text(max_size=40), max_size=20))
def test_any_text_is_read_by_both_engines(rows: list[str]) -> None:
    offsets, data = folding.string_buffers(folding.folded(pa.array(rows, pa.string())))
    assert set(_ENGINES[0].candidates(offsets, data)) >= set(_ENGINES[1].candidates(offsets, data))


_ENGINES = (Finder(SHIPPED.patterns[:20], "hyperscan"), Finder(SHIPPED.patterns[:20], "re2"))
