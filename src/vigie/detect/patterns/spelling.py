"""How words may begin where a piece of a pattern matches.

Beginnings are written in lower-case letters, 0 for any digit, and blanks: a blank stands for any one other byte, or for
the end of the text. Nothing here may be narrower than the pattern.
"""

import re._constants as op  # type: ignore[import-not-found]
from functools import cache, reduce
from typing import Any

LETTERS = " 0abcdefghijklmnopqrstuvwxyz"
LONGEST = 12  # bytes of a beginning
ROOT = 5  # letters of a word that tell where to look for it
SPREADING = 0x9E3779B97F4A7C15  # an odd number: the highest bits of its product with a root are the root's slot
MOST_SPELLINGS = 600  # of one place: beyond, shorter beginnings are taken
MOST_LETTERS = 12  # of one class: beyond, a beginning ends there

Items = list[tuple[Any, Any]]
#: What stands for each byte.
WRITTEN = "".join(c if c in LETTERS else "0" if c in "123456789" else " " for c in map(chr, range(256)))
_LITERALS = [{letter} for letter in WRITTEN]
ONE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_CLASSES = {op.CATEGORY_DIGIT: b"0123456789", op.CATEGORY_SPACE: b" \t\n\r\f"}


class Unsure(Exception):
    """It cannot be told what a match holds."""


class _TooMany(Exception):
    """More spellings than are worth keeping."""


@cache
def _class(members: tuple[tuple[Any, Any], ...]) -> set[str] | None:
    found: set[int] = set()
    for kind, value in members:
        if kind is op.LITERAL:
            found.add(value)
        elif kind is op.RANGE:
            found.update(range(value[0], value[1] + 1))
        elif kind is op.CATEGORY and value in _CLASSES:
            found.update(_CLASSES[value])
        elif kind is not op.NEGATE:
            return None
    negated = any(kind is op.NEGATE for kind, _ in members)
    return {WRITTEN[byte] for byte in range(256) if (byte in found) is not negated}


def letters(kind: Any, value: Any) -> set[str] | None:
    """What one byte may be, or None if it may be nearly anything."""
    if kind is op.LITERAL:
        return set(_LITERALS[value])
    found = _class(tuple(value)) if kind is op.IN else None
    return found if found and len(found) <= MOST_LETTERS else None


class Speller:
    """Beginnings that grow byte by byte. Blanks before the first letter are left out; ``done`` are those that grow no more."""

    def __init__(self, longest: int):
        self.longest = longest
        self.done: set[str] = set()

    def grow(self, items: Items, begun: set[str]) -> set[str]:
        """What beginnings become behind some items."""
        return reduce(lambda now, item: self._item(item, now) if now else now, items, begun)

    def _item(self, item: tuple[Any, Any], begun: set[str]) -> set[str]:
        kind, value = item
        if kind in ONE:
            return self._byte(letters(kind, value), begun)
        if kind is op.BRANCH:
            return set().union(*(self.grow(list(way), begun) for way in value[1]))
        if kind is op.SUBPATTERN and not value[1] and not value[2]:
            return self.grow(list(value[3]), begun)
        if kind in REPEATS:
            least, most, items = value
            return self._repeat(least, most, list(items), begun)
        if kind is not op.AT:
            raise Unsure
        if value is op.AT_BOUNDARY:  # behind a letter: something else follows, or nothing
            ended = {text for text in begun if text and text[-1] != " "}
            self.done |= {text + " " for text in ended}
            return begun - ended
        return begun

    def _byte(self, letters: set[str] | None, begun: set[str]) -> set[str]:
        if letters is None:
            self.done |= begun
            return set()
        grown = {text + letter for text in begun for letter in letters}
        if " " in letters:
            grown = {text.lstrip() for text in grown}
        long = {text for text in grown if len(text) >= self.longest}
        self.done |= long
        if len(self.done) + len(grown) > MOST_SPELLINGS:
            raise _TooMany
        return grown - long

    def _repeat(self, least: int, most: int, items: Items, begun: set[str]) -> set[str]:
        out: set[str] = set()
        for time in range(most):
            if time >= least and begun <= out:
                break
            if time >= least:
                out |= begun
            begun = self.grow(items, begun)
            if not begun:
                break
        return (out | begun) - self.done


def spellings(items: Items) -> frozenset[str]:
    """Every way in which the first word of some items can begin, as long as there are not too many; none if it is unsure."""
    for longest in range(LONGEST, 1, -1):
        speller = Speller(longest)
        try:
            ended = speller.grow(items, {""})
        except _TooMany:
            continue
        found = speller.done | {text + " " if text else "" for text in ended}
        # A beginning that stands under a shorter one adds nothing; one of no letters stands under none, and tells nothing.
        return frozenset(
            text for text in found if not any(text[:k] in found for k in range(len(text))) and "" not in found
        )
    return frozenset()
