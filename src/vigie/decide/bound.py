"""How sure one may be of a share after having looked at some cases: the exact bound, with nothing assumed but chance.

Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934).
"""

import math
from functools import lru_cache

import numpy as np

#: Halvings of an interval of length below 1: more would be finer than a double is.
_HALVINGS = 60
#: Nobody labels more than this; a proof that would need more is said to be out of reach.
MOST_LABELS = 10_000_000


@lru_cache(maxsize=65_536)
def lower_bound(correct: int, n: int, confidence: float = 0.95) -> float:
    """The one-sided lower bound of a share, in [0, 1]: below it, ``correct`` of ``n`` would be luck rarer than allowed.

    The largest p with P(X >= correct) <= 1 - confidence for X ~ Binomial(n, p), rounded down. 0 when nothing was seen.

    >>> round(lower_bound(299, 299), 5)
    0.99003
    >>> round(lower_bound(9, 10), 4)
    0.6058
    >>> lower_bound(0, 0)
    0.0

    Raises: ValueError when the counts are impossible.
    """
    if not (0 <= correct <= n and 0 < confidence < 1):
        raise ValueError(f"{correct} correct of {n} at confidence {confidence}")
    if correct == 0:
        return 0.0
    weights, hits = _terms(correct, n)
    aim = math.log(1 - confidence)
    low, high = 0.0, correct / n
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _log_tail(weights, hits, n, middle) <= aim:
            low = middle
        else:
            high = middle
    return low


def interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a share, in [0, 1]: both ends are one-sided bounds that share the allowed error.

    >>> tuple(round(end, 4) for end in interval(9, 10))
    (0.555, 0.9975)
    >>> interval(0, 0)
    (0.0, 1.0)
    """
    each = 1 - (1 - confidence) / 2
    return lower_bound(correct, n, each), 1 - lower_bound(n - correct, n, each)


def labels_missing(correct: int, n: int, precision: float, confidence: float = 0.95) -> int | None:
    """How many more labels, all of them correct, would bring the lower bound to ``precision``; None: out of reach.

    >>> labels_missing(0, 0, 0.99), labels_missing(298, 299, 0.99), labels_missing(299, 299, 0.99)
    (299, 174, 0)
    >>> print(labels_missing(50, 50, 1.0))
    None
    """

    def enough(more: int) -> bool:
        return lower_bound(correct + more, n + more, confidence) >= precision

    few, many = -1, 0
    while not enough(many):
        few, many = many, max(1, 2 * many)
        if precision >= 1 or many > MOST_LABELS:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many


def _terms(correct: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Log binomial coefficients of ``correct``, ``correct`` + 1 … hits. Past forty standard deviations none counts."""
    last = min(n, correct + 100 + int(20 * math.sqrt(n)))
    hits = np.arange(correct, last + 1, dtype=np.float64)
    first = math.lgamma(n + 1) - math.lgamma(correct + 1) - math.lgamma(n - correct + 1)
    steps = np.log((n - hits[:-1]) / (hits[:-1] + 1))
    return np.concatenate(([first], first + np.cumsum(steps))), hits


def _log_tail(weights: np.ndarray, hits: np.ndarray, n: int, p: float) -> float:
    """log P(X >= correct) for X ~ Binomial(n, p), 0 < p < 1."""
    logs = weights + hits * math.log(p) + (n - hits) * math.log1p(-p)
    highest = float(logs.max())
    return highest + math.log(float(np.exp(logs - highest).sum()))
