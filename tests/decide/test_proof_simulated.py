"""Labels with a known truth, thousands of times: how often is a machine let loose that should not be, and how often
is one that may act really allowed to?"""

import numpy as np
import pytest

from vigie.decide.claim import Claim, Plan
from vigie.decide.proof import prove, walk

from .samples import DAY, claim, label

TIMES = 4_000
GRID = (0.99, 0.98, 0.96, 0.94, 0.92, 0.90)
ASKED = claim(precision=0.99, grid=GRID)


def above_by_chance(times: int) -> float:
    """What a rate of 5 % may show in so many simulations: three standard errors more."""
    return 0.05 + 3 * np.sqrt(0.05 * 0.95 / times)


def granted(random: np.random.Generator, n: int, precision: tuple[float, ...], asked: Claim) -> float | None:
    """The threshold granted on ``n`` labels. ``precision`` is the truth between each threshold and the one before."""
    slot = random.integers(0, len(GRID), n)
    scores = np.array(GRID, dtype=np.float32)[slot] + np.float32(0.005)
    steps = walk(scores, random.random(n) < np.array(precision)[slot], asked, 0.95)
    return min((step.threshold for step in steps if step.passed), default=None)


def true_precision(threshold: float, precision: tuple[float, ...]) -> float:
    """Of all posts at or above a threshold; every slot holds as many."""
    return float(np.mean(precision[: GRID.index(threshold) + 1]))


@pytest.mark.parametrize("n", [2_000, 6_000])
@pytest.mark.parametrize(
    "precision",
    [
        (0.9899,) * 6,  # just too low everywhere
        (0.9999, 0.9799, 0.98, 0.98, 0.98, 0.98),  # high enough only at the strictest
        (1.0, 0.999, 0.9985, 0.9615, 0.95, 0.9),  # high enough down to 0.96, just too low from 0.94 on
        (0.9899, 1.0, 1.0, 1.0, 1.0, 1.0),  # too low at the strictest only
    ],
)
def test_a_threshold_whose_precision_is_too_low_is_granted_in_five_cases_of_a_hundred_at_most(n, precision):
    random = np.random.default_rng(n)
    found = [granted(random, n, precision, ASKED) for _ in range(TIMES)]
    wrong = sum(one is not None and true_precision(one, precision) < 0.99 for one in found) / TIMES
    assert wrong <= above_by_chance(TIMES)


@pytest.mark.parametrize(("n", "least"), [(300, 0.70), (600, 0.85), (1_000, 0.99)])
def test_a_good_machine_is_let_loose_once_there_are_labels_enough(n, least):
    """Power at a true precision of 99.9 % where 99 % is demanded, labels all at the strictest threshold."""
    random = np.random.default_rng(n)
    scores = np.full(n, 0.995, dtype=np.float32)
    found = [walk(scores, random.random(n) < 0.999, claim(precision=0.99, grid=(0.99,)), 0.95) for _ in range(TIMES)]
    assert sum(steps[0].passed for steps in found) / TIMES >= least


def drawn(random: np.random.Generator, chances: tuple[float, float], truth: tuple[float, float]) -> list:
    """Labels on a stream of 1,000 posts above the threshold, a tenth of them much seen, each kind with its chance of
    being drawn and its share of breaches."""
    kind = (np.arange(1_000) >= 100).astype(int)
    chosen = random.random(1_000) < np.array(chances)[kind]
    breach = random.random(1_000) < np.array(truth)[kind]
    name = random.integers(1 << 60)
    return [
        label(f"{name}/{i}", inclusion_probability=chances[kind[i]], breach=bool(breach[i]))
        for i in np.flatnonzero(chosen)
    ]


TRUTH = (1.0, 0.8876)  # 0.8988 over all, where 0.9 is demanded: what few people see is what the machine gets wrong
UNEQUAL = (1.0, 0.1)


def test_labels_drawn_with_unequal_chances_do_not_flatter_the_machine():
    random = np.random.default_rng(7)
    times, plan = 2_000, Plan(floor=0.1, seed="published")
    asked = claim(grid=(0.9,))
    rounds = [drawn(random, UNEQUAL, TRUTH) for _ in range(times)]
    thinned = [prove(one, asked, today=DAY, plan=plan).threshold is not None for one in rounds]
    assert np.mean(thinned) <= above_by_chance(times)
    scores = [np.array([one.score for one in given], dtype=np.float32) for given in rounds]
    breaches = [np.array([one.breach for one in given]) for given in rounds]
    naive = [walk(*pair, asked, 0.95)[-1].passed for pair in zip(scores, breaches, strict=True)]
    assert np.mean(naive) > 0.3, "without thinning the test would have nothing to show"


def test_what_was_too_unlikely_to_be_drawn_is_not_forgotten():
    """A tenth of the posts is always drawn and always right; the rest almost never, and is wrong. Most draws contain
    the first kind only: equal chances, all right. Whoever declares no floor declares that all were equally likely."""
    random = np.random.default_rng(8)
    times, asked = 500, claim(grid=(0.9,))
    rounds = [drawn(random, (1.0, 0.0005), (1.0, 0.0)) for _ in range(times)]
    seen = np.mean([prove(one, asked, today=DAY).threshold is not None for one in rounds])
    declared = [prove(one, asked, today=DAY, plan=Plan(floor=0.0005)).threshold for one in rounds]
    assert seen > 0.5
    assert declared == [None] * times


def test_looking_every_week_is_paid_for_when_it_is_declared():
    """Thirteen looks at labels that grow by 100 a week, at a precision just too low."""
    random = np.random.default_rng(9)
    times, asked = 2_000, claim(precision=0.99, grid=(0.99,))
    wrong = {1: 0, 13: 0}
    for _ in range(times):
        breaches = random.random(1_300) < 0.9899
        for looks in wrong:
            confidence = Plan(looks=looks).confidence_per_look
            weeks = (
                walk(np.ones(n, dtype=np.float32), breaches[:n], asked, confidence) for n in range(100, 1_301, 100)
            )
            wrong[looks] += any(steps[0].passed for steps in weeks)
    assert wrong[13] / times <= above_by_chance(times)
    assert wrong[1] / times > 0.07, "undeclared looks do break the promise"
