"""Invented words are nobody's: each is known to a pattern of the demo, and to nothing else."""

import tomllib

import pyarrow as pa
import pytest

from vigie.demo.history import LANGUAGES, Language
from vigie.demo.judging import PATTERNS
from vigie.demo.phrases import PHRASES, french
from vigie.detect import lexicon, patterns
from vigie.detect.patterns.pattern import read_patterns
from vigie.intake import folding

SHIPPED = "\n".join(
    path.read_text().lower()
    for room in (patterns.SHIPPED, patterns.SHIPPED.parent / "lexicon")
    for path in room.glob("*.toml")
)


def words(language: Language) -> list[str]:
    content = tomllib.loads((PHRASES / f"{language}.toml").read_text())
    return [word for area in content["words"].values() for word in area]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_invented_word_is_in_a_pattern_of_its_language(language: Language) -> None:
    bodies = " ".join(p.body for p in read_patterns(PATTERNS) if p.language == language)
    assert words(language)
    assert [word for word in words(language) if word.removesuffix("s") not in bodies] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_invented_word_is_known_to_what_ships(language: Language) -> None:
    assert lexicon.__file__
    assert [word for word in words(language) if word.removesuffix("s") in SHIPPED] == []
    assert folding.folded(pa.array(words(language))).to_pylist() == words(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_that_a_line_names_exists(language: Language) -> None:
    content = tomllib.loads((PHRASES / f"{language}.toml").read_text())
    text = (PHRASES / f"{language}.toml").read_text()
    unused = [name for name in content["parts"] if f"{{{name}}}" not in text]
    assert unused == []


def test_a_web_address_keeps_its_colon() -> None:
    assert french("ici : https://a.example/b ?") == "ici\u00a0: https://a.example/b\u202f?"
