"""The queue against closed forms (Erlang C) and against promises that hold for any queue."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.review.queueing import Cases, rank_by_harm, taken_at


def erlang_c(servers: int, load: float) -> float:
    """The chance that someone must wait; ``load`` = arrival rate × mean handling time. Source: A. K. Erlang (1917)."""
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (sum(load**k / math.factorial(k) for k in range(servers)) + full)


def markovian(servers: int, load: float, seed: int, ranked: bool = False) -> np.ndarray:
    """Waits in an M/M/c queue, in mean handling times, without the first thousand."""
    rng = np.random.default_rng(seed)
    n = 20_000
    arrival = np.cumsum(rng.exponential(1 / load, n))
    cases = Cases(arrival=arrival, handling=rng.exponential(1, n), rank=rng.random(n) if ranked else np.zeros(n))
    hours = int(arrival[-1]) + 2_000
    return (taken_at(cases, np.full(hours, servers)) - arrival)[1_000:]


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (2, 1.4), (5, 4.0), (20, 17.0)])
def test_waits_are_those_of_erlang(servers, load):
    runs = [markovian(servers, load, seed) for seed in range(12)]
    must_wait = erlang_c(servers, load)
    drain = servers - load
    expected = {  # M/M/c, first come first served: P(W > t) = C exp(-(c - load) t)
        "mean": must_wait / drain,
        "waits at all": must_wait,
        "waits longer": must_wait * math.exp(-1),
    }
    found = {
        "mean": [run.mean() for run in runs],
        "waits at all": [(run > 0).mean() for run in runs],
        "waits longer": [(run > 1 / drain).mean() for run in runs],
    }
    for name, values in found.items():
        error = np.std(values, ddof=1) / math.sqrt(len(values))
        assert abs(np.mean(values) - expected[name]) < 4 * error, name


def test_the_order_changes_who_waits_not_how_much_is_waited():
    """Kleinrock's conservation: where the order does not know how long cases take, the mean wait is the same."""
    ranked = [markovian(2, 1.4, seed, ranked=True) for seed in range(12)]
    oldest = [markovian(2, 1.4, seed) for seed in range(12)]
    gaps = [one.mean() - other.mean() for one, other in zip(ranked, oldest, strict=True)]
    assert abs(np.mean(gaps)) < 4 * np.std(gaps, ddof=1) / math.sqrt(len(gaps))
    assert np.mean([np.quantile(one, 0.99) for one in ranked]) > np.mean([np.quantile(one, 0.99) for one in oldest])


QUEUES = st.tuples(
    st.lists(st.tuples(st.floats(-5, 9.9), st.floats(0, 4), st.integers(0, 3)), max_size=30),
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
)


@given(QUEUES)
def test_promises_of_any_queue(queue):
    rows, people = queue
    rows.sort(key=lambda row: row[0])
    arrival, handling, rank = (np.array([row[n] for row in rows], dtype=float) for n in range(3))
    on_duty = np.array(people)
    taken = taken_at(Cases(arrival=arrival, handling=handling, rank=rank), on_duty)
    begun = np.flatnonzero(np.isfinite(taken))
    for case in begun:
        at = taken[case]
        assert max(arrival[case], 0) <= at < 10
        in_hand = np.count_nonzero((taken <= at) & (at < taken + handling))
        assert in_hand <= max(on_duty[: int(at) + 1]), "nobody has two cases"
        waiting = (arrival <= at) & (taken > at)
        assert not waiting.any() or rank[case] >= rank[waiting].max(), "no graver case was left behind"
        same = waiting & (rank == rank[case])
        assert not same.any() or case < np.flatnonzero(same)[0]
    left = np.isinf(taken)
    for hour in range(10):
        idle = on_duty[hour] - np.count_nonzero((taken <= hour) & (hour < taken + handling))
        assert idle <= 0 or not (left & (arrival <= hour)).any(), "nobody is idle while a case waits"


def test_people_who_go_home_finish_the_case_in_hand():
    two = Cases(arrival=np.zeros(2), handling=np.array([1.5, 1.0]), rank=np.zeros(2))
    assert taken_at(two, np.array([1, 0, 0, 1])).tolist() == [0.0, 3.0]
    assert taken_at(two, np.array([1, 0])).tolist() == [0.0, math.inf]


def test_the_rank_is_the_order_of_what_can_still_be_prevented():
    rng = np.random.default_rng(5)
    harm, arrival = rng.lognormal(3, 2, 200), rng.uniform(0, 40, 200)
    now = harm * 2 ** -((40 - arrival) / 1.5)
    rank = rank_by_harm(harm, arrival, 1.5)
    assert np.argsort(rank).tolist() == np.argsort(now).tolist()
    assert np.isfinite(rank_by_harm(np.zeros(1), np.zeros(1), 1.5)).all()
