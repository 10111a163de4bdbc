"""The hot loops of the classifier, compiled: features of a folded text, and sums of quantised weights over them.

``detect/plain.py`` is the reference: every test run compares both, feature by feature. All hashes are 64-bit and wrap.
"""

import numpy as np
from numba import njit

from vigie.intake import compiling

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
STEP = np.uint64(0x9E3779B97F4A7C15)
MENTION = np.uint64(0x6D656E74696F6E01)  # every @name is one word, every address another
LINK = np.uint64(0x6C696E6B00000001)
WORD, PAIR = np.uint64(1), np.uint64(2)
CONCEPT, SCOPED, PLACED, NEXT, NEXT_SCOPED, THIRD, SKIPPED, BESIDE, AFTER, BEFORE = (
    np.uint64(kind) for kind in range(4, 14)
)

LABELS = 8
EDGE = np.uint64(95)  # stands before and after a word
LONGEST_WORD = np.uint64(40)  # bytes of a word that are read for character n-grams
LONGEST_PHRASE = 6  # words
LONGEST_POST = 1 << 14  # bytes of folded text that the classifier reads
MOST_EVENTS = np.uint64(24)  # concepts of one post that are paired with each other
NEGATED_WITHIN = 4  # words after a negation
QUOTED_WITHIN = 8  # words after a reporting verb
NOTHING = 255  # no concept
MORE = 1 << 16  # longer phrases of the lexicon begin so
BIAS = 128  # added to a weight so that it is no negative byte
FULL_LANE = 256  # biased bytes that 16 bits hold
LANES = np.uint64(0x00FF00FF00FF00FF)
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)
IN_WORD = np.zeros(256, np.bool_)  # letters and digits, and what is no ASCII but for emoji
IN_WORD[97:123] = IN_WORD[48:58] = IN_WORD[128:240] = True
GLANCE = 1 << 13  # words of 64 bits


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _mix(h):  # type: ignore[no-untyped-def]
    h ^= h >> np.uint64(31)
    h *= STEP
    return h ^ (h >> np.uint64(29))


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _feature(kind, a, b, shift):  # type: ignore[no-untyped-def]
    """A bucket: the highest bits of a product (source: Dietzfelbinger and others, 1997)."""
    return np.uint32((((a ^ (kind << np.uint64(59))) * PRIME + b) * STEP) >> shift)


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _is_link(text, i, n):  # type: ignore[no-untyped-def]
    """http:// or https:// begins at i."""
    if i + np.uint64(7) > n or text[i] != 104 or text[i + ONE] != 116 or text[i + TWO] != 116:
        return False
    j = i + np.uint64(5) if text[i + np.uint64(4)] == 115 else i + np.uint64(4)
    return text[i + THREE] == 112 and j + TWO < n and text[j] == 58 and text[j + ONE] == 47 and text[j + TWO] == 47


@njit(cache=compiling.KEPT, nogil=True)
def words(text, n, begins, ends, hashes, quotes):  # type: ignore[no-untyped-def]
    """The words of a folded text: where each begins and ends, its hash, and how many quotation marks stand before it.

    Unsigned numbers, here and below: they spare a test for negative ones at each step.
    """
    count = i = np.uint64(0)
    marks = 0
    while i < n:
        b = text[i]
        begin = i
        if IN_WORD[b]:
            if b == 104 and _is_link(text, i, n):
                while i < n and text[i] != 32:
                    i += ONE
                h = LINK
            else:
                h = SEED
                while i < n and IN_WORD[text[i]]:
                    h = (h ^ np.uint64(text[i])) * PRIME
                    i += ONE
                if i - begin == THREE and text[begin] == 117 and text[begin + ONE] == 114 and text[begin + TWO] == 108:
                    h = LINK  # corpora write URL
        elif b == 64 and i + ONE < n and IN_WORD[text[i + ONE]]:
            i += ONE
            while i < n and (IN_WORD[text[i]] or text[i] == 95):
                i += ONE
            h = MENTION
        elif b >= 240:
            i = min(i + np.uint64(4), n)
            h = SEED
            for k in range(begin, i):
                h = (h ^ np.uint64(text[k])) * PRIME
        else:
            marks += b == 34
            i += ONE
            continue
        begins[count] = begin
        ends[count] = i
        hashes[count] = _mix(h)
        quotes[count] = marks
        count += ONE
    return count


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _grams(text, begin, end, out, m, shift):  # type: ignore[no-untyped-def]
    """Character n-grams of 3 to 5 of one word between edges, from each character on."""
    size = min(end - begin, LONGEST_WORD)
    a, b, c = EDGE, np.uint64(text[begin]), EDGE if size < TWO else np.uint64(text[begin + ONE])
    last = begin + size
    p = begin + TWO
    while p < last:
        d = np.uint64(text[p])
        p += ONE
        e = EDGE if p == last else np.uint64(text[p])
        h = ((((SEED ^ a) * PRIME) ^ b) * PRIME ^ c) * PRIME
        out[m] = np.uint32((h * STEP) >> shift)
        h = (h ^ d) * PRIME
        out[m + ONE] = np.uint32((h * STEP) >> shift)
        h = (h ^ e) * PRIME
        out[m + TWO] = np.uint32((h * STEP) >> shift)
        m += THREE
        a, b, c = b, c, d
    h = ((((SEED ^ a) * PRIME) ^ b) * PRIME ^ c) * PRIME
    out[m] = np.uint32((h * STEP) >> shift)
    if size < TWO:
        return m + ONE
    h = (h ^ EDGE) * PRIME  # the last two begin too late to be longer
    out[m + ONE] = np.uint32((h * STEP) >> shift)
    h = ((((SEED ^ b) * PRIME) ^ c) * PRIME ^ EDGE) * PRIME
    out[m + TWO] = np.uint32((h * STEP) >> shift)
    return m + THREE


@njit(cache=compiling.KEPT, nogil=True)
def glance(keys):  # type: ignore[no-untyped-def]
    """A bit for each of the lexicon's phrases, small enough to stay near the processor: most words are not in it."""
    bits = np.zeros(GLANCE, np.uint64)
    for key in keys:
        if key != 0:
            at = (key >> np.uint64(32)) & np.uint64(64 * GLANCE - 1)
            bits[at >> np.uint64(6)] |= ONE << (at & np.uint64(63))
    return bits


@njit(cache=compiling.KEPT, nogil=True, inline="always")
def _find(phrase, keys, values, seen):  # type: ignore[no-untyped-def]
    """What the lexicon says of a phrase (first concept + 256 x second + MORE if longer phrases begin so), or -1."""
    bit = (phrase >> np.uint64(32)) & np.uint64(64 * GLANCE - 1)
    if (seen[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & ONE == 0:
        return np.int32(-1)
    size = np.uint64(len(keys) - 1)
    at = phrase & size
    while keys[at] != 0:
        if keys[at] == phrase:
            return values[at]
        at = (at + np.uint64(1)) & size
    return np.int32(-1)


@njit(cache=compiling.KEPT, nogil=True)
def events(hashes, quotes, count, keys, values, negation, report, concepts, scopes, places, lengths, seen):  # type: ignore[no-untyped-def]
    """The concepts of a text in order, longest phrase first, each negated (1) and quoted (2) or not."""
    found = 0
    negated_until = -1
    reported_until = -1
    i = 0
    while i < count and found + 2 <= len(concepts):
        phrase = hashes[i]
        entry = _find(phrase, keys, values, seen)
        best = np.int32(-1)
        length = 0
        k = 1
        while entry >= 0:
            if entry & 255 != NOTHING:
                best = entry & 0xFFFF
                length = k
            if entry < MORE or i + k >= count:
                break
            phrase = _mix(phrase * PRIME + hashes[i + k])
            entry = _find(phrase, keys, values, seen)
            k += 1
        if best < 0:
            i += 1
            continue
        scope = 1 if i <= negated_until else 0
        if quotes[i] % 2 == 1 or i <= reported_until:
            scope += 2
        for concept in (best & 255, best >> 8):
            if concept == NOTHING:
                continue
            concepts[found] = concept
            scopes[found] = scope
            places[found] = i
            lengths[found] = length
            found += 1
            if concept == negation:
                negated_until = i + length - 1 + NEGATED_WITHIN
            if concept == report:
                reported_until = i + length - 1 + QUOTED_WITHIN
        i += length
    return found


@njit(cache=compiling.KEPT, nogil=True)
def _concept_features(hashes, count, concepts, scopes, places, lengths, found, out, owner, m, shift):  # type: ignore[no-untyped-def]
    """Concepts alone, in scope, by place, in sequence, together, and beside words."""
    zero = e = np.uint64(0)
    found = np.uint64(found)
    while e < found:
        c, s = np.uint64(concepts[e]), np.uint64(scopes[e])
        at = np.uint64(places[e])
        after = at + np.uint64(lengths[e])
        first = m
        out[m] = _feature(CONCEPT, c, zero, shift)
        out[m + ONE] = _feature(PLACED, c, min(TWO, THREE * at // count), shift)
        m += TWO
        if s != zero:
            out[m] = _feature(SCOPED, c, s, shift)
            m += ONE
        if at > zero:
            out[m] = _feature(BEFORE, c, hashes[at - ONE], shift)
            m += ONE
        if after < count:
            out[m] = _feature(AFTER, c, hashes[after], shift)
            m += ONE
        if e + ONE < found:
            d = np.uint64(concepts[e + ONE])
            near = ONE if np.uint64(places[e + ONE]) <= after + ONE else zero
            out[m] = _feature(NEXT, c, d * TWO + near, shift)
            scoped = d * np.uint64(4) + np.uint64(scopes[e + ONE])
            out[m + ONE] = _feature(NEXT_SCOPED, c * np.uint64(4) + s, scoped, shift)
            m += TWO
        if e + TWO < found:
            d, f = np.uint64(concepts[e + ONE]), np.uint64(concepts[e + TWO])
            out[m] = _feature(THIRD, c, d * np.uint64(256) + f, shift)
            out[m + ONE] = _feature(SKIPPED, c, f, shift)
            m += TWO
        g = e + ONE
        while g < min(found, MOST_EVENTS):
            d = np.uint64(concepts[g])
            out[m] = _feature(BESIDE, min(c, d), max(c, d), shift)
            m += ONE
            g += ONE
        while first < m and len(owner):
            owner[first] = at
            first += ONE
        e += ONE
    return m


@njit(cache=compiling.KEPT, nogil=True)
def _features(text, keys, values, negation, report, shift, scratch, owner, seen):  # type: ignore[no-untyped-def]
    """Every feature of a folded text: (n-gram features, all features, words); scratch holds them.

    ``owner`` gets the word that each belongs to, unless it is empty. ``seen`` is the ``glance`` of the keys.
    """
    begins, ends, hashes, quotes, concepts, scopes, places, lengths, out = scratch
    count = words(text, np.uint64(min(len(text), LONGEST_POST)), begins, ends, hashes, quotes)
    m = w = np.uint64(0)
    while w < count:
        first = m
        begin = np.uint64(begins[w])
        out[m] = _feature(WORD, hashes[w], np.uint64(0), shift)
        m += ONE
        if w + ONE < count:
            out[m] = _feature(PAIR, hashes[w], hashes[w + ONE], shift)
            m += ONE
        if IN_WORD[text[begin]]:
            m = _grams(text, begin, np.uint64(ends[w]), out, m, shift)
        while first < m and len(owner):
            owner[first] = w
            first += ONE
        w += ONE
    found = events(
        hashes, quotes, np.int64(count), keys, values, negation, report, concepts, scopes, places, lengths, seen
    )
    after = _concept_features(hashes, count, concepts, scopes, places, lengths, found, out, owner, m, shift)
    return np.int64(m), np.int64(after), np.int64(count)


@njit(cache=compiling.KEPT, nogil=True)
def _scratch(longest):  # type: ignore[no-untyped-def]
    """Room for the features of the longest text of a batch: at most 7 a byte, 12 a concept and the pairs of MOST_EVENTS."""
    n = min(longest, LONGEST_POST) + 4
    room = 7 * n + 24 * n + np.int64(MOST_EVENTS * MOST_EVENTS) + 64
    return (
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.uint64),
        np.empty(n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(room, np.uint32),
    )


@njit(cache=compiling.KEPT, nogil=True)
def longest(offsets):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@njit(cache=compiling.KEPT, nogil=True)
def shift_for(buckets):  # type: ignore[no-untyped-def]
    """How far a 64-bit product is shifted to number so many buckets, a power of two."""
    shift = 64
    while buckets > 1:
        buckets >>= 1
        shift -= 1
    return np.uint64(shift)


@njit(cache=compiling.KEPT, nogil=True)
def _add_up(features, begin, end, packed, total):  # type: ignore[no-untyped-def]
    """Adds eight weights at once in 16-bit lanes; a lane holds 256 biased bytes, so it is emptied before it overflows."""
    for k in range(LABELS):  # assigning a slice takes seconds to compile
        total[k] = -BIAS * (end - begin)
    f = begin
    while f < end:
        stop = min(end, f + FULL_LANE)
        even = odd = np.uint64(0)
        while f < stop:
            eight = packed[features[f]]
            even += eight & LANES
            odd += (eight >> np.uint64(8)) & LANES
            f += 1
        for k in range(4):
            total[2 * k] += np.int32((even >> np.uint64(16 * k)) & np.uint64(0xFFFF))
            total[2 * k + 1] += np.int32((odd >> np.uint64(16 * k)) & np.uint64(0xFFFF))


@njit(cache=compiling.KEPT, nogil=True)
def sums(offsets, data, keys, values, negation, report, packed, seen):  # type: ignore[no-untyped-def]
    """Sums of weights over n-grams and over concepts, and how many there are of each, per text.

    ``packed`` uint64 holds the eight int8 weights of a bucket, each plus 128, first label in the lowest byte; ``seen`` is
    the ``glance`` of the keys.
    """
    rows = len(offsets) - 1
    shift = shift_for(len(packed))
    scratch, nobody = _scratch(longest(offsets)), np.empty(0, np.int32)
    totals = np.zeros((rows, 2, LABELS), np.int32)
    counts = np.zeros((rows, 2), np.int32)
    for row in range(rows):
        text = data[offsets[row] : offsets[row + 1]]
        grams, m, _ = _features(text, keys, values, negation, report, shift, scratch, nobody, seen)
        _add_up(scratch[8], np.int64(0), grams, packed, totals[row, 0])
        _add_up(scratch[8], grams, m, packed, totals[row, 1])
        counts[row, 0] = grams
        counts[row, 1] = m - grams
    return totals, counts


@njit(cache=compiling.KEPT, nogil=True)
def listed(offsets, data, keys, values, negation, report, buckets):  # type: ignore[no-untyped-def]
    """Every feature of every text, for training: (starts, n-gram ends, features uint32)."""
    rows = len(offsets) - 1
    shift = shift_for(buckets)
    scratch, nobody = _scratch(longest(offsets)), np.empty(0, np.int32)
    seen = glance(keys)
    starts = np.zeros(rows + 1, np.int64)
    grams_end = np.zeros(rows, np.int64)
    for row in range(rows):
        text = data[offsets[row] : offsets[row + 1]]
        _, m, _ = _features(text, keys, values, negation, report, shift, scratch, nobody, seen)
        starts[row + 1] = starts[row] + m
    out = np.empty(starts[rows], np.uint32)
    for row in range(rows):
        text = data[offsets[row] : offsets[row + 1]]
        grams, m, _ = _features(text, keys, values, negation, report, shift, scratch, nobody, seen)
        out[starts[row] : starts[row + 1]] = scratch[8][:m]
        grams_end[row] = starts[row] + grams
    return starts, grams_end, out


@njit(cache=compiling.KEPT, nogil=True)
def heaviest(text, keys, values, negation, report, weights, label, scales, most, seen):  # type: ignore[no-untyped-def]
    """The words of one text that add most to one label: (begins, ends, weights), heaviest first, at most ``most``.

    ``scales`` float32 (2 x labels): what a whole weight of an n-gram and of a concept counts.
    """
    scratch = _scratch(len(text))
    owner = np.empty(len(scratch[8]), np.int32)
    shift = shift_for(len(weights))
    grams, m, count = _features(text, keys, values, negation, report, shift, scratch, owner, seen)
    by_word = np.zeros(count, np.float64)
    of_gram = scales[0, label] / np.sqrt(max(grams, 1))
    of_concept = scales[1, label] / np.sqrt(max(m - grams, 1))
    for f in range(m):
        by_word[owner[f]] += weights[scratch[8][f], label] * (of_gram if f < grams else of_concept)
    chosen = np.argsort(-by_word, kind="mergesort")[:most]
    chosen = chosen[by_word[chosen] > 0]
    return scratch[0][chosen], scratch[1][chosen], by_word[chosen]


@njit(cache=compiling.KEPT, nogil=True)
def phrases(offsets, data):  # type: ignore[no-untyped-def]
    """The hashes of the first one, two, … words of each text of the lexicon (uint64 [rows, LONGEST_PHRASE]), and its words.

    A text without a word, or with too many, counts 0 words.
    """
    rows = len(offsets) - 1
    n = longest(offsets) + 4
    begins, ends, quotes = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    hashes = np.empty(n, np.uint64)
    out = np.zeros((rows, LONGEST_PHRASE), np.uint64)
    counts = np.zeros(rows, np.int32)
    for row in range(rows):
        text = data[offsets[row] : offsets[row + 1]]
        count = np.int64(words(text, np.uint64(len(text)), begins, ends, hashes, quotes))
        if 0 < count <= LONGEST_PHRASE:
            counts[row] = count
            out[row, 0] = hashes[0]
            for w in range(1, count):
                out[row, w] = _mix(out[row, w - 1] * PRIME + hashes[w])
    return out, counts


@njit(cache=compiling.KEPT, nogil=True)
def learn(  # type: ignore[no-untyped-def]
    starts, grams_end, features, targets, importance, order, weights, squares, bias, rate, decay, concept_value, dropped
):
    """One pass of AdaGrad over masked logistic losses; weights, squares (float32 [2^k, LABELS]) and bias change in place.

    A target of -1 is masked. ``dropped`` in [0, 1) is the share of n-gram features left out of each row at random, so that
    concepts carry their part. Source: Duchi, Hazan and Singer, 2011.
    """
    z = np.zeros(LABELS, np.float32)
    gradient = np.zeros(LABELS, np.float32)
    for row in order:
        begin, middle, end = starts[row], grams_end[row], starts[row + 1]
        grams = np.float32(0.0)
        salt = np.uint64(np.random.randint(1, 1 << 30))
        limit = np.uint64(dropped * 4294967296.0)
        for f in range(begin, middle):
            grams += (_mix(np.uint64(f) * PRIME + salt) & np.uint64(0xFFFFFFFF)) >= limit
        gram_value = np.float32(1.0 / np.sqrt(max(grams, np.float32(1.0))))
        value = np.float32(concept_value / np.sqrt(max(end - middle, 1)))
        z[:] = bias
        for f in range(begin, end):
            if f < middle and (_mix(np.uint64(f) * PRIME + salt) & np.uint64(0xFFFFFFFF)) < limit:
                continue
            v = gram_value if f < middle else value
            for k in range(LABELS):
                z[k] += v * weights[features[f], k]
        for k in range(LABELS):
            known = targets[row, k] >= 0
            gradient[k] = importance[row, k] * (1.0 / (1.0 + np.exp(-z[k])) - targets[row, k]) if known else 0.0
            bias[k] -= np.float32(0.02) * rate * gradient[k]
        for f in range(begin, end):
            if f < middle and (_mix(np.uint64(f) * PRIME + salt) & np.uint64(0xFFFFFFFF)) < limit:
                continue
            v = gram_value if f < middle else value
            for k in range(LABELS):
                w = weights[features[f], k]
                g = gradient[k] * v + decay * w
                squares[features[f], k] += g * g
                weights[features[f], k] = w - rate * g / np.sqrt(squares[features[f], k] + np.float32(1e-6))


@njit(cache=compiling.KEPT, nogil=True)
def seed(number):  # type: ignore[no-untyped-def]
    """Start the compiled random numbers again."""
    np.random.seed(number)
