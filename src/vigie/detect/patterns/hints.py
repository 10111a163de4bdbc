"""Words that every match of a pattern must hold, in order: what lets most posts be passed over without reading the pattern.

A pattern is split into branches, of which a match takes one. A branch has places where a word surely begins, each with
every beginning that the word, and what follows it, can have there. Beginnings are written in lower-case letters, 0 for any
digit, and blanks: a blank stands for any one other byte, or for the end of the text. Nothing here may be narrower than the
pattern; where it cannot be told what a pattern asks for, no place is given.
"""

import re
import re._constants as op
import re._parser as parser
from functools import reduce
from typing import Any

LETTERS = " 0abcdefghijklmnopqrstuvwxyz"
LONGEST = 9  # bytes of a beginning
MOST_SPELLINGS = 300  # of one place: beyond, shorter beginnings are taken
MOST_LETTERS = 12  # of one class: beyond, a beginning ends there
MOST_BRANCHES = 32

Items = list[tuple[Any, Any]]
Places = list[frozenset[str]]
#: What stands for each byte.
WRITTEN = "".join(c if c in LETTERS else "0" if c in "123456789" else " " for c in map(chr, range(256)))
_ONE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_CLASSES = {op.CATEGORY_DIGIT: b"0123456789", op.CATEGORY_SPACE: b" \t\n\r\f"}


class _Unsure(Exception):
    """It cannot be told what a match holds."""


class _TooMany(Exception):
    """More spellings than are worth keeping."""


def _class(members: Items) -> set[str] | None:
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


def _letters(kind: Any, value: Any) -> set[str] | None:
    """What one byte may be, or None if it may be nearly anything."""
    found = {WRITTEN[value]} if kind is op.LITERAL else _class(value) if kind is op.IN else None
    return found if found and len(found) <= MOST_LETTERS else None


class _Speller:
    """Beginnings that grow byte by byte. Blanks before the first letter are left out; ``done`` are those that grow no more."""

    def __init__(self, longest: int):
        self.longest = longest
        self.done: set[str] = set()

    def grow(self, items: Items, begun: set[str]) -> set[str]:
        """What beginnings become behind some items."""
        return reduce(lambda now, item: self._item(*item, now) if now else now, items, begun)

    def _item(self, kind: Any, value: Any, begun: set[str]) -> set[str]:
        if kind in _ONE:
            return self._byte(_letters(kind, value), begun)
        if kind is op.BRANCH:
            return set().union(*(self.grow(list(way), begun) for way in value[1]))
        if kind is op.SUBPATTERN and not value[1] and not value[2]:
            return self.grow(list(value[3]), begun)
        if kind in _REPEATS:
            return self._repeat(*value, begun)
        if kind is not op.AT:
            raise _Unsure
        if value is op.AT_BOUNDARY:  # behind a letter: something else follows, or nothing
            ended = {text for text in begun if text and text[-1] != " "}
            self.done |= {text + " " for text in ended}
            return begun - ended
        return begun

    def _byte(self, letters: set[str] | None, begun: set[str]) -> set[str]:
        if letters is None:
            self.done |= begun
            return set()
        grown = {(text + letter).lstrip() for text in begun for letter in letters}
        long = {text for text in grown if len(text) >= self.longest}
        self.done |= long
        if len(self.done) + len(grown) > MOST_SPELLINGS:
            raise _TooMany
        return grown - long

    def _repeat(self, least: int, most: int, items: Items, begun: set[str]) -> set[str]:
        out: set[str] = set()
        for time in range(most):
            if time >= least:
                if begun <= out:
                    return out
                out |= begun
            begun = self.grow(list(items), begun)
            if not begun:
                return out
        return out | begun


def _spellings(items: Items) -> frozenset[str]:
    """Every way in which the first word of some items can begin, as long as there are not too many; none if it is unsure."""
    for longest in range(LONGEST, 1, -1):
        speller = _Speller(longest)
        try:
            ended = speller.grow(items, {""})
        except _TooMany:
            continue
        found = speller.done | {text + " " if text else "" for text in ended}
        return frozenset() if "" in found else frozenset(found)
    return frozenset()


def _apart(before: bool, item: tuple[Any, Any]) -> bool:
    """Whether a word that begins behind an item is surely apart from what stands before it."""
    kind, value = item
    if kind in _ONE:
        return _letters(kind, value) == {" "}
    if kind is op.BRANCH:
        return all([reduce(_apart, way, before) for way in value[1]])
    if kind is op.SUBPATTERN:
        return reduce(_apart, value[3], before)
    if kind in _REPEATS:
        return reduce(_apart, value[2], before) and (before or value[0] > 0)
    return before or value is op.AT_BOUNDARY


def _flat(items: Any) -> Items:
    out: Items = []
    for kind, value in items:
        plain = kind is op.SUBPATTERN and not value[1] and not value[2]
        out += _flat(value[3]) if plain else [(kind, value)]
    return out


def _has_gap(items: Any) -> bool:
    return any(
        (kind in _ONE and _letters(kind, value) is None)
        or (kind is op.BRANCH and any(map(_has_gap, value[1])))
        or (kind is op.SUBPATTERN and _has_gap(value[3]))
        or (kind in _REPEATS and (value[1] > LONGEST or _has_gap(value[2])))
        for kind, value in items
    )


def _branches(items: Items) -> list[Items]:
    """The ways to match, where alternatives with gaps stand in ways of their own: their places would be lost else."""
    done, todo = [], [_flat(items)]
    while todo:
        way = todo.pop()
        for n, (kind, value) in enumerate(way):
            gaps = [list(one) for one in value[1] if _has_gap(one)] if kind is op.BRANCH else []
            rest = [one for one in value[1] if not _has_gap(one)] if gaps else []
            each = gaps + ([[(op.BRANCH, (None, rest))]] if rest else [])
            if len(each) > 1 and len(done) + len(todo) + len(each) <= MOST_BRANCHES:
                todo += [_flat(way[:n] + one + way[n + 1 :]) for one in each]
                break
        else:
            done.append(way)
    return done


def _places(way: Items) -> Places:
    found, apart = [], True
    for n, item in enumerate(way):
        # The word must begin within this item, so that no two places are one word.
        if apart and "" not in _Speller(1).grow([item], {""}):
            found.append(_spellings(way[n:]))
        apart = _apart(apart, item)
    return [place for place in found if place]


def places(body: str) -> list[Places]:
    """The branches of a pattern, each with its places in order; empty if a branch has none.

    >>> [[sorted(place) for place in branch] for branch in places(r"(?:the )?cats? .{0,9}\\bpurr")]
    [[['cat ', 'cats '], ['purr ']]]
    >>> places(r".+")
    []
    """
    if "[:" in body or "{," in body:  # not the same to re2 and to Python
        return []
    try:
        tree = parser.parse(body.encode().decode("latin1"))  # re2 reads bytes
        found = [_places(way) for way in _branches(list(tree))] if not tree.state.flags & re.IGNORECASE else [[]]
    except (re.error, _Unsure, _TooMany, OverflowError):
        return []
    return found if all(found) else []
