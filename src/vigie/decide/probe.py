"""Made-up posts on which a condition is tried before it meets real ones: extremes and unknowns, always the same."""

from collections.abc import Mapping

import numpy as np
import polars as pl

#: The first three quarters know everything but some facts; in the last quarter scores are unknown too.
PROBE_ROWS = 24
_TEXTS = ("fr", "en", "und", "", "(", "pt-BR", None)
_COUNTS = (0, 1, 3, 1_000, 2**31 + 1, 2**40, None)


def probe(columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """One column per name: probabilities for float32, counts for whole numbers, odd texts for the rest.

    >>> probe({"hate": pl.Float32(), "views": pl.Int64()}).head(2).rows()
    [(0.0, 0), (1.0, 0)]
    """
    random = np.random.default_rng(1881)  # any seed: the same posts every time
    return pl.DataFrame([_column(name, dtype, random) for name, dtype in columns.items()])


def _column(name: str, dtype: pl.DataType, random: np.random.Generator) -> pl.Series:
    if dtype == pl.Float32:
        scores: list[float | None] = [0.0, 1.0, *random.random(PROBE_ROWS - 2).round(2).tolist()]
        scores[PROBE_ROWS * 3 // 4 :: 2] = [None] * (PROBE_ROWS // 8)
        return pl.Series(name, scores, dtype=dtype)
    drawn = _TEXTS if dtype == pl.String else _COUNTS
    ranks = [0, 0, *random.integers(0, len(drawn), PROBE_ROWS - 2)]
    return pl.Series(name, [drawn[rank] for rank in ranks], dtype)
