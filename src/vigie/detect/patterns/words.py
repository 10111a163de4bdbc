"""Which posts hold, in order, the words that a pattern cannot do without: one walk over the words of a post for all patterns."""

import contextlib
import hashlib
import os
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from vigie.detect.patterns import hints, spelling
from vigie.detect.patterns.pattern import Pattern
from vigie.intake import compiling, folding

SPREAD = 8  # slots for each root, at least
MOST_PLACES = 3  # of one branch, the rarest; a kernel reads them as 3 bits
RARE = 40  # sentences: a further place that leaves no fewer is worth its while if it is found in so few
OFTEN = 0.02  # share of the patterns' own sentences: a branch whose words stand in more is no help


class Table(NamedTuple):
    """All beginnings as trees, a row per node, children side by side; and what each beginning is a place of.

    A tree begins with a root: ROOT letters, or fewer that end with a blank.
    """

    seen: np.ndarray  # uint64: a bit for the slot of each root, small enough to stay near the processor
    roots: np.ndarray  # int32, two a slot: the root as a number, and its node or -1; a taken slot sends to the next
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
        plain = [[place for place in places if _is_plain(place)] for places in hints.places(pattern.body)]
        own = [_rarest(places, holders) for places in plain if places]
        if own and len(own) == len(plain) and max(often for _, often in own) <= max(3, OFTEN * sentences):
            branches += [(number, places) for places, _ in own]
        else:
            left.append(number)
    return branches, left


def _is_plain(place: frozenset[str]) -> bool:
    """Whether it is told soon enough that a word may stand there: after its root, or one letter short of it."""
    return all(" " in beginning or len(beginning) >= spelling.ROOT - 1 for beginning in place)


def _rooted(beginning: str) -> list[str]:
    """A beginning that has a root, or itself with every letter that may follow.

    >>> _rooted("lgbt")[:2], _rooted("gay ")
    (['lgbt ', 'lgbt0'], ['gay '])
    """
    if len(beginning) >= spelling.ROOT or " " in beginning:
        return [beginning]
    return [beginning + letter for letter in spelling.LETTERS]


def _root(beginning: str) -> str:
    return beginning[: (beginning.find(" ", 0, spelling.ROOT) + 1) or spelling.ROOT]


def _by_beginning(branches: list[tuple[int, hints.Places]]) -> dict[str, list[int]]:
    """What each beginning is a place of."""
    found: dict[str, list[int]] = {}
    for number, (_, places) in enumerate(branches):
        for n, place in enumerate(places):
            for beginning in {longer for one in place for longer in _rooted(one)}:
                found.setdefault(beginning, []).append(8 * number + n)
    return found


def _slots(roots: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """The two tables that find the node of a root."""
    bits = max(6, (SPREAD * len(roots)).bit_length())
    seen, slots = np.zeros(1 << bits >> 6, np.uint64), np.full((1 << bits, 2), -1, np.int32)
    for root, node in roots.items():
        number = sum(spelling.LETTERS.index(letter) << 5 * (spelling.ROOT - 1 - n) for n, letter in enumerate(root))
        at = number * spelling.SPREADING % 2**64 >> 64 - bits
        seen[at >> 6] |= np.uint64(1 << at % 64)
        while slots[at, 1] >= 0:
            at = (at + 1) % len(slots)
        slots[at] = number, node
    return seen, slots


def table(patterns: tuple[Pattern, ...]) -> Table:
    """What a kernel needs to know of some patterns."""
    branches, left = _branches(patterns)
    places = _by_beginning(branches)
    texts = sorted(
        {text[:k] for text in places for k in range(len(_root(text)), len(text) + 1)},
        key=lambda text: (len(text), text),
    )
    numbers = {text: n for n, text in enumerate(texts)}
    children, first = [0] * len(texts), [0] * len(texts)
    roots: dict[str, int] = {}
    for n, text in enumerate(texts):
        parent = numbers.get(text[:-1])
        if parent is None:
            roots[text] = n
        else:
            first[parent] = first[parent] or n
            children[parent] |= 1 << spelling.LETTERS.index(text[-1])
    ends = np.cumsum([0, *(len(places.get(text, ())) for text in texts)])
    return Table(
        *_slots(roots),
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
