"""One run of a queue of cases through a team: who waits how long, if this many people are there hour by hour.

Discrete events: a case arrives, waits, is taken by whoever is free, most harmful first, and is decided. Whoever goes home
finishes the case in hand. Times are hours since the start of the period.
"""

import heapq

import msgspec
import numpy as np

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]


class Cases(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Cases of one period, float64 columns of equal length in order of arrival: when they arrive, how long they take
    (hours), and their rank: the highest rank is looked at first, equal ranks by arrival.
    """

    arrival: Floats
    handling: Floats
    rank: Floats


def taken_at(cases: Cases, on_duty: Counts) -> Floats:
    """When each case is taken, in hours, one per case; infinity: still waiting at the end of the period.

    ``on_duty``: int64, people at work in each hour; the period has as many hours.

    >>> cases = Cases(arrival=np.array([0.0, 0.1]), handling=np.array([1.5, 1.0]), rank=np.zeros(2))
    >>> taken_at(cases, np.array([1, 1, 1])).tolist()
    [0.0, 1.5]
    """
    arrival, handling, rank = cases.arrival.tolist(), cases.handling.tolist(), (-cases.rank).tolist()
    taken = [float("inf")] * len(arrival)
    waiting: list[tuple[float, int]] = []
    busy: list[float] = []
    coming, many = 0, len(arrival)
    for hour, people in enumerate(on_duty.tolist()):
        now, end = float(hour), float(hour + 1)
        while True:
            while busy and busy[0] <= now:
                heapq.heappop(busy)
            while coming < many and arrival[coming] <= now:
                heapq.heappush(waiting, (rank[coming], coming))
                coming += 1
            while waiting and len(busy) < people:
                case = heapq.heappop(waiting)[1]
                taken[case] = now
                heapq.heappush(busy, now + handling[case])
            now = min(busy[0] if busy else end, arrival[coming] if coming < many else end)
            if now >= end:
                break
    return np.array(taken, dtype=np.float64)


def rank_by_harm(harm: Floats, arrival: Floats, half_life: float) -> Floats:
    """The rank of each case, where the most harm still preventable comes first, float64.

    Harm decays by half in ``half_life`` hours for all alike, so which of two cases is ahead never changes: the rank is
    the logarithm of the harm at arrival, plus the arrival in half-lives.

    >>> rank_by_harm(np.array([4.0, 1.0]), np.array([0.0, 3.0]), half_life=1.0).tolist()
    [2.0, 3.0]
    """
    return np.asarray(np.log2(np.maximum(harm, np.finfo(np.float64).tiny)) + arrival / half_life, dtype=np.float64)
