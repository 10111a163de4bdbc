"""What one character becomes before words are compared: the table behind folding, made from Unicode and a few look-alikes.

``python -m vigie.intake.characters`` writes the table again (``characters.npz``) from this Python's Unicode data. The
table is shipped so that the same post is folded alike under every Python version.
"""

import unicodedata
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parent / "characters.npz"

# Letters of other scripts that are read as Latin ones. Capitals first: Greek Η is read H, but η is read n.
_CAPITALS = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True))
_LOOKALIKES = _CAPITALS | dict(
    zip(
        "авеѕіјкмнорстухԁԛԝһӏαεηικνορτυχγωβμօոսհᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡıȷɩʋɐǝəɛɔøłđðħŧƀɨŋĸƒ",
        "abesijkmhopctyxdqwhlaenikvoptuxywbuonuhabcdefghijklmnoprstuvwyzagijivaeeeoolddhtbinkf",
        strict=True,
    )
)
_SPELLED_OUT = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th"}
_PUNCTUATION = dict.fromkeys("‘’‚‛ʼʹ′`´＇", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("‐‑‒–—―−", "-")
_BLANK = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}  # drawn as nothing, though Unicode calls them letters
_NEGATIVE_LETTERS = {chr(start + n): chr(97 + n) for start in (0x1F150, 0x1F170) for n in range(26)}  # 🅐 🅰


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _without_marks(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Me", "Cf"})


def _one(character: str) -> str:
    """One decomposed character: look-alikes to Latin, white space to a space, controls to nothing."""
    if character in _BLANK or character.isspace():
        return " "
    if unicodedata.category(character) in {"Cc", "Cs"}:
        return ""
    for table in (_LOOKALIKES, _SPELLED_OUT, _PUNCTUATION):
        if character in table:
            return table[character]
    return character


def folded_character(character: str) -> str:
    """What a character is compared as: lower case, no accent, Latin where it is read as Latin.

    >>> [folded_character(c) for c in "ÉﬁЯа\\u200b“"]
    ['e', 'fi', 'я', 'a', '', '"']
    """
    if character in _NEGATIVE_LETTERS:
        return _NEGATIVE_LETTERS[character]
    if character in _CAPITALS:
        return _CAPITALS[character]
    spaced = " " if character.isspace() or character in _BLANK else character
    text = _without_marks(_decomposed(_decomposed(_PUNCTUATION.get(spaced, spaced)).casefold()))
    return _without_marks(_decomposed("".join(_one(c) for c in text)))


def cased_character(character: str) -> str:
    """What a character is in the language test: lower case with its accents; white space to a space.

    >>> [cased_character(c) for c in "É\\n\\u200b"]
    ['é', ' ', '']
    """
    if character.isspace() or unicodedata.category(character) in {"Cc", "Cs", "Cf"}:
        return " " if character.isspace() else ""
    return _PUNCTUATION.get(character) or unicodedata.normalize("NFC", character.lower())


class CharacterTable:
    """One rule per code point: ``pool[start[c]:start[c] + length[c]]`` are the UTF-8 bytes that it becomes.

    ``start`` int32 and ``length`` uint8 have 0x110000 entries; ``start`` -1 means that the character stays as it is.
    """

    def __init__(self, points: np.ndarray, lengths: np.ndarray, pool: np.ndarray):
        self.start = np.full(0x110000, -1, np.int32)
        self.length = np.zeros(0x110000, np.uint8)
        self.start[points] = np.concatenate(([0], np.cumsum(lengths[:-1], dtype=np.int64)))
        self.length[points] = lengths
        self.pool = pool
        assert lengths[points < 0x80].max(initial=0) <= 1, "an ASCII character becomes one byte or none"
        sizes = 1 + (points[:, None] >= np.array([0x80, 0x800, 0x10000])).sum(axis=1)
        self.expansion = int(np.max(-(-lengths.astype(np.int64) // sizes), initial=1))

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """What the kernels need: the table, and how many bytes one byte beyond ASCII becomes at most."""
        return self.start, self.length, self.pool, self.expansion

    def __getitem__(self, character: str) -> str:
        point = ord(character)
        start = self.start.item(point)  # a plain number: half the time of numpy's own
        if start < 0:
            return character
        return self.pool[start : start + self.length.item(point)].tobytes().decode()


def _changes(rule: object) -> dict[str, np.ndarray]:
    assert callable(rule)
    changed = [(p, rule(chr(p))) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
    rows = [(p, text.encode()) for p, text in changed if text != chr(p)]
    return {
        "points": np.array([p for p, _ in rows], np.int32),
        "lengths": np.array([len(b) for _, b in rows], np.uint8),
        "pool": np.frombuffer(b"".join(b for _, b in rows), np.uint8),
    }


def load(name: str) -> CharacterTable:
    """The shipped table ``folded`` or ``cased``."""
    with np.load(TABLE) as arrays:
        return CharacterTable(*(arrays[f"{name}_{part}"] for part in ("points", "lengths", "pool")))


def unicode_version() -> str:
    """The Unicode version that the shipped table was made from."""
    with np.load(TABLE) as arrays:
        return str(arrays["unicode"])


def write() -> None:
    """Make the shipped table from this Python's Unicode data."""
    arrays = {
        f"{name}_{part}": values
        for name, rule in (("folded", folded_character), ("cased", cased_character))
        for part, values in _changes(rule).items()
    }
    arrays["unicode"] = np.array(unicodedata.unidata_version)
    np.savez_compressed(TABLE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    write()
