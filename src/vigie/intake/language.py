"""Which language a post is in, or ``und`` rather than a guess.

Character n-grams (2 and 3) of 16 languages in Latin script, each with how unlikely it is; the best language must lead
clearly, and more so the shorter the post. Names and web addresses are not read.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from vigie.intake import folding

TABLE = Path(__file__).parent / "language.npz"
UNDETERMINED = "und"
MINIMUM_LETTERS = 4


@cache
def _table() -> tuple[np.ndarray, tuple[str, ...], float]:
    with np.load(TABLE) as arrays:
        return arrays["penalties"].view("<u8"), tuple(str(name) for name in arrays["languages"]), float(arrays["lead"])


def identify(texts: pa.Array) -> pa.Array:
    """The language of each post (ISO 639-1, or ``und``): a dictionary column, a row per post.

    >>> identify(pa.array(["Tu viens manger à la maison ?", "See you at the game tonight", "ok", "Привет"])).to_pylist()
    ['fr', 'en', 'und', 'und']
    """
    from vigie.intake import language_kernel

    penalties, languages, lead = _table()
    case = folding.table("cased")
    sums, letters = language_kernel.language_penalties(
        *folding.string_buffers(texts), case.start, case.length, case.pool, penalties
    )
    return pa.DictionaryArray.from_arrays(
        pa.array(_leaders(sums, letters, lead), pa.int8()), pa.array([*languages, UNDETERMINED], pa.string())
    )


def _leaders(penalties: np.ndarray, letters: np.ndarray, lead: float) -> np.ndarray:
    """Index of the leading language, or one past the last: the lead must grow with the root of the letters read."""
    least = np.partition(penalties, 1, axis=1)
    sure = (letters >= MINIMUM_LETTERS) & (least[:, 1] - least[:, 0] >= lead * np.sqrt(letters))
    return np.asarray(np.where(sure, penalties.argmin(axis=1), penalties.shape[1]), np.int8)
