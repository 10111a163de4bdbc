"""Which posts hold, in order, the words that a pattern cannot do without: one walk over the words of a post for all patterns."""

import contextlib
import hashlib
import os
import re
import zipfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from vigie.detect.patterns import hints, spelling
from vigie.detect.patterns.pattern import Pattern
from vigie.intake import compiling, folding

MOST_PLACES = 3  # of one branch, the rarest; a kernel reads them as 3 bits
RARE = 40  # sentences: a further place that leaves no fewer is worth its while if it is found in so few
OFTEN = 0.02  # share of the patterns' own sentences: a branch whose words stand in more is no help


class Table(NamedTuple):
    """All beginnings as a tree, a row per node, children side by side; and what each beginning is a place of."""

    roots: np.ndarray  # int32: the node of each three letters, or -1
    #: int32, four a node: a bit per letter that may follow; the first child; where its places begin, and end, in ``places``
    nodes: np.ndarray
    places: np.ndarray  # int32: 8 x branch + place
    counts: np.ndarray  # int32: how many places a branch has
    owners: np.ndarray  # int32: the pattern of a branch
    left: np.ndarray  # int32: patterns for which there is no help


def _holders(patterns: tuple[Pattern, ...]) -> tuple[dict[str, int], int]:
    """For each beginning of a word, the sentences of the patterns that hold it, as bits; and how many sentences there are."""
    sentences = folding.folded(pa.array([s for p in patterns for s in (p.match, p.near_miss)], pa.string())).to_pylist()
    found: dict[str, int] = {}
    for n, sentence in enumerate(sentences):
        text = sentence.encode().decode("latin1").translate(dict(enumerate(spelling.WRITTEN))) + " "
        for word in re.finditer("[a-z0]+", text):
            for end in range(word.start() + 1, min(word.start() + spelling.LONGEST, len(text)) + 1):
                beginning = text[word.start() : end]
                found[beginning] = found.get(beginning, 0) | 1 << n
    return found, len(sentences)


def _rarest(places: hints.Places, holders: dict[str, int]) -> tuple[hints.Places, int]:
    """The places that few sentences hold together, in order; and how many do."""
    held = [_together(place, holders) for place in places]
    chosen: list[int] = []
    common = -1
    while len(chosen) < min(MOST_PLACES, len(places)):
        others = [n for n in range(len(places)) if n not in chosen]
        best = min(others, key=lambda n: ((common & held[n]).bit_count(), held[n].bit_count()))
        if common >= 0 and common & held[best] == common and held[best].bit_count() > RARE:
            break
        chosen.append(best)
        common &= held[best]
    return [places[n] for n in sorted(chosen)], common.bit_count()


def _together(place: frozenset[str], holders: dict[str, int]) -> int:
    held = 0
    for beginning in place:
        held |= holders.get(beginning, 0)
    return held


def _branches(patterns: tuple[Pattern, ...]) -> tuple[list[tuple[int, hints.Places]], list[int]]:
    holders, sentences = _holders(patterns)
    branches, left = [], []
    for number, pattern in enumerate(patterns):
        own = [_rarest(places, holders) for places in hints.places(pattern.body)]
        if own and max(often for _, often in own) <= max(3, OFTEN * sentences):
            branches += [(number, places) for places, _ in own]
        else:
            left.append(number)
    return branches, left


def _by_beginning(branches: list[tuple[int, hints.Places]]) -> dict[str, list[int]]:
    """What each beginning is a place of; those of fewer than three letters with every letter that may follow."""
    found: dict[str, list[int]] = {}
    for number, (_, places) in enumerate(branches):
        for n, place in enumerate(places):
            for beginning in {
                b + "".join(more) for b in place for more in product(spelling.LETTERS, repeat=max(0, 3 - len(b)))
            }:
                found.setdefault(beginning, []).append(8 * number + n)
    return found


def table(patterns: tuple[Pattern, ...]) -> Table:
    """What a kernel needs to know of some patterns."""
    branches, left = _branches(patterns)
    places = _by_beginning(branches)
    texts = sorted({text[:k] for text in places for k in range(3, len(text) + 1)}, key=lambda text: (len(text), text))
    numbers = {text: n for n, text in enumerate(texts)}
    roots = [numbers.get("".join(three), -1) for three in product(spelling.LETTERS, repeat=3)]
    children, first = [0] * len(texts), [0] * len(texts)
    for n, text in enumerate(texts):
        if len(text) > 3:
            parent = numbers[text[:-1]]
            first[parent] = first[parent] or n
            children[parent] |= 1 << spelling.LETTERS.index(text[-1])
    ends = np.cumsum([0, *(len(places.get(text, ())) for text in texts)])
    return Table(
        np.array(roots, np.int32),
        np.array([children, first, ends[:-1], ends[1:]], np.int32).T.copy(),
        np.array([place for text in texts for place in places.get(text, ())], np.int32),
        np.array([len(places) for _, places in branches], np.int32),
        np.array([number for number, _ in branches], np.int32),
        np.array(left, np.int32),
    )


def _kept(place: Path) -> Table | None:
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Table(*(arrays[name] for name in Table._fields))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def kept_table(patterns: tuple[Pattern, ...]) -> Table:
    """The table that an earlier start made of the same patterns with the same code, else a new one; refuses what is not linear."""
    code = [Path(file).read_text() for file in (__file__, hints.__file__, spelling.__file__)]
    content = "\n".join([*code, *(f"{p.body}\n{p.match}\n{p.near_miss}" for p in patterns)])
    place = compiling.kept(f"words-{hashlib.sha256(content.encode()).hexdigest()[:16]}.npz")
    found = _kept(place) if place else None
    if found is not None:
        return found
    for pattern in patterns:
        pattern.check()
    made = table(patterns)
    if place is not None:
        new = place.with_name(f"{place.name}.{os.getpid()}")
        with (
            contextlib.suppress(OSError),
            new.open("wb") as file,
        ):  # a full disk costs seconds at the next start, no more
            np.savez(file, **made._asdict())
            new.replace(place)
    return made
