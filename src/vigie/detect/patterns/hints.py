"""Words that every match of a pattern must hold, in order: what lets most posts be passed over without reading the pattern.

A pattern is split into branches, of which a match takes one. A branch has places where a word surely begins, each with
every beginning that the word, and what follows it, can have there. Nothing here may be narrower than the pattern; where
it cannot be told what a pattern asks for, no place is given.
"""

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from functools import reduce
from typing import Any

from vigie.detect.patterns import spelling
from vigie.detect.patterns.spelling import Items

MOST_BRANCHES = 32

Places = list[frozenset[str]]


def _apart(before: bool, item: tuple[Any, Any]) -> bool:
    """Whether a word that begins behind an item is surely apart from what stands before it."""
    kind, value = item
    if kind in spelling.ONE:
        return spelling.letters(kind, value) == {" "}
    if kind is op.BRANCH:
        return all(reduce(_apart, way, before) for way in value[1])
    if kind is op.SUBPATTERN:
        return reduce(_apart, value[3], before)
    if kind in spelling.REPEATS:
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
        (kind in spelling.ONE and spelling.letters(kind, value) is None)
        or (kind is op.BRANCH and any(map(_has_gap, value[1])))
        or (kind is op.SUBPATTERN and _has_gap(value[3]))
        or (kind in spelling.REPEATS and (value[1] > spelling.LONGEST or _has_gap(value[2])))
        for kind, value in items
    )


def _branches(items: Items) -> list[Items]:
    """The ways to match, where alternatives with gaps stand in ways of their own: their places would be lost else."""
    done: list[Items] = []
    todo = [_flat(items)]
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
        if apart and "" not in spelling.Speller(1).grow([item], {""}):
            found.append(spelling.spellings(way[n:]))
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
    except (re.error, spelling.Unsure, OverflowError):
        return []
    return found if all(found) else []
