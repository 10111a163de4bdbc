"""The hot loops of intake, compiled. ``folding`` and ``prepared`` say what they mean; ``plain`` is the reference.

Every kernel takes an Arrow string column as (offsets int32, data uint8) and is safe on bytes that are not UTF-8.
"""

import numpy as np
from numba import njit

from vigie.intake import compiling

SPACE = 32
LEET_RUN = 3  # digits and signs in a row that may stand for letters
SLOW = 255  # no ASCII byte becomes one ASCII byte here: the tables say more
LETTER, LEET_SIGN, OTHER = np.uint8(1), np.uint8(2), np.uint8(4)
KIND = np.full(256, OTHER)  # of a folded byte, as bits: a letter, a digit or sign that may stand for one, neither
KIND[97:123] = LETTER
KIND[48:58] = LEET_SIGN
KIND[[36, 64]] = LEET_SIGN | OTHER
SPACED, LEET = np.uint8(1), np.uint8(2)  # disguises, as bits; 4: a letter three times in a row
EDGE = 8  # bytes before and after a block, so that whoever looks at a byte's neighbours finds some
ONE = np.uint64(1)
MAIL_SCAN = 64  # how far to look for the dot that makes an @ part of an address


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def decode(data, i, end):  # type: ignore[no-untyped-def]
    """Code point and length at i; an invalid byte gives (-1, 1): it is dropped."""
    b = np.int32(data[i])
    if b < 0x80:
        return b, 1
    if b < 0xC2 or b > 0xF4:
        return np.int32(-1), 1
    size = 2 if b < 0xE0 else (3 if b < 0xF0 else 4)
    if i + size > end:
        return np.int32(-1), 1
    point = b & (0x7F >> size)
    for k in range(1, size):
        c = np.int32(data[i + k])
        if c & 0xC0 != 0x80:
            return np.int32(-1), 1
        point = (point << 6) | (c & 0x3F)
    low = 0x80 if size == 2 else (0x800 if size == 3 else 0x10000)
    if point < low or point > 0x10FFFF or 0xD800 <= point < 0xE000:
        return np.int32(-1), 1
    return point, size


@njit(cache=compiling.KEPT, nogil=True)
def _plain_bytes(start, length, pool):  # type: ignore[no-untyped-def]
    """What each ASCII byte becomes where that is one ASCII byte, else SLOW."""
    out = np.empty(256, np.uint8)
    for b in range(256):
        s = start[b] if b < 128 else np.int32(0)
        if b >= 128 or (s >= 0 and (length[b] != 1 or pool[s] >= 128)):
            out[b] = SLOW
        else:
            out[b] = b if s < 0 else pool[s]
    return out


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _substitute(data, begin, end, rules, out, at, source):  # type: ignore[no-untyped-def]
    """Characters to what they are compared as, from ``out[at]`` on; white space to single spaces. Returns where it ends.

    ``source`` gets for each byte where it stood in the text, unless it is empty. Unsigned numbers spare a test for negative ones.
    """
    plain, start, length, pool = rules
    kept = len(source) > 0
    n, i = at, begin
    last = np.uint8(SPACE)  # no text begins with a space
    while i < end:
        b = plain[data[i]]
        if b != SLOW:
            if kept:
                source[n] = i - begin
            out[n] = b
            n += np.uint64((b != SPACE) | (last != SPACE))
            last = b
            i += ONE
            continue
        point, size = decode(data, np.int64(i), np.int64(end))
        if point >= 0:
            s = start[point]
            for k in range(size if s < 0 else length[point]):
                b = data[i + np.uint64(k)] if s < 0 else pool[s + k]
                if b == SPACE and last == SPACE:
                    continue
                if kept:
                    source[n] = i - begin
                out[n] = b
                n += ONE
                last = b
        i += np.uint64(size)
    return n - np.uint64((n > at) & (last == SPACE))


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_letter(b):  # type: ignore[no-untyped-def]
    return 97 <= b <= 122


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_alnum(b):  # type: ignore[no-untyped-def]
    return 97 <= b <= 122 or 48 <= b <= 57


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_separator(b):  # type: ignore[no-untyped-def]
    return b == 32 or b == 46 or b == 45 or b == 95 or b == 42 or b == 47 or b == 44 or b == 124 or b == 126


@njit(cache=compiling.KEPT, nogil=True)
def _spaced_out(text, i, n):  # type: ignore[no-untyped-def]
    """Where a word of spaced-out letters that begins at i ends, or i when there is none: four or more by spaces, three by signs."""
    if not _is_letter(text[i]) or (i > 0 and _is_alnum(text[i - 1])) or i + 1 >= n:
        return i
    separator = text[i + 1]
    if not _is_separator(separator):
        return i
    letters = 1
    j = i
    while (
        j + 2 < n
        and text[j + 1] == separator
        and _is_letter(text[j + 2])
        and (j + 3 >= n or not _is_alnum(text[j + 3]))
    ):
        j += 2
        letters += 1
    needed = 4 if separator == SPACE else 3
    return j + 1 if letters >= needed else i


@njit(cache=compiling.KEPT, nogil=True)
def _leet(text, i, n):  # type: ignore[no-untyped-def]
    """The letter that a digit or sign at i stands for, or 0."""
    b = text[i]
    if b == 48:
        return 111
    if b == 49:
        return 105
    if b == 51:
        return 101
    if b == 52:
        return 97
    if b == 53 or b == 36:
        return 115
    if b == 55:
        return 116
    if b == 57:
        return 103
    if b == 64:
        j = i + 1
        while j < n and j - i < MAIL_SCAN and (_is_alnum(text[j]) or text[j] == 45):
            j += 1
        if j + 1 < n and text[j] == 46 and _is_letter(text[j + 1]):
            return 0  # an e-mail address
        return 97
    return 0


@njit(cache=compiling.KEPT, nogil=True)
def _disguises(text):  # type: ignore[no-untyped-def]
    """For each byte of a block with EDGE bytes around it, which disguises may begin there, as bits. Most texts hold none.

    Without a jump, and each byte by itself, so that the processor looks at 32 of them at once.
    """
    found = np.zeros(len(text), np.uint8)
    kind = np.empty(len(text), np.uint8)
    for i in range(len(text)):
        kind[i] = KIND[text[i]]
    for i in range(EDGE, len(text) - EDGE):
        k0, k1, k2, k3, k4, k5 = kind[i], kind[i + 1], kind[i + 2], kind[i + 3], kind[i + 4], kind[i + 5]
        alone = k0 & (kind[i - 1] >> 2) & (k1 >> 2) & k2 & (k3 >> 2) & k4 & (k5 >> 2) & LETTER
        signs = k0 & (k1 >> 1) & (k2 | ((k2 >> 1) & (k3 | ((k3 >> 1) & k4)))) & LETTER
        stretched = k0 & LETTER & np.uint8(text[i] == text[i + 1]) & np.uint8(text[i] == text[i + 2])
        found[i] = alone | (signs << 1) | (stretched << 2)
    return found


@njit(cache=compiling.KEPT, nogil=True)
def _join_spaced_out(text, source, n):  # type: ignore[no-untyped-def]
    w = 0
    joined_until = 0
    for i in range(n):
        if i >= joined_until:
            joined_until = max(joined_until, _spaced_out(text, i, n))
        if i >= joined_until or _is_letter(text[i]):
            text[w] = text[i]
            if len(source):
                source[w] = source[i]
            w += 1
    return w


@njit(cache=compiling.KEPT, nogil=True)
def _read_leet(text, n):  # type: ignore[no-untyped-def]
    """Digits and signs inside words as the letters that they stand for, in place."""
    read = False  # whether this word has had a digit read as a letter: then its last ones are too
    i = np.int64(1)
    while i < n:
        if _is_letter(text[i]):
            i += 1
        elif not _is_letter(text[i - 1]) or _leet(text, i, n) == 0:
            read = False
            i += 1
        else:
            j = i
            while j < n and j - i <= LEET_RUN and _leet(text, j, n) != 0:
                j += 1
            inside = j < n and _is_letter(text[j])
            last = read and (j >= n or not _is_alnum(text[j]))
            read = bool(j - i <= LEET_RUN and (inside or last))
            if read:
                for k in range(i, j):
                    text[k] = _leet(text, k, n)
            i = j


@njit(cache=compiling.KEPT, nogil=True)
def _is_stretched(text, n):  # type: ignore[no-untyped-def]
    """Whether a byte stands three times in a row."""
    found = 0
    for i in range(n - 2):
        found |= (text[i] == text[i + 1]) & (text[i] == text[i + 2])
    return found != 0


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_vowel(b):  # type: ignore[no-untyped-def]
    return b == 97 or b == 101 or b == 105 or b == 111 or b == 117 or b == 121


@njit(cache=compiling.KEPT, nogil=True)
def _shorten_stretched(text, source, n):  # type: ignore[no-untyped-def]
    w = 0
    i = 0
    while i < n:
        b = text[i]
        j = i + 1
        while j < n and _is_letter(b) and text[j] == b:
            j += 1
        starts = w == 0 or not _is_letter(text[w - 1])
        ends = j >= n or not _is_letter(text[j])
        keep = j
        if j - i >= 3 and not (starts and ends):
            keep = i + 2 if not (starts or ends or _is_vowel(b)) else i + 1
        for k in range(i, keep):
            text[w] = text[k]
            if len(source):
                source[w] = source[k]
            w += 1
        i = j
    return w


@njit(cache=compiling.KEPT, nogil=True)
def _unmask(text, source, disguises):  # type: ignore[no-untyped-def]
    """Undo the disguises that a text may hold, in place; returns the bytes left."""
    n = len(text)
    if disguises & SPACED:
        n = _join_spaced_out(text, source, n)
    if disguises & (SPACED | LEET):  # joining makes new neighbours
        _read_leet(text, n)
    return _shorten_stretched(text, source, n) if _is_stretched(text, n) else n


@njit(cache=compiling.KEPT, nogil=True)
def _together(out, begins, ends, disguises, source):  # type: ignore[no-untyped-def]
    """Texts that stand apart in a block, without their disguises and without the gaps: offsets, bytes and places."""
    offsets = np.zeros(len(begins) + 1, np.int32)
    text = np.empty(len(out), np.uint8)
    places = np.empty(len(source), np.int32)
    n = 0
    for row in range(len(begins)):
        begin, end = begins[row], ends[row]
        size, may_hold = end - begin, np.uint8(0)
        for disguise in disguises[begin:end]:
            may_hold = np.uint8(may_hold | disguise)
        if may_hold:
            size = _unmask(out[begin:end], source[begin:end], may_hold)
        for i in range(size):  # assigning a slice takes seconds to compile
            text[n + i] = out[begin + i]
        for i in range(size if len(source) else 0):
            places[n + i] = source[begin + i]
        n += size
        offsets[row + 1] = n
    return offsets, text[:n], places[:n]


@njit(cache=compiling.KEPT, nogil=True)
def _room(data, begin, end, expansion):  # type: ignore[no-untyped-def]
    """Bytes that substitution writes at most, where a byte beyond ASCII becomes no more than ``expansion``."""
    wide = np.int64(0)
    for byte in data[begin:end]:
        wide += byte >> 7
    return end - begin + wide * (expansion - 1)


@njit(cache=compiling.KEPT, nogil=True)
def _blank(out, begin):  # type: ignore[no-untyped-def]
    """EDGE blanks from ``begin`` on."""
    for i in range(begin, begin + EDGE):
        out[i] = SPACE


@njit(cache=compiling.KEPT, nogil=True)
def fold(offsets, data, start, length, pool, expansion, unmask, sourced):  # type: ignore[no-untyped-def]
    """Fold every text: (offsets int32, data uint8) of the folded column, and where each byte stood in its text, if ``sourced``."""
    rows = len(offsets) - 1
    room = _room(data, offsets[0], offsets[rows], expansion) + rows + 2 * EDGE
    if room > 2**31 - 1:
        raise ValueError("a batch may fold to more than 2 GiB: use smaller batches")
    out = np.empty(room, np.uint8)
    source = np.empty(room if sourced else 0, np.int32)
    begins, ends = np.empty(rows, np.int32), np.empty(rows, np.int32)
    rules = (_plain_bytes(start, length, pool), start, length, pool)
    n = np.uint64(EDGE)
    _blank(out, np.int64(0))
    for row in range(rows):
        # The last row's tail may be cut by an invalid byte across rows: each row is decoded within its own bounds.
        begins[row] = n
        n = _substitute(data, np.uint64(offsets[row]), np.uint64(offsets[row + 1]), rules, out, n, source)
        ends[row] = n
        out[n] = SPACE  # so that no disguise seems to reach into the next text
        n += ONE
    _blank(out, np.int64(n))
    out = out[: np.int64(n) + EDGE]
    disguises = _disguises(out) if unmask else np.zeros(len(out), np.uint8)
    return _together(out, begins, ends, disguises, source)


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _rotl(x, b):  # type: ignore[no-untyped-def]
    return (x << np.uint64(b)) | (x >> np.uint64(64 - b))


@njit(cache=compiling.KEPT, nogil=True)
def siphash(offsets, data, k0, k1):  # type: ignore[no-untyped-def]
    """SipHash-2-4 of every text under a secret key, as int64 (source: Aumasson and Bernstein, 2012)."""
    rows = len(offsets) - 1
    out = np.empty(rows, np.int64)
    for row in range(rows):
        begin = offsets[row]
        size = offsets[row + 1] - begin
        v0 = k0 ^ np.uint64(0x736F6D6570736575)
        v1 = k1 ^ np.uint64(0x646F72616E646F6D)
        v2 = k0 ^ np.uint64(0x6C7967656E657261)
        v3 = k1 ^ np.uint64(0x7465646279746573)
        blocks = size // 8
        for block in range(blocks + 1):
            m = np.uint64(0)
            if block < blocks:
                for k in range(8):
                    m |= np.uint64(data[begin + block * 8 + k]) << np.uint64(8 * k)
            else:
                m = np.uint64(size & 0xFF) << np.uint64(56)
                for k in range(size - blocks * 8):
                    m |= np.uint64(data[begin + block * 8 + k]) << np.uint64(8 * k)
            v3 ^= m
            for _ in range(2):
                v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
            v0 ^= m
        v2 ^= np.uint64(0xFF)
        for _ in range(4):
            v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
        out[row] = np.int64(v0 ^ v1 ^ v2 ^ v3)
    return out


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _sip_round(v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    v0 += v1
    v1 = _rotl(v1, 13) ^ v0
    v0 = _rotl(v0, 32)
    v2 += v3
    v3 = _rotl(v3, 16) ^ v2
    v0 += v3
    v3 = _rotl(v3, 21) ^ v0
    v2 += v1
    v1 = _rotl(v1, 17) ^ v2
    v2 = _rotl(v2, 32)
    return v0, v1, v2, v3
