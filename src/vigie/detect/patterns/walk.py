"""The hot loop of the patterns, compiled: one walk over the words of each post. ``words`` makes its tables and says what they mean.

``hints`` is what it is held to: no match without its words.
"""

import numpy as np
from numba import njit

from vigie.detect.kernels import ONE, THREE, TWO, longest, shift_for
from vigie.detect.patterns import spelling
from vigie.detect.patterns.spelling import ROOT, SPREADING
from vigie.intake import compiling

FOUR = np.uint64(4)
LETTERS = np.array([spelling.LETTERS.index(letter) for letter in spelling.WRITTEN], np.uint8)  # of each byte


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _bits(x):  # type: ignore[no-untyped-def]
    """How many of 32 bits are set (source: Wilkes, Wheeler and Gill, 1957)."""
    x -= (x >> np.uint32(1)) & np.uint32(0x55555555)
    x = (x & np.uint32(0x33333333)) + ((x >> np.uint32(2)) & np.uint32(0x33333333))
    x = (x + (x >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return np.uint32(x * np.uint32(0x01010101)) >> np.uint32(24)


@njit(cache=compiling.KEPT, nogil=True)
def _beginnings(text, letters, begins):  # type: ignore[no-untyped-def]
    """Each byte as LETTERS has it, then blanks; and where words begin. Without a jump, which halves the time."""
    count = i = np.uint64(0)
    n = np.uint64(len(text))
    before = np.uint8(0)
    while i < n:
        letter = LETTERS[text[i]]
        letters[i] = letter
        begins[count] = i
        count += np.uint64((letter != 0) & (before == 0))
        before = letter
        i += ONE
    for _ in range(ROOT):
        letters[i] = 0
        i += ONE
    return count


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _root(letters, i):  # type: ignore[no-untyped-def]
    """The first letters of a word as a number, five bits each: those behind a blank are not read."""
    a, b, c, d, e = letters[i], letters[i + ONE], letters[i + TWO], letters[i + THREE], letters[i + FOUR]
    b_on = np.uint64(b != 0)
    c_on = b_on & np.uint64(c != 0)
    d_on = c_on & np.uint64(d != 0)
    number = (np.uint64(a) << np.uint64(20)) | (np.uint64(b) << np.uint64(15)) | (b_on * np.uint64(c) << np.uint64(10))
    return number | (c_on * np.uint64(d) << np.uint64(5)) | (d_on * np.uint64(e)), ONE + b_on + c_on + d_on


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _node(number, seen, roots):  # type: ignore[no-untyped-def]
    """The node of a root, or -1."""
    size = np.uint64(len(roots))
    at = number * np.uint64(SPREADING) >> shift_for(len(roots))
    if (seen[at >> np.uint64(6)] >> (at & np.uint64(63))) & ONE == 0:
        return np.int64(-1)
    while roots[at, 1] >= 0 and np.uint64(roots[at, 0]) != number:
        at = (at + ONE) & (size - ONE)
    return np.int64(roots[at, 1])


@njit(cache=compiling.KEPT, nogil=True)
def _twice(found):  # type: ignore[no-untyped-def]
    """The same rows with as many empty ones behind them."""
    longer = np.empty((2 * len(found), 2), np.int32)
    for i in range(len(found)):
        longer[i, 0] = found[i, 0]
        longer[i, 1] = found[i, 1]
    return longer


@njit(cache=compiling.KEPT, nogil=True)
def branches(offsets, data, seen, roots, nodes, places, counts):  # type: ignore[no-untyped-def]
    """The (row, branch of a pattern) pairs where a text holds the words of the branch in order; see ``patterns/words.py``."""
    letters = np.empty(longest(offsets) + ROOT, np.uint8)
    begins = np.empty(len(letters), np.int32)
    met = np.zeros(len(counts), np.int64)  # 8 x (row + 1) + how many places of the branch this row has met
    found = np.empty((len(counts) + 256, 2), np.int32)
    n = 0
    for row in range(len(offsets) - 1):
        base = np.int64(row + 1) * 8
        if n + len(counts) >= len(found):  # a row finds a branch once at most
            found = _twice(found)
        text = data[offsets[row] : offsets[row + 1]]
        for w in range(np.int64(_beginnings(text, letters, begins))):
            i = np.uint64(begins[w])
            number, more = _root(letters, i)
            node = _node(number, seen, roots)
            i += more
            while node >= 0:
                for e in range(nodes[node, 2], nodes[node, 3]):
                    branch = np.uint64(places[e] >> 3)
                    place = places[e] & 7
                    now = max(met[branch], base)
                    next_one = now == base + place
                    met[branch] = now + next_one
                    found[n, 0] = row
                    found[n, 1] = branch
                    n += next_one & (place + 1 == counts[branch])
                i += ONE
                bit = np.uint32(1) << np.uint32(letters[min(i, np.uint64(len(text)))])
                follow = nodes[node, 0]
                if follow & bit == 0:
                    break
                node = np.int64(nodes[node, 1]) + np.int64(_bits(follow & (bit - np.uint32(1))))
    return found[:n]
