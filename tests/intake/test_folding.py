"""Folding: disguises are undone, evidence points at the original, and the kernel equals the plain reference."""

import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.intake import characters, folding, kernels, plain

TABLE = characters.load("folded")
CASED = characters.load("cased")


def column(rows: list[bytes]) -> pa.Array:
    """A string column over any bytes, UTF-8 or not."""
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int32)
    return folding.string_column(offsets, np.frombuffer(b"".join(rows) or b"\0", np.uint8))


def by_kernel(rows: list[bytes], *, unmask: bool = True) -> list[list[plain.Mapped]]:
    """Folded characters and their offsets, as the kernel has them (offsets of each character's first byte)."""
    table = TABLE if unmask else CASED
    offsets, data, source = kernels.fold(*folding.string_buffers(column(rows)), *table.arrays, unmask, True)
    out = []
    for a, b in pairwise(offsets):
        text, places = data[a:b].tobytes().decode(), source[a:b].tolist()
        at, mapped = 0, []
        for character in text:
            mapped.append((character, places[at]))
            at += len(character.encode())
        out.append(mapped)
    return out


def by_reference(rows: list[bytes], *, unmask: bool = True) -> list[list[plain.Mapped]]:
    return [plain.fold(row, TABLE if unmask else CASED, unmask=unmask) for row in rows]


OBFUSCATIONS = st.text(alphabet="aeio bn.g-r*013457$@9_é\u0301\u200bаο🅰Ａ", max_size=40)
ANY_TEXT = st.text(max_size=60) | OBFUSCATIONS
ANY_BYTES = st.binary(max_size=40) | ANY_TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.lists(ANY_BYTES, max_size=30), st.booleans())
def test_the_kernel_folds_as_the_reference_does(rows: list[bytes], unmask: bool) -> None:
    assert by_kernel(rows, unmask=unmask) == by_reference(rows, unmask=unmask)


def test_every_plane_and_every_character_folds_as_the_reference_does() -> None:
    everything = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
    rows = ["".join(everything[i : i + 500]).encode() for i in range(0, len(everything), 500)]
    assert by_kernel(rows) == by_reference(rows)


@pytest.mark.skipif(
    unicodedata.unidata_version != characters.unicode_version(), reason="another Unicode than the table's"
)
def test_the_shipped_table_is_what_its_rules_make() -> None:
    for p in range(0, 0x30000):
        if not 0xD800 <= p < 0xE000:
            assert TABLE[chr(p)] == characters.folded_character(chr(p))
            assert CASED[chr(p)] == characters.cased_character(chr(p))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＦＵＬＬ width", "full width"),
        ("сору of Latin", "copy of latin"),  # Cyrillic с о р у
        ("Ηello", "hello"),  # Greek capital Eta
        ("in\u200bvis\u00adi\u202eble", "invisible"),
        ("e\u0301te\u0301", "ete"),
        ("n1c3 w0rd", "nice word"),
        ("b@d but me@example.org", "bad but me@example.org"),
        ("2022 and covid-19", "2022 and covid-19"),
        ("s p a m m y", "spammy"),
        ("s.p.a.m", "spam"),
        ("I a m not", "i a m not"),
        ("sooooo niiice", "so nice"),
        ("pusssshy", "pusshy"),
        ("kkk www", "kkk www"),
        ("« Œuvre » … ß", '" oeuvre " ... ss'),
        ("🅱🅰🅳 ⓑⓐⓓ", "bad bad"),
        ("a\tb\n\n c ", "a b c"),
        ("", ""),
    ],
)
def test_disguises_are_undone(written: str, read: str) -> None:
    assert folding.folded(pa.array([written])).to_pylist() == [read]


@pytest.mark.parametrize(
    ("text", "word", "shown"),
    [
        ("un c\u0301o\u0301n mot", "con", "c\u0301o\u0301n"),
        ("quel b.a.d.g.e ici", "badge", "b.a.d.g.e"),
        ("oh maaaarde alors", "marde", "maaaarde"),
        ("le сору ici", "copy", "сору"),
        ("😀 é\u200bté 😀", "ete", "é\u200bté"),
    ],
)
def test_a_hit_points_at_the_original(text: str, word: str, shown: str) -> None:
    folded = folding.FoldedText(text)
    start = folded.text.index(word.encode())
    first, last = folded.span(start, start + len(word))
    assert text[first:last] == shown


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=60), st.data())
def test_every_span_lies_inside_the_original(text: str, data: st.DataObject) -> None:
    folded = folding.FoldedText(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    first, last = folded.span(start, end)
    assert 0 <= first < last <= len(text)


def test_hostile_texts_take_linear_time_and_room() -> None:
    rows = [
        "\ufdfa" * 10_000,
        "a" + "\u0301" * 100_000,
        "a " * 50_000,
        "a@" * 50_000,
        "\u200b" * 100_000,
        "1a" * 50_000,
    ]
    folded = folding.folded(pa.array(rows)).to_pylist()
    assert len(folded[0].encode()) > 300_000  # one character of three bytes becomes up to 33
    assert folded[1] == "a"
    assert folded[4] == ""
    assert folded == ["".join(c for c, _ in plain.fold(row.encode(), TABLE, unmask=True)) for row in rows]


def test_a_slice_of_a_column_folds_like_its_rows() -> None:
    whole = pa.array(["un", "deux", "trois", "quatre"])
    assert folding.folded(whole.slice(1, 2)).to_pylist() == ["deux", "trois"]
    assert folding.folded(whole.slice(4)).to_pylist() == []
