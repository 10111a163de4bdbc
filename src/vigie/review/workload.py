"""What came in during the last weeks, who was there and how long cases took: all that a forecast of the queue needs."""

from typing import Final

import msgspec
import numpy as np

from vigie.errors import Refused
from vigie.review.queueing import Cases, Counts, Floats, rank_by_harm

#: Hours in a week; hour 0 begins on Monday at midnight, in the instance's zone.
WEEK: Final = 168
#: Fewer decided cases than this say too little of how long a case takes.
ENOUGH: Final = 30


class Backlog(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Cases that already wait when a period begins: their age in hours and expected harm at arrival, float64 columns."""

    age: Floats
    harm: Floats


EMPTY: Final = Backlog(age=np.zeros(0), harm=np.zeros(0))


class History(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The last weeks as they were. float64 columns, a row per case in order of arrival; times in hours since the start.

    ``arrival``: negative for cases that already waited then; ``taken``: infinity if nobody has taken it yet.
    ``handling``: hours in hand, NaN if undecided. ``harm``: expected harm at arrival; ``views``: views expected after
    arrival; ``breach``: 1 or 0 as decided, the probability where undecided. ``on_duty``: int64, people at work in each
    hour of the period; ``first_hour``: hour of the week, 0 to 167, at which it begins.
    """

    arrival: Floats
    taken: Floats
    handling: Floats
    harm: Floats
    views: Floats
    breach: Floats
    on_duty: Counts
    first_hour: int = 0

    def backlog_before(self) -> Backlog:
        """What waited when the period began."""
        old = self.arrival < 0
        return Backlog(age=-self.arrival[old], harm=self.harm[old])

    def backlog_after(self) -> Backlog:
        """What waits at its end: where a forecast begins."""
        still = np.isinf(self.taken)
        return Backlog(age=len(self.on_duty) - self.arrival[still], harm=self.harm[still])


class Past(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is taken to go on: how many cases come, how long they take, whom they would harm.

    ``rates``: float64 [168], cases an hour by hour of the week. ``day_spread``: how much busy days differ from quiet ones
    beyond chance, as the variance of a day's factor, 0 or more. ``handling``: hours, one per past decided case.
    ``attention``: share in (0, 1] of the time on duty that goes to cases. ``harm``, ``views``, ``breach``: as in
    ``History``, one per past case. ``half_life``: hours in which half of a post's views come (``priority.Decay``).
    """

    rates: Floats
    day_spread: float
    handling: Floats
    attention: float
    harm: Floats
    views: Floats
    breach: Floats
    half_life: float


class Drawn(msgspec.Struct, frozen=True, eq=False):
    """A period as it might be: its cases, those that already waited first, and the views of breaches that are at stake.

    ``new``: bool, one per case: did it arrive in the period? ``stake``: float64, expected views after arrival × breach.
    """

    cases: Cases
    new: np.ndarray
    stake: Floats


def learned(history: History, half_life: float) -> Past:
    """What the last weeks say of the next.

    Raises: Refused when there are fewer than 30 decided cases, or less than a week.
    """
    handling = history.handling[~np.isnan(history.handling)]
    hours = len(history.on_duty)
    if len(handling) < ENOUGH or hours < WEEK:
        needed = f"{ENOUGH} decided cases and {WEEK} hours are needed"
        raise Refused(f"{len(handling)} decided cases in {hours} hours say too little of the next weeks: {needed}")
    return Past(
        rates=_rates(history),
        day_spread=_day_spread(history),
        handling=handling,
        attention=_attention(history),
        harm=history.harm,
        views=history.views,
        breach=history.breach,
        half_life=half_life,
    )


def draw(past: Past, first_hour: int, hours: int, backlog: Backlog, rng: np.random.Generator) -> Drawn:
    """A period like the past one, by chance: whole hours from an hour of the week on."""
    spread = past.day_spread
    factor = rng.gamma(1 / spread, spread, -(-hours // 24)) if spread else np.ones(-(-hours // 24))
    week = np.resize(np.roll(past.rates, -first_hour), hours)
    counts = rng.poisson(week * np.repeat(factor, 24)[:hours])
    coming = np.sort(np.repeat(np.arange(hours), counts) + rng.random(int(counts.sum())))
    rows = rng.integers(0, len(past.harm), len(coming))
    old = np.argsort(-backlog.age, kind="stable")
    arrival = np.concatenate((-backlog.age[old], coming))
    harm = np.concatenate((backlog.harm[old], past.harm[rows]))
    stake = np.concatenate((np.zeros(len(old)), past.views[rows] * past.breach[rows]))
    handling = rng.choice(past.handling, len(arrival)) / past.attention
    rank = rank_by_harm(harm, arrival, past.half_life)
    return Drawn(Cases(arrival=arrival, handling=handling, rank=rank), arrival >= 0, stake)


def backlog_by_hour(arrival: Floats, taken: Floats, hours: int) -> Floats:
    """How many cases wait at the start of each hour, and at the end of the last: float64 [hours + 1].

    >>> backlog_by_hour(np.array([-1.0, 0.2]), np.array([0.5, np.inf]), 2).tolist()
    [1.0, 1.0, 1.0]
    """
    change = _hourly(arrival, hours) - _hourly(taken, hours)
    return np.concatenate(([0.0], np.cumsum(change))) + np.count_nonzero(arrival < 0)


def _rates(history: History) -> Floats:
    hours = len(history.on_duty)
    of_week = (np.arange(hours) + history.first_hour) % WEEK
    counts = np.bincount(of_week, weights=_hourly(history.arrival, hours), minlength=WEEK)
    return np.asarray(counts / np.bincount(of_week, minlength=WEEK), dtype=np.float64)


def _day_spread(history: History) -> float:
    """By moments: what the counts of days vary beyond chance, each weekday against its own mean; 0 below two weeks."""
    days = len(history.on_duty) // 24
    weeks = days // 7
    if weeks < 2:
        return 0.0
    counts = _hourly(history.arrival, len(history.on_duty))[: weeks * WEEK].reshape(weeks, 7, 24).sum(axis=2)
    mean = counts.mean(axis=0)
    beyond = counts.var(axis=0, ddof=1) - mean
    return max(float(beyond.sum() / np.square(mean).sum()), 0.0) if mean.any() else 0.0


def _attention(history: History) -> float:
    """The time in hand against the time on duty, over hours in which more cases waited than people could take."""
    hours = len(history.on_duty)
    waits = backlog_by_hour(history.arrival, history.taken, hours)
    taken = np.isfinite(history.taken) & ~np.isnan(history.handling)
    pressed = (waits[:-1] > history.on_duty) & (waits[1:] > history.on_duty)
    worked = _hourly(history.taken[taken], hours, history.handling[taken])[pressed].sum()
    there = history.on_duty[pressed].sum()
    return float(min(worked / there, 1.0)) if worked and there >= WEEK else 1.0


def _hourly(times: Floats, hours: int, weights: Floats | None = None) -> Floats:
    """How many (or how much) in each hour of the period; what is before or after it is left out."""
    within = (times >= 0) & (times < hours)
    kept = None if weights is None else weights[within]
    return np.asarray(np.bincount(times[within].astype(np.int64), kept, minlength=hours), dtype=np.float64)
