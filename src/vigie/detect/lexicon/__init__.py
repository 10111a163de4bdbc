"""The bilingual lexicon: words and phrases of French and English mapped to the concepts that hate and its refusal speak of.

The lists are ``<language>.toml`` beside this file, made for a linguist to edit; ``concepts.toml`` says what each concept is.
"""

import tomllib
from functools import cache
from importlib import resources

import msgspec
import numpy as np
import pyarrow as pa

from vigie.errors import Misconfigured
from vigie.intake import folding

LANGUAGES = ("en", "fr")
NO_SECOND = 255


class Lexicon(msgspec.Struct, frozen=True):
    """Every phrase of all languages as one table that the kernel looks phrases up in.

    ``keys`` uint64 are phrase hashes (0 is empty), ``values`` int32 hold one or two concepts (first + 256 x second).
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


def forms(language: str) -> dict[str, list[str]]:
    """The words and phrases of a language by concept, as the linguist wrote them."""
    listed: dict[str, list[str]] = tomllib.loads((resources.files(__name__) / f"{language}.toml").read_text())["concepts"]
    unknown = sorted(listed.keys() - set(concept_names()))
    if unknown:
        raise Misconfigured(f"detect/lexicon/{language}.toml: no such concept: {', '.join(unknown)}; see concepts.toml")
    return listed


def _by_phrase(names: tuple[str, ...]) -> tuple[dict[int, list[int]], dict[str, int]]:
    from vigie.detect import kernels

    found: dict[int, list[int]] = {}
    entries = {}
    for language in LANGUAGES:
        pairs = [(form, names.index(concept)) for concept, listed in forms(language).items() for form in listed]
        folded = folding.folded(pa.array([form for form, _ in pairs], pa.string()))
        hashes = kernels.phrases(*folding.string_buffers(folded)).tolist()
        entries[language] = len(set(hashes) - {0})
        for phrase, (_, concept) in zip(hashes, pairs, strict=True):
            known = found.setdefault(phrase, [])
            if phrase and concept not in known and len(known) < 2:
                known.append(concept)
    found.pop(0, None)
    return found, entries


def table(found: dict[int, list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Keys and values of an open-addressing table, at most half full, from phrase hashes to one or two concepts."""
    size = 1 << (2 * len(found) + 1).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    for phrase, concepts in found.items():
        at = phrase & (size - 1)
        while keys[at]:
            at = (at + 1) & (size - 1)
        keys[at] = phrase
        values[at] = concepts[0] + 256 * (concepts[1] if len(concepts) > 1 else NO_SECOND)
    return keys, values


@cache
def load() -> Lexicon:
    """The lexicon as shipped."""
    names = concept_names()
    found, entries = _by_phrase(names)
    return Lexicon(names, *table(found), entries)
