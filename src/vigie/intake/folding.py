"""Folding: two spellings of a word, one of them disguised, become the same, and every hit can be shown in the original.

A folded text is lower case without accents, invisible characters or look-alike letters; digits inside words are read as
letters, stretched and spaced-out letters are undone. It serves comparison only and is never shown to anyone.
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from vigie.intake import characters


@cache
def table(name: str) -> characters.CharacterTable:
    """The shipped table ``folded`` or ``cased``."""
    return characters.load(name)


def string_buffers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (int32, one more than rows) and bytes (uint8) of an Arrow string column; no copy."""
    _, offsets, data = column.buffers()
    if offsets is None or len(column) == 0:
        return read_only(np.zeros(1, np.int32)), read_only(np.empty(0, np.uint8))
    window = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    octets = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return read_only(window), read_only(octets)


def read_only(array: np.ndarray) -> np.ndarray:
    """The array, no longer to be written to: a kernel is compiled once for such and once for others."""
    array.setflags(write=False)
    return array


def string_column(offsets: np.ndarray, data: np.ndarray) -> pa.Array:
    """An Arrow string column over offsets and bytes; no copy."""
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def _fold(column: pa.Array, name: str, *, unmask: bool) -> pa.Array:
    from vigie.intake import kernels

    rules = table(name)
    offsets, data, _ = kernels.fold(*string_buffers(column), *rules.arrays, unmask, False)
    return string_column(offsets, data)


def folded(texts: pa.Array) -> pa.Array:
    """The folded column of a string column, a row per post.

    >>> folded(pa.array(["Ça c'est un t\\u200be\\u0301st !", "n1ce  s-p-a-m", "soooo"])).to_pylist()
    ["ca c'est un test !", 'nice spam', 'so']
    """
    return _fold(texts, "folded", unmask=True)


def cased(texts: pa.Array) -> pa.Array:
    """The lower-case column with accents, for telling languages apart.

    >>> cased(pa.array(["Été\\nÀ  LA plage"])).to_pylist()
    ['été à la plage']
    """
    return _fold(texts, "cased", unmask=False)


class FoldedText:
    """One folded text that remembers where each of its bytes stood in the original."""

    def __init__(self, original: str, folded: tuple[bytes, np.ndarray] | None = None):
        self.original = original
        self._encoded = original.encode()
        self.text, self._source = folded or next(_with_source(pa.array([original], pa.string())))

    @classmethod
    def each(cls, originals: pa.Array) -> list["FoldedText"]:
        """The texts of a column, folded at once."""
        return [cls(*one) for one in zip(originals.to_pylist(), _with_source(originals), strict=True)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original, in characters, that folded bytes [start, end) come from.

        >>> FoldedText("Un \\U0001d4e2\\U0001d4f9am !").span(3, 7)
        (3, 7)
        """
        first = int(self._source[start])
        after = int(self._source[end]) if end < len(self.text) else len(self._encoded)
        last = len(self._encoded[first:after].decode(errors="ignore").rstrip())
        begin = len(self._encoded[:first].decode(errors="ignore"))
        return begin, begin + max(last, 1)


def _with_source(originals: pa.Array) -> Iterator[tuple[bytes, np.ndarray]]:
    """Each text folded, and where in its original each byte stood."""
    from vigie.intake import kernels

    offsets, data, source = kernels.fold(*string_buffers(originals), *table("folded").arrays, True, True)
    for begin, end in pairwise(offsets.tolist()):
        yield data[begin:end].tobytes(), source[begin:end]
