"""The classifier's features and sums in plain Python integers: the reference that the kernels are held to."""

import numpy as np

from vigie.detect import kernels as k

_64 = (1 << 64) - 1
_SEED, _PRIME, _STEP = int(k.SEED), int(k.PRIME), int(k.STEP)

#: begin, end, hash, quotation marks before
SHORTEST_GRAM, LONGEST_GRAM = 3, 5

Word = tuple[int, int, int, int]
#: concept, scope, word, words
Event = tuple[int, int, int, int]


def mix(h: int) -> int:
    """Scatter the bits of a 64-bit hash."""
    h ^= h >> 31
    h = (h * _STEP) & _64
    return h ^ (h >> 29)


def fnv(data: bytes) -> int:
    """FNV-1a of some bytes (source: Fowler, Noll and Vo)."""
    h = _SEED
    for b in data:
        h = ((h ^ b) * _PRIME) & _64
    return h


def feature(kind: "np.uint64 | int", a: int, b: int, bits: int) -> int:
    """The bucket of a feature, of 2^bits."""
    return (((((a ^ (int(kind) << 59)) * _PRIME + b) & _64) * _STEP) & _64) >> (64 - bits)


def _is_word(b: int) -> bool:
    return 97 <= b <= 122 or 48 <= b <= 57 or 128 <= b < 240


def words(text: bytes) -> list[Word]:
    """The words of a folded text."""
    found: list[Word] = []
    i = marks = 0
    while i < len(text):
        begin = i
        if text[i] == ord('"'):
            marks += 1
            i += 1
            continue
        if text[i] == ord("@") and i + 1 < len(text) and _is_word(text[i + 1]):
            i += 1
            while i < len(text) and (_is_word(text[i]) or text[i] == ord("_")):
                i += 1
            h = int(k.MENTION)
        elif text[i] >= 240:
            i = min(i + 4, len(text))
            h = fnv(text[begin:i])
        elif not _is_word(text[i]):
            i += 1
            continue
        elif text.startswith((b"http://", b"https://"), i):
            while i < len(text) and text[i] != 32:
                i += 1
            h = int(k.LINK)
        else:
            while i < len(text) and _is_word(text[i]):
                i += 1
            h = int(k.LINK) if text[begin:i] == b"url" else fnv(text[begin:i])
        found.append((begin, i, mix(h), marks))
    return found


def _phrase(words: list[Word]) -> int:
    phrase = words[0][2]
    for word in words[1:]:
        phrase = mix((phrase * _PRIME + word[2]) & _64)
    return phrase


def events(words: list[Word], lexicon: dict[int, int], negation: int, report: int) -> list[Event]:
    """The concepts of a text in order, longest phrase first, each with its scope."""
    found: list[Event] = []
    negated_until = reported_until = -1
    i = 0
    while i < len(words):
        fits = [
            n for n in range(1, k.LONGEST_PHRASE + 1) if i + n <= len(words) and _phrase(words[i : i + n]) in lexicon
        ]
        if not fits:
            i += 1
            continue
        length = fits[-1]
        value = lexicon[_phrase(words[i : i + length])]
        scope = (i <= negated_until) + 2 * (words[i][3] % 2 == 1 or i <= reported_until)
        for concept in (value & 255, value >> 8):
            if concept == k.NOTHING:
                continue
            found.append((concept, scope, i, length))
            if concept == negation:
                negated_until = i + length - 1 + k.NEGATED_WITHIN
            if concept == report:
                reported_until = i + length - 1 + k.QUOTED_WITHIN
        i += length
    return found


def _gram_features(text: bytes, words: list[Word], bits: int) -> list[int]:
    out = []
    for w, (begin, end, h, _) in enumerate(words):
        out.append(feature(k.WORD, h, 0, bits))
        if w + 1 < len(words):
            out.append(feature(k.PAIR, h, words[w + 1][2], bits))
        if _is_word(text[begin]):
            edged = b"_" + text[begin : min(end, begin + int(k.LONGEST_WORD))] + b"_"
            for p in range(len(edged) - 2):
                grams = [edged[p : p + n] for n in range(SHORTEST_GRAM, LONGEST_GRAM + 1) if p + n <= len(edged)]
                out += [((fnv(gram) * _STEP) & _64) >> (64 - bits) for gram in grams]
    return out


def _concept_features(words: list[Word], events: list[Event], bits: int) -> list[int]:
    out = []
    for e, (c, s, at, length) in enumerate(events):
        out.append(feature(k.CONCEPT, c, 0, bits))
        out.append(feature(k.PLACED, c, min(2, 3 * at // len(words)), bits))
        if s:
            out.append(feature(k.SCOPED, c, s, bits))
        if at > 0:
            out.append(feature(k.BEFORE, c, words[at - 1][2], bits))
        if at + length < len(words):
            out.append(feature(k.AFTER, c, words[at + length][2], bits))
        if e + 1 < len(events):
            d, t, place, _ = events[e + 1]
            near = place - (at + length) <= 1
            out.append(feature(k.NEXT, c, d * 2 + near, bits))
            out.append(feature(k.NEXT_SCOPED, c * 4 + s, d * 4 + t, bits))
        if e + 2 < len(events):
            out.append(feature(k.THIRD, c, events[e + 1][0] * 256 + events[e + 2][0], bits))
            out.append(feature(k.SKIPPED, c, events[e + 2][0], bits))
        if e < k.MOST_EVENTS:
            for d, *_ in events[e + 1 : k.MOST_EVENTS]:
                out.append(feature(k.BESIDE, min(c, d), max(c, d), bits))
    return out


def features(
    text: bytes, lexicon: dict[int, int], negation: int, report: int, bits: int
) -> tuple[list[int], list[int]]:
    """The n-gram features and the concept features of a folded text, in the kernel's order."""
    text = text[: k.LONGEST_POST]
    found = words(text)
    return (
        _gram_features(text, found, bits),
        _concept_features(found, events(found, lexicon, negation, report), bits),
    )
