"""What folding means, one character at a time in plain Python. The kernels are held to it in every test run.

Slow on purpose: no table of bytes, no offsets arithmetic, so that a reader can check it against the documentation.
"""

from vigie.intake.characters import CharacterTable

_LEET = dict(zip("0134579$@", "oieastgsa", strict=True))
_SEPARATORS = " .-_*/,|~"
_MAIL_SCAN = 64
_LEET_RUN = 3

#: A character with the offset, in bytes of the original, that it comes from.
Mapped = tuple[str, int]


def characters(data: bytes) -> list[Mapped]:
    """The characters of UTF-8 bytes with their byte offsets; a byte that is not UTF-8 is dropped alone.

    >>> characters(b"a\\xff\\xc3\\xa9")
    [('a', 0), ('é', 2)]
    """
    found, i = [], 0
    while i < len(data):
        lead = data[i]
        size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        try:
            character = data[i : i + size].decode()
        except UnicodeDecodeError:
            i += 1
            continue
        found.append((character, i))
        i += size
    return found


def _is_letter(c: str) -> bool:
    return "a" <= c <= "z"


def _is_alnum(c: str) -> bool:
    return _is_letter(c) or "0" <= c <= "9"


def _at(text: list[Mapped], i: int) -> str:
    return text[i][0] if 0 <= i < len(text) else ""


def substitute(text: list[Mapped], table: CharacterTable) -> list[Mapped]:
    """Characters to what they are compared as, white space to single spaces."""
    out: list[Mapped] = []
    for character, offset in text:
        for c in table[character]:
            if c == " " and (not out or out[-1][0] == " "):
                continue
            out.append((c, offset))
    return out[:-1] if out and out[-1][0] == " " else out


def _spaced_word(text: list[Mapped], i: int) -> list[Mapped]:
    """The letters of a spaced-out word that begins at i, or none."""
    separator = _at(text, i + 1)
    if not _is_letter(_at(text, i)) or _is_alnum(_at(text, i - 1)) or not separator or separator not in _SEPARATORS:
        return []
    j = i
    while _at(text, j + 1) == separator and _is_letter(_at(text, j + 2)) and not _is_alnum(_at(text, j + 3)):
        j += 2
    letters = text[i : j + 1 : 2]
    return letters if len(letters) >= (4 if separator == " " else 3) else []


def join_spaced_out(text: list[Mapped]) -> list[Mapped]:
    """``s p a m m e r`` is read as one word."""
    out, i = [], 0
    while i < len(text):
        letters = _spaced_word(text, i)
        out += letters or [text[i]]
        i += 2 * len(letters) - 1 if letters else 1
    return out


def _leet(text: list[Mapped], i: int) -> str:
    character = _at(text, i)
    if character == "@":
        j = i + 1
        while j < len(text) and j - i < _MAIL_SCAN and (_is_alnum(_at(text, j)) or _at(text, j) == "-"):
            j += 1
        if _at(text, j) == "." and _is_letter(_at(text, j + 1)):
            return ""  # an e-mail address
    return _LEET.get(character, "")


def read_leet(text: list[Mapped]) -> list[Mapped]:
    """Up to three digits or signs between letters are read as letters; at a word's end only if some were read inside it."""
    out = list(text)
    read = False
    i = 1
    while i < len(out):
        if _is_letter(_at(out, i)):
            i += 1
        elif not _is_letter(_at(out, i - 1)) or not _leet(out, i):
            read = False
            i += 1
        else:
            j = i
            while j < len(out) and j - i <= _LEET_RUN and _leet(out, j):
                j += 1
            inside, last = _is_letter(_at(out, j)), read and not _is_alnum(_at(out, j))
            read = j - i <= _LEET_RUN and (inside or last)
            for k in range(i, j if read else i):
                out[k] = (_leet(out, k), out[k][1])
            i = j
    return out


def shorten_stretched(text: list[Mapped]) -> list[Mapped]:
    """Three or more of one letter become one (two for a consonant inside a word), unless they are the whole word."""
    out: list[Mapped] = []
    i = 0
    while i < len(text):
        j = i + 1
        while j < len(text) and _is_letter(_at(text, i)) and _at(text, j) == _at(text, i):
            j += 1
        starts = not (out and _is_letter(out[-1][0]))
        ends = not _is_letter(_at(text, j))
        inside = not (starts or ends) and _at(text, i) not in "aeiouy"
        out += text[i : i + 1 + inside] if j - i >= 3 and not (starts and ends) else text[i:j]
        i = j
    return out


def fold(data: bytes, table: CharacterTable, *, unmask: bool) -> list[Mapped]:
    """The folded characters of a text with the byte offsets that they come from."""
    text = substitute(characters(data), table)
    return shorten_stretched(read_leet(join_spaced_out(text))) if unmask else text
