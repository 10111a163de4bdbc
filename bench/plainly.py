"""What two kernels of intake compute, written again in plain Python; and the lexicon as a plain dictionary."""

import numpy as np

from vigie.detect.lexicon import NO_CONCEPT, Lexicon
from vigie.intake.characters import CharacterTable
from vigie.intake.language_kernel import ENOUGH_CHARACTERS
from vigie.intake.language_table import bucket
from vigie.intake.plain import characters

_64 = (1 << 64) - 1


def siphash(message: bytes, key: bytes) -> int:
    """SipHash-2-4 as a signed number of 64 bits (source: Aumasson and Bernstein, 2012).

    >>> siphash(b"", bytes(range(16))).to_bytes(8, "little", signed=True).hex()
    '310e0edd47db6f72'
    """
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 255])
    for at in range(0, len(padded), 8):
        block = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= block
        v = _round(_round(v))
        v[0] ^= block
    v[2] ^= 0xFF
    a, b, c, d = _round(_round(_round(_round(v))))
    value = a ^ b ^ c ^ d
    return value - (1 << 64) if value >> 63 else value


def phrases(known: Lexicon) -> dict[int, int]:
    """The lexicon without its table: the one or two concepts of each phrase, by its hash."""
    entries = zip(known.keys.tolist(), known.values.tolist(), strict=True)
    return {key: value & 0xFFFF for key, value in entries if key and value & 0xFF != NO_CONCEPT}


def _rotated(x: int, bits: int) -> int:
    return ((x << bits) | (x >> (64 - bits))) & _64


def _round(v: list[int]) -> list[int]:
    a, b, c, d = v
    a = (a + b) & _64
    b, a = _rotated(b, 13) ^ a, _rotated(a, 32)
    c = (c + d) & _64
    d = _rotated(d, 16) ^ c
    a = (a + d) & _64
    d = _rotated(d, 21) ^ a
    c = (c + b) & _64
    b, c = _rotated(b, 17) ^ c, _rotated(c, 32)
    return [a, b, c, d]


def language_sums(text: bytes, cased: CharacterTable, penalties: np.ndarray) -> tuple[list[int], int]:
    """How unlike each language a text is, from a table of bytes [n-grams, languages], and the letters read."""
    kept = _kept(_lower(text, cased))
    grams = [kept[i - n + 1 : i + 1] for i in range(2, len(kept)) for n in (2, 3)]
    rows = [bucket(gram) for gram in grams]
    letters = sum(c != " " for c in kept)
    return penalties[rows].sum(axis=0, dtype=np.int64).tolist(), letters


def _lower(text: bytes, cased: CharacterTable) -> str:
    """Lower case, everything that is no letter as a space; mentions and links, which begin after a space, left out."""
    out = "  "
    mapped = characters(text)
    skipping = False
    for character, at in mapped:
        skipping = skipping and character not in " \n"
        if not skipping and out[-1] == " ":
            skipping = character == "@" or (text.startswith(b"http", at) and at + 4 < len(text))
        if not skipping:
            lower = character.lower() if character.isascii() else cased[character]
            out += "".join(c if "a" <= c <= "z" or "\xc0" <= c < "\u2000" else " " for c in lower)
    return out


def _kept(lower: str) -> str:
    """One space between words, and no more characters than are read; two spaces before, one after."""
    squeezed = " ".join(lower.split(" ")).split()
    words = " ".join(squeezed) + (" " if lower.endswith(" ") and squeezed else "")
    read = words[:ENOUGH_CHARACTERS]
    return "  " + read + ("" if read.endswith(" ") or not read else " ")
