"""What do N moderators mean for the backlog, for waiting, and for views of harmful posts before a decision?

Each row of the answer is a team: as it is, with half of it gone, with a quarter more. Every team meets the same simulated
weeks (``workload.draw``), each many times, and each figure is given with the interval in which 95 % of the runs fall: what
chance does to the period, not the doubt about what the past was like.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from vigie.review.queueing import Counts, Floats, taken_at
from vigie.review.workload import EMPTY, WEEK, Backlog, Drawn, Past, draw


class Scenario(msgspec.Struct, frozen=True):
    """A team: how many people, as a share of those that are there now; most harmful cases first, or oldest first.

    Of fewer people, chance draws who stays; of more, whose shifts the new ones share.
    """

    key: str
    share: float
    by_harm: bool = True

    def people(self, now: int) -> int:
        """How many that is: rounded down where some leave, up where some come.

        >>> [Scenario("x", share).people(7) for share in (0.5, 1.0, 1.25)]
        [3, 7, 9]
        """
        return math.floor(now * self.share) if self.share <= 1 else math.ceil(now * self.share)


SCENARIOS: Final = (
    Scenario("double", 2.0),
    Scenario("quarter_more", 1.25),
    Scenario("now", 1.0),
    Scenario("now_oldest_first", 1.0, by_harm=False),
    Scenario("quarter_fewer", 0.75),
    Scenario("half", 0.5),
)


class Interval(msgspec.Struct, frozen=True):
    """The median of the runs, between the bounds within which 95 % of them fall; infinity: longer than the period."""

    low: float
    middle: float
    high: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What a team means: cases still waiting at the end of the period, hours that half and nine tenths of cases wait at
    most before someone takes them, views of breaches a day before a decision.
    """

    scenario: Scenario
    people: int
    backlog: Interval
    wait_median: Interval
    wait_p90: Interval
    harmful_views: Interval


class Period(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is simulated: so many hours from an hour of the week on, with what waits already; ``runs`` times."""

    hours: int = 4 * WEEK
    first_hour: int = 0
    backlog: Backlog = EMPTY
    runs: int = 40


def forecast(
    past: Past,
    shifts: np.ndarray,
    period: Period,
    seed: int,
    scenarios: Sequence[Scenario] = SCENARIOS,
    tell: Callable[[int], None] = lambda run: None,
) -> tuple[Row, ...]:
    """One row per team. ``shifts``: bool [people, 168], who of the present team works in which hour of the week.

    The same seed gives the same rows. ``tell`` hears how many runs are done before each.
    """
    figures = np.zeros((len(scenarios), period.runs, 4))
    for run in range(period.runs):
        tell(run)
        drawn = draw(past, period.first_hour, period.hours, period.backlog, np.random.default_rng([seed, run]))
        for n, scenario in enumerate(scenarios):
            on_duty = _on_duty(shifts, scenario, period, np.random.default_rng([seed, run, 1]))
            figures[n, run] = _figures(drawn, scenario, on_duty, past.half_life)
    return tuple(_row(scenario, len(shifts), figures[n]) for n, scenario in enumerate(scenarios))


def interval(values: np.ndarray) -> Interval:
    """The interval of some runs: no value that did not occur, so that infinity stays infinity.

    >>> interval(np.arange(1, 41))
    Interval(low=1.0, middle=20.0, high=39.0)
    """
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975), method="inverted_cdf")
    return Interval(float(low), float(middle), float(high))


def quantile_wait(arrival: Floats, taken: Floats, which: np.ndarray, share: float) -> float:
    """The hours that this share of some cases (bool, one per case) wait at most; infinity: not within the period."""
    hours = (taken - arrival)[which]
    return float(np.quantile(hours, share, method="inverted_cdf")) if len(hours) else 0.0


def _on_duty(shifts: np.ndarray, scenario: Scenario, period: Period, rng: np.random.Generator) -> Counts:
    now = len(shifts)
    people = scenario.people(now)
    chosen = np.concatenate((rng.permutation(now)[:people], rng.integers(0, max(now, 1), max(people - now, 0))))
    week = shifts[chosen.astype(np.int64)].sum(axis=0)
    return np.resize(np.roll(week, -period.first_hour), period.hours).astype(np.int64)


def _figures(drawn: Drawn, scenario: Scenario, on_duty: Counts, half_life: float) -> tuple[float, float, float, float]:
    cases = drawn.cases
    if not scenario.by_harm:
        cases = msgspec.structs.replace(cases, rank=np.zeros(len(cases.rank)))
    taken = taken_at(cases, on_duty)
    seen_for = np.minimum(taken + cases.handling, len(on_duty)) - cases.arrival
    views = drawn.stake * -np.expm1(-math.log(2) * seen_for / half_life)
    return (
        float(np.isinf(taken).sum()),
        quantile_wait(cases.arrival, taken, drawn.new, 0.5),
        quantile_wait(cases.arrival, taken, drawn.new, 0.9),
        float(views.sum()) * 24 / len(on_duty),
    )


def _row(scenario: Scenario, now: int, runs: np.ndarray) -> Row:
    backlog, median, p90, views = (interval(column) for column in runs.T)
    return Row(
        scenario=scenario,
        people=scenario.people(now),
        backlog=backlog,
        wait_median=median,
        wait_p90=p90,
        harmful_views=views,
    )
