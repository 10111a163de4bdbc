"""Do people who judge the same post blind say the same, beyond what chance would give? Krippendorff's alpha.

1: always the same; 0: no more than chance; below 0: less than chance. Krippendorff's own advice: rely on data from 0.8 on,
draw tentative conclusions from 0.667 on.

Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), nominal data, any number of raters, values
missing.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from vigie.decide.bound import lower_bound

#: Posts judged twice, and posts of which somebody said another thing than is mostly said, below which no interval is given.
ENOUGH: Final = 50
VARIETY: Final = 10
#: With fewer posts in dispute, drawing again cannot tell how many there might be: an exact bound takes its place.
DISPUTED: Final = 5
_CONFIDENCE: Final = 0.975  # on either side


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Alpha over so many posts that at least two people judged, with an interval of 95 %.

    ``alpha`` is None where everybody said the same of everything, or nothing was judged twice: there is then no
    disagreement to expect, and none to measure. ``low`` and ``high`` are None with too few posts, or too little variety.
    """

    alpha: float | None
    low: float | None
    high: float | None
    units: int


class _Kinds(msgspec.Struct, frozen=True, eq=False):
    """Posts on which the same was said, taken together: how many (``times``), and for each of them its disagreement
    (``observed``) and how often each value was given (``counts``). float64 [kinds], [kinds] and [kinds, values].
    """

    times: np.ndarray
    observed: np.ndarray
    counts: np.ndarray


def alpha(units: Sequence[Sequence[str]]) -> float | None:
    """Krippendorff's alpha for names. A unit is what different people said of one post; whoever said nothing is left out.

    >>> meg, owen = "0100000010", "1110010000"
    >>> round(alpha(list(zip(meg, owen))), 3)
    0.095
    """
    kinds = _kinds(units)
    value = _alphas(kinds, kinds.times[None])[0]
    return None if np.isnan(value) else float(value)


def agreement(units: Sequence[Sequence[str]], seed: int, draws: int = 2_000) -> Agreement:
    """Alpha with its interval; the same seed gives the same interval.

    Posts are drawn again with replacement, ``draws`` times, and the interval is that of the percentiles. Where fewer than
    five posts are in dispute, it runs from what the exact bound on the share of disputed posts allows up to 1.
    ``tests/simulations`` counts how often the interval holds the truth.

    >>> found = agreement([("yes", "yes"), ("no", "no"), ("no", "yes")] * 40, seed=1)
    >>> found.units, round(found.alpha, 2), round(found.low, 2), round(found.high, 2)
    (120, 0.34, 0.16, 0.5)
    """
    kinds = _kinds(units)
    value, many = alpha(units), int(kinds.times.sum())
    totals, raters = kinds.times @ kinds.counts, kinds.counts.sum(axis=1)
    varied = kinds.times[raters > kinds.counts[:, totals.argmax()]].sum() if many else 0
    if value is None or many < ENOUGH or varied < VARIETY:
        return Agreement(alpha=value, low=None, high=None, units=many)
    disputed = int(kinds.times[kinds.observed > 0].sum())
    if disputed < DISPUTED:
        # a disputed post adds at most as much disagreement as it has raters
        worst = (1 - lower_bound(many - disputed, many, _CONFIDENCE)) * many * float(raters.max())
        low, high = 1 - worst / float(_expected(totals[None])[0]), 1.0
    else:
        weights = np.random.default_rng(seed).multinomial(many, kinds.times / many, size=draws)
        low, high = np.nanquantile(_alphas(kinds, weights), (1 - _CONFIDENCE, _CONFIDENCE))
    return Agreement(alpha=value, low=float(low), high=float(high), units=many)


def _kinds(units: Sequence[Sequence[str]]) -> _Kinds:
    found = Counter(tuple(sorted(unit)) for unit in units if len(unit) > 1)
    values = sorted({value for unit in found for value in unit})
    counts = np.array([[unit.count(value) for value in values] for unit in found], dtype=np.float64)
    counts = counts.reshape(len(found), len(values))
    raters = counts.sum(axis=1)
    observed = (raters**2 - (counts**2).sum(axis=1)) / (raters - 1)
    return _Kinds(np.array(list(found.values()), dtype=np.float64), observed, counts)


def _alphas(kinds: _Kinds, weights: np.ndarray) -> np.ndarray:
    """Alpha where each kind counts so often ([draws, kinds]); NaN where no disagreement is to be expected."""
    expected = _expected(weights @ kinds.counts)
    return np.where(expected > 0, 1 - weights @ kinds.observed / np.where(expected > 0, expected, 1), np.nan)


def _expected(totals: np.ndarray) -> np.ndarray:
    """The disagreement that chance would give, on the scale of ``observed``; ``totals``: how often each value was given."""
    n = totals.sum(axis=1)
    return np.asarray((n**2 - (totals**2).sum(axis=1)) / np.maximum(n - 1, 1))
