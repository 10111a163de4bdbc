"""The interval of alpha, in worlds where the true alpha is known: how often does it hold it?"""

import numpy as np
import pytest

from vigie.measure.agreement import agreement, alpha

WORLDS = 60


def judged(rng: np.random.Generator, n: int, shares: list[float], guesses: float, raters: int) -> list[list[str]]:
    """Each rater sees what is so, or else guesses; one post in ten is judged by one rater less."""
    truth = rng.choice(len(shares), n, p=shares)
    said = np.where(rng.random((n, raters)) < guesses, rng.integers(0, len(shares), (n, raters)), truth[:, None])
    fewer = rng.random(n) < 0.1
    return [[str(one) for one in row[: len(row) - less]] for row, less in zip(said.tolist(), fewer, strict=True)]


@pytest.mark.parametrize(
    ("n", "shares", "guesses", "raters"),
    [
        (60, [0.5, 0.5], 0.2, 2),
        (100, [0.8, 0.2], 0.2, 2),
        (100, [0.8, 0.2], 0.05, 3),
        (200, [0.9, 0.1], 0.02, 2),  # few posts in dispute: the exact bound
        (100, [0.4, 0.3, 0.2, 0.1], 0.3, 3),
    ],
)
def test_the_interval_holds_the_truth_as_often_as_promised(n, shares, guesses, raters):
    truth = alpha(judged(np.random.default_rng(0), 60_000, shares, guesses, raters))
    rng = np.random.default_rng(1)
    found = [agreement(judged(rng, n, shares, guesses, raters), seed, draws=500) for seed in range(WORLDS)]
    given = [one for one in found if one.low is not None]
    assert len(given) > WORLDS / 2
    held = np.mean([one.low <= truth <= one.high for one in given])
    assert held >= 0.95 - 3 * (0.95 * 0.05 / len(given)) ** 0.5
