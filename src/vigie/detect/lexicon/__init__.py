"""The bilingual lexicon: words and phrases of French and English mapped to the concepts that hate and its refusal speak of.

The lists are ``<language>.toml`` beside this file, made for a linguist to edit; ``concepts.toml`` says what each concept is.
"""

import hashlib
import tomllib
from functools import cache
from importlib import resources

import msgspec
import numpy as np
import pyarrow as pa

from vigie.errors import Misconfigured
from vigie.intake import folding

LANGUAGES = ("en", "fr")
NO_CONCEPT = 255
MORE = 1 << 16


class Lexicon(msgspec.Struct, frozen=True):
    """Every phrase of all languages as one table that the kernel looks phrases up in.

    ``keys`` uint64 are phrase hashes (0 is empty), ``values`` int32 hold one or two concepts and
    whether longer phrases begin so (see ``Phrase``).
    """

    concepts: tuple[str, ...]
    keys: np.ndarray
    values: np.ndarray
    entries: dict[str, int]

    def number(self, concept: str) -> int:
        """The number of a concept."""
        return self.concepts.index(concept)


def concept_names() -> tuple[str, ...]:
    """Every concept, in the order of ``concepts.toml``.

    >>> "negation" in concept_names()
    True
    """
    sections = tomllib.loads((resources.files(__name__) / "concepts.toml").read_text())
    return tuple(name for section in sections.values() for name in section)


def content_hash() -> str:
    """What the files of the lexicon are: a model is good for the lexicon that it was trained with."""
    files = [(resources.files(__name__) / f"{name}.toml").read_bytes() for name in ("concepts", *LANGUAGES)]
    return hashlib.sha256(b"\0".join(files)).hexdigest()[:16]


def forms(language: str) -> dict[str, list[str]]:
    """The words and phrases of a language by concept, as the linguist wrote them."""
    listed: dict[str, list[str]] = tomllib.loads((resources.files(__name__) / f"{language}.toml").read_text())[
        "concepts"
    ]
    unknown = sorted(listed.keys() - set(concept_names()))
    if unknown:
        raise Misconfigured(f"detect/lexicon/{language}.toml: no such concept: {', '.join(unknown)}; see concepts.toml")
    return listed


class Phrase(msgspec.Struct):
    """The one or two concepts of a phrase, and whether longer phrases begin with it."""

    concepts: list[int] = []
    more: bool = False

    @property
    def value(self) -> int:
        """As the kernel reads it."""
        first, second = (*self.concepts, NO_CONCEPT, NO_CONCEPT)[:2]
        return first + 256 * second + (MORE if self.more else 0)


def phrases(pairs: list[tuple[str, int]]) -> dict[int, Phrase]:
    """Forms and their concepts by phrase hash, and the beginnings of longer ones."""
    from vigie.detect import kernels

    found: dict[int, Phrase] = {}
    folded = folding.folded(pa.array([form for form, _ in pairs], pa.string()))
    hashes, counts = kernels.phrases(*folding.string_buffers(folded))
    for row, words, (_, concept) in zip(hashes.tolist(), counts.tolist(), pairs, strict=True):
        for beginning in row[: max(words - 1, 0)]:
            found.setdefault(beginning, Phrase()).more = True
        if words:
            known = found.setdefault(row[words - 1], Phrase()).concepts
            if concept not in known and len(known) < 2:
                known.append(concept)
    return found


def table(found: dict[int, Phrase]) -> tuple[np.ndarray, np.ndarray]:
    """Keys and values of an open-addressing table, at most half full."""
    size = 1 << (2 * len(found) + 1).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    for phrase, entry in found.items():
        at = phrase & (size - 1)
        while keys[at]:
            at = (at + 1) & (size - 1)
        keys[at] = phrase
        values[at] = entry.value
    return keys, values


@cache
def load() -> Lexicon:
    """The lexicon as shipped."""
    names = concept_names()
    by_language = {
        language: [(form, names.index(concept)) for concept, listed in forms(language).items() for form in listed]
        for language in LANGUAGES
    }
    entries = {
        language: sum(bool(p.concepts) for p in phrases(pairs).values()) for language, pairs in by_language.items()
    }
    every = phrases([pair for pairs in by_language.values() for pair in pairs])
    return Lexicon(names, *table(every), entries)
