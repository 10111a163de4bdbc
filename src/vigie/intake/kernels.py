"""The hot loops of intake, compiled. ``folding``, ``language`` and ``fingerprint`` say what they mean; ``plain`` is the reference.

Every kernel takes an Arrow string column as (offsets int32, data uint8) and is safe on bytes that are not UTF-8.
"""

import numpy as np
from numba import njit

from vigie.intake import compiling

SPACE = 32
LEET_RUN = 3  # digits and signs in a row that may stand for letters
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ENOUGH_CHARACTERS = 80  # that tell a language; twice as many penalties of a byte fit into 16 bits
LANES = np.uint64(0x00FF00FF00FF00FF)
SLOW = 255  # no ASCII byte becomes one ASCII byte here: the tables say more
LETTER, LEET_SIGN, ALNUM = np.uint8(1), np.uint8(2), np.uint8(4)
KIND = np.zeros(256, np.uint8)  # of a folded byte, as bits: a letter, a digit or sign that may stand for one, either
KIND[97:123] = LETTER | ALNUM
KIND[48:58] = LEET_SIGN | ALNUM
KIND[[36, 64]] = LEET_SIGN
MAIL_SCAN = 64  # how far to look for the dot that makes an @ part of an address


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _decode(data, i, end):  # type: ignore[no-untyped-def]
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


@njit(cache=compiling.KEPT, nogil=True)
def _substitute(data, begin, end, rules, out, at, source):  # type: ignore[no-untyped-def]
    """Characters to what they are compared as, from ``out[at]`` on; white space to single spaces. Returns where it ends.

    ``source`` is None, or gets for each byte where it stood in the text.
    """
    plain, start, length, pool = rules
    n = at
    i = begin
    last = np.uint8(SPACE)  # no text begins with a space
    while i < end:
        b = plain[data[i]]
        if b != SLOW:
            if source is not None:
                source[n] = i - begin
            out[n] = b
            n += not (b == SPACE and last == SPACE)
            last = b
            i += 1
            continue
        point, size = _decode(data, i, end)
        if point >= 0:
            s = start[point]
            for k in range(size if s < 0 else length[point]):
                b = data[i + k] if s < 0 else pool[s + k]
                if b == SPACE and last == SPACE:
                    continue
                out[n] = b
                if source is not None:
                    source[n] = i - begin
                n += 1
                last = b
        i += size
    return n - (n > at and last == SPACE)


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
def _disguises(text, begin, end):  # type: ignore[no-untyped-def]
    """Which disguises a text may hold: (spaced-out letters, digits inside words, stretched letters). Most texts hold none.

    Without a jump, which halves the time: each byte by its KIND, looking one and two bytes back.
    """
    spaced = leet = stretched = np.uint8(0)
    two = one = armed = np.uint8(0)  # kinds of the bytes before
    before2 = before = np.uint8(SPACE)
    singles = 0  # letters that stand alone, one after another; told of a letter when the byte after it is known
    for i in range(begin, end):
        b = text[i]
        kind = KIND[b]
        letter = kind & LETTER
        stretched |= letter & (b == before) & (b == before2)
        leet |= letter & armed
        armed = (kind >> 1) & ((one & LETTER) | armed) & LETTER  # a run of digits and signs that follows a letter
        alone = (one & LETTER) & ((two & ALNUM) == 0) & ((kind & ALNUM) == 0)
        singles = singles + 1 if alone else (0 if one & LETTER else singles)
        spaced |= singles >= 3
        before2 = before
        before = b
        two = one
        one = kind
    singles += (one & LETTER) & ((two & ALNUM) == 0)
    return spaced != 0 or singles >= 3, leet != 0, stretched != 0


@njit(cache=compiling.KEPT, nogil=True)
def _join_spaced_out(text, source, n):  # type: ignore[no-untyped-def]
    w = 0
    joined_until = 0
    for i in range(n):
        if i >= joined_until:
            joined_until = max(joined_until, _spaced_out(text, i, n))
        if i >= joined_until or _is_letter(text[i]):
            text[w] = text[i]
            if source is not None:
                source[w] = source[i]
            w += 1
    return w


@njit(cache=compiling.KEPT, nogil=True)
def _read_leet(text, n):  # type: ignore[no-untyped-def]
    """Digits and signs inside words as the letters that they stand for, in place; whether there were any."""
    found = False
    read = False  # whether this word has had a digit read as a letter: then its last ones are too
    i = 1
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
            read = j - i <= LEET_RUN and (inside or last)
            if read:
                found = True
                for k in range(i, j):
                    text[k] = _leet(text, k, n)
            i = j
    return found


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
            if source is not None:
                source[w] = source[k]
            w += 1
        i = j
    return w


@njit(cache=compiling.KEPT, nogil=True)
def _unmask(text, source, n, spaced, leet, stretched):  # type: ignore[no-untyped-def]
    """Undo the disguises that a text may hold, in place; returns the bytes left."""
    if spaced:
        n = _join_spaced_out(text, source, n)
        stretched = leet = True  # joining makes new neighbours
    if leet:
        stretched |= _read_leet(text, n)
    return _shorten_stretched(text, source, n) if stretched else n


@njit(cache=compiling.KEPT, nogil=True)
def _room(data, begin, end, length):  # type: ignore[no-untyped-def]
    """Bytes that substitution writes at most."""
    need = 0
    i = begin
    while i < end:
        if data[i] < 128:
            need += 1 if length[data[i]] < 1 else length[data[i]]
            i += 1
            continue
        point, size = _decode(data, i, end)
        if point >= 0:
            need += max(size, np.int64(length[point]))
        i += size
    return need


@njit(cache=compiling.KEPT, nogil=True)
def fold(offsets, data, start, length, pool, unmask, source):  # type: ignore[no-untyped-def]
    """Fold every text: (offsets int32, data uint8) of the folded column, and where each byte stood in its text.

    ``source`` is None where nobody asks for the last, else an empty int32 array.
    """
    rows = len(offsets) - 1
    need = _room(data, offsets[0], offsets[rows], length) if rows > 0 else 0
    if need > 2**31 - 1:
        raise ValueError("a batch folds to more than 2 GiB: use smaller batches")
    out = np.empty(need + 16, np.uint8)
    places = None if source is None else np.empty(need + 16, np.int32)
    new = np.empty(rows + 1, np.int32)
    new[0] = 0
    rules = (_plain_bytes(start, length, pool), start, length, pool)
    n = 0
    for row in range(rows):
        # The last row's tail may be cut by an invalid byte across rows: each row is decoded within its own bounds.
        end = _substitute(data, offsets[row], offsets[row + 1], rules, out, n, places)
        if unmask:
            spaced, leet, stretched = _disguises(out, n, end)
            if spaced or leet or stretched:
                own = None if places is None else places[n:]
                end = n + _unmask(out[n:], own, end - n, spaced, leet, stretched)
        n = end
        new[row + 1] = n
    return new, out[:n], (None if places is None else places[:n])


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
    return i + 4 < end and data[i] == 104 and data[i + 1] == 116 and data[i + 2] == 116 and data[i + 3] == 112


@njit(cache=compiling.KEPT, nogil=True)
def _cased(data, i, end, start, length, pool, out):  # type: ignore[no-untyped-def]
    """The lower-case characters of one character beyond ASCII: how many, and the bytes read."""
    point, size = _decode(data, i, end)
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
        out[n], step = _decode(pool, at, stop)
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
        i = offsets[row]
        end = offsets[row + 1]
        one = two = space  # the last character and the one before
        lanes = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
        read = count = 0
        while i < end and count < ENOUGH_CHARACTERS:
            if one == space and _is_name_or_link(data, i, end):
                while i < end and data[i] != SPACE and data[i] != 10:
                    i += 1
                continue
            b = data[i]
            n = 1
            if b < 128:
                lower[0] = b + 32 if 65 <= b <= 90 else b
                i += 1
            else:
                n, size = _cased(data, i, end, start, length, pool, lower)
                i += size
            for k in range(n):
                point = lower[k]
                is_letter = 97 <= point <= 122 or 0xC0 <= point < 0x2000
                c = np.uint64(point) if is_letter else space
                if (c == space and one == space) or count >= ENOUGH_CHARACTERS:
                    continue
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
