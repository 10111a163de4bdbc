"""The hot loop of language identification, compiled. ``language`` says what it means."""

import numpy as np
from numba import njit

from vigie.intake import compiling
from vigie.intake.kernels import ONE, SPACE, decode

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ENOUGH_CHARACTERS = 80  # that tell a language; twice as many penalties of a byte fit into 16 bits
LANES = np.uint64(0x00FF00FF00FF00FF)
ASCII_LETTER = np.full(128, SPACE, np.uint64)  # what a language is told by: a letter in lower case, else a blank
ASCII_LETTER[97:123] = ASCII_LETTER[65:91] = np.arange(97, 123)


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _mix(h):  # type: ignore[no-untyped-def]
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    return h ^ (h >> np.uint64(32))


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_name_or_link(data, i, end):  # type: ignore[no-untyped-def]
    """Whether the word at i is a mention or a web address, which say nothing of the language."""
    if data[i] == 64:
        return True
    if i + np.uint64(4) >= end or data[i] != 104:
        return False
    return data[i + ONE] == 116 and data[i + np.uint64(2)] == 116 and data[i + np.uint64(3)] == 112


@njit(cache=compiling.KEPT, nogil=True)
def _cased(data, i, end, start, length, pool, out):  # type: ignore[no-untyped-def]
    """The lower-case characters of one character beyond ASCII: how many, and the bytes read."""
    point, size = decode(data, i, end)
    if point < 0:
        return 0, size
    s = start[point]
    if s < 0:
        out[0] = point
        return 1, size
    n = 0
    at = s
    stop = s + length[point]
    while at < stop:
        out[n], step = decode(pool, at, stop)
        at += step
        n += 1
    return n, size


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _grams(two, one, c, mask, penalties, lanes):  # type: ignore[no-untyped-def]
    """Adds the penalties of the pair and of the triple that end with a character: sixteen bytes each, in 16-bit lanes."""
    pair = (one << np.uint64(21)) | c
    b = _mix(pair * GOLDEN + np.uint64(1)) & mask
    t = _mix(((two << np.uint64(42)) | pair) * GOLDEN + np.uint64(2)) & mask
    p0, p1, t0, t1 = penalties[b, 0], penalties[b, 1], penalties[t, 0], penalties[t, 1]
    return (
        lanes[0] + (p0 & LANES) + (t0 & LANES),
        lanes[1] + ((p0 >> np.uint64(8)) & LANES) + ((t0 >> np.uint64(8)) & LANES),
        lanes[2] + (p1 & LANES) + (t1 & LANES),
        lanes[3] + ((p1 >> np.uint64(8)) & LANES) + ((t1 >> np.uint64(8)) & LANES),
    )


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_script(point):  # type: ignore[no-untyped-def]
    """Whether a lower-case character is a letter that tells a language."""
    return 97 <= point <= 122 or 0xC0 <= point < 0x2000


@njit(cache=compiling.KEPT, nogil=True)
def language_penalties(offsets, data, start, length, pool, penalties):  # type: ignore[no-untyped-def]
    """How unlike each language a text is, and the letters read: (rows x 16 int32, letters int32).

    ``penalties`` uint64 [2^k, 2] holds a byte per language for each n-gram; the tables say what lower case is. At most
    ENOUGH_CHARACTERS are read, so that no 16-bit lane overflows.
    """
    rows = len(offsets) - 1
    mask = np.uint64(penalties.shape[0] - 1)
    sums = np.zeros((rows, 16), np.int32)
    letters = np.zeros(rows, np.int32)
    lower = np.zeros(256, np.int32)
    space = np.uint64(SPACE)
    for row in range(rows):
        i, end = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        one = two = space  # the last character and the one before
        lanes = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
        read = count = 0
        while i < end and count < ENOUGH_CHARACTERS:
            b = data[i]
            if one == space and (b == 64 or b == 104) and _is_name_or_link(data, i, end):
                while i < end and data[i] != SPACE and data[i] != 10:
                    i += ONE
                continue
            if b < 128:
                i += ONE
                c = ASCII_LETTER[b]
                if (c != space) | (one != space):
                    read += c != space
                    count += 1
                    lanes = _grams(two, one, c, mask, penalties, lanes)
                    two = one
                    one = c
                continue
            n, size = _cased(data, np.int64(i), np.int64(end), start, length, pool, lower)
            i += np.uint64(size)
            for k in range(n):
                is_letter = _is_script(lower[k])
                c = np.uint64(lower[k]) if is_letter else space
                if (c != space or one != space) and count < ENOUGH_CHARACTERS:
                    read += is_letter
                    count += 1
                    lanes = _grams(two, one, c, mask, penalties, lanes)
                    two = one
                    one = c
        if one != space:  # the last word's end
            lanes = _grams(two, one, space, mask, penalties, lanes)
        for k in range(4):
            for half in range(2):
                for lane in range(2):
                    at = np.uint64(16 * k)
                    sums[row, 8 * half + 2 * k + lane] = np.int32((lanes[2 * half + lane] >> at) & np.uint64(0xFFFF))
        letters[row] = read
    return sums, letters
