"""Would the simulation have foreseen the last weeks, with the people who were there? A forecast is worth no more than that.

Every day, the backlog at midnight and the median wait of the cases that came that day are set beside the interval of the
runs. If the simulation is sound, nearly all lie within; the days of one period depend on each other, and the rates come
from the period itself, so a good share is no proof, but a bad one is a refutation.
"""

from typing import Final, Literal

import msgspec
import numpy as np

from vigie.review.capacity import Interval, interval, quantile_wait
from vigie.review.queueing import Floats, taken_at
from vigie.review.workload import History, Past, backlog_by_hour, draw

Figure = Literal["backlog", "wait_median"]
FIGURES: Final[tuple[Figure, ...]] = ("backlog", "wait_median")


class DayCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on a day (0 the first) beside what was simulated; waits in hours, infinity: longer than the period."""

    day: int
    what: Figure
    happened: float
    simulated: Interval

    @property
    def inside(self) -> bool:
        """Does what happened lie within the interval?"""
        return self.simulated.low <= self.happened <= self.simulated.high


class Check(msgspec.Struct, frozen=True):
    """All days of the past period."""

    days: tuple[DayCheck, ...]

    def covered(self, what: Figure) -> float:
        """The share of days on which this figure lies within its interval, in [0, 1]; 0.95 is what is promised."""
        own = [one.inside for one in self.days if one.what == what]
        return sum(own) / len(own) if own else 0.0


def check(history: History, past: Past, runs: int, seed: int) -> Check:
    """Simulate the past period with those who were there, and compare day by day. Hours beyond whole days are left out."""
    before, hours = history.backlog_before(), len(history.on_duty)
    simulated = np.zeros((runs, 2, hours // 24))
    for run in range(runs):
        drawn = draw(past, history.first_hour, hours, before, np.random.default_rng([seed, run]))
        simulated[run] = _daily(drawn.cases.arrival, taken_at(drawn.cases, history.on_duty), hours)
    happened = _daily(history.arrival, history.taken, hours)
    return Check(
        tuple(
            DayCheck(day=day, what=what, happened=float(happened[n, day]), simulated=interval(simulated[:, n, day]))
            for n, what in enumerate(FIGURES)
            for day in range(hours // 24)
        )
    )


def _daily(arrival: Floats, taken: Floats, hours: int) -> np.ndarray:
    """float64 [2, days]: backlog at the end of each day, median wait of the cases of that day."""
    days = hours // 24
    backlog = backlog_by_hour(arrival, taken, hours)[24 : 24 * days + 1 : 24]
    of_day = np.floor(arrival / 24)
    return np.array([backlog, [quantile_wait(arrival, taken, of_day == day, 0.5) for day in range(days)]])
