"""More people, less waiting; harm first, fewer views; and hindsight that notices when the past was understood wrongly."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from vigie.errors import Refused
from vigie.review.capacity import SCENARIOS, Period, Scenario, forecast, interval
from vigie.review.hindsight import check
from vigie.review.queueing import taken_at
from vigie.review.workload import WEEK, Backlog, History, Past, draw, learned

HALF_LIFE = 4 / 3
HOURS = 4 * WEEK


def past(**fields: object) -> Past:
    """Twenty-two cases an hour by day and five by night; six minutes each; a few posts that many see."""
    rng = np.random.default_rng(11)
    views = rng.lognormal(4, 1.5, 3_000)
    breach = (rng.random(3_000) < 0.4).astype(float)
    day = (np.arange(WEEK) % 24 >= 8) & (np.arange(WEEK) % 24 < 20)
    values = {
        "rates": np.where(day, 22.0, 5.0),
        "day_spread": 0.02,
        "handling": rng.lognormal(-2.5, 0.6, 3_000),
        "attention": 0.8,
        "harm": views * np.where(breach, 0.8, 0.2),
        "views": views,
        "breach": breach,
        "half_life": HALF_LIFE,
    }
    return Past(**(values | fields))


def shifts(people: int) -> np.ndarray:
    """Eight hours a day, five days of seven, as evenly as can be."""
    hours = np.arange(WEEK)
    return np.array([((hours % 24) // 8 == n % 3) & ((hours // 24 + n) % 7 < 5) for n in range(people)])


def lived(truth: Past, on_duty: np.ndarray, seed: int) -> History:
    """Weeks that went as ``truth`` says."""
    rng = np.random.default_rng(seed)
    before = Backlog(age=np.array([3.0, 9.0]), harm=np.array([1.0, 2.0]))
    drawn = draw(truth, 5, len(on_duty), before, rng)
    taken = taken_at(drawn.cases, on_duty)
    rows = rng.integers(0, len(truth.harm), len(taken))
    return History(
        arrival=drawn.cases.arrival,
        taken=taken,
        handling=np.where(np.isfinite(taken), drawn.cases.handling, np.nan),
        harm=truth.harm[rows],
        views=truth.views[rows],
        breach=truth.breach[rows],
        on_duty=on_duty,
        first_hour=5,
    )


@pytest.fixture(scope="module")
def rows():
    return {row.scenario.key: row for row in forecast(past(), shifts(9), Period(hours=2 * WEEK, runs=12), seed=1)}


def test_there_is_a_row_per_team(rows):
    assert [rows[one.key].people for one in SCENARIOS] == [18, 12, 9, 9, 6, 4]


@pytest.mark.parametrize("figure", ["backlog", "wait_p90", "harmful_views"])
def test_fewer_people_never_do_better(rows, figure):
    middles = [getattr(rows[key], figure).middle for key in ("double", "quarter_more", "now", "quarter_fewer", "half")]
    assert middles == sorted(middles)
    assert middles[-1] > middles[0]


def test_an_overwhelmed_team_leaves_a_tenth_waiting_for_longer_than_the_period(rows):
    assert rows["half"].wait_p90.middle == math.inf
    assert rows["half"].backlog.low > rows["now"].backlog.high


def test_harm_first_spares_views(rows):
    assert rows["now"].harmful_views.high < rows["now_oldest_first"].harmful_views.low


def test_the_seed_is_all_the_chance_there_is():
    short = Period(hours=WEEK, runs=3)
    assert forecast(past(), shifts(6), short, seed=7) == forecast(past(), shifts(6), short, seed=7)
    assert forecast(past(), shifts(6), short, seed=7) != forecast(past(), shifts(6), short, seed=8)


def test_what_waits_already_is_part_of_the_backlog():
    nobody = [Scenario("nobody", 0.0)]
    old = Backlog(age=np.full(500, 2.0), harm=np.ones(500))
    quiet = past(rates=np.zeros(WEEK))
    (row,) = forecast(quiet, shifts(3), Period(hours=WEEK, runs=2, backlog=old), 1, nobody)
    assert (row.people, row.backlog.middle, row.harmful_views.middle) == (0, 500, 0)


def test_with_nobody_there_all_views_of_breaches_come():
    rates = np.where(np.arange(WEEK) < 24, 30.0, 0.0)
    views = past(rates=rates, day_spread=0.0, views=np.full(3_000, 10.0), breach=np.full(3_000, 0.5))
    (row,) = forecast(views, shifts(3), Period(hours=WEEK, runs=9), 1, [Scenario("nobody", 0.0)])
    assert row.harmful_views.middle == pytest.approx(5 * row.backlog.middle / 7, rel=0.01)


def test_an_interval_is_of_values_that_occurred():
    assert interval(np.array([1.0, math.inf, math.inf])).middle == math.inf
    assert interval(np.array([4.0])).low == 4.0


def test_the_past_is_learned_from_history():
    truth = past()
    on_duty = np.resize(shifts(9).sum(axis=0), HOURS)
    found = learned(lived(truth, on_duty, seed=2), HALF_LIFE)
    by_day = np.where(truth.rates > 9, found.rates, np.nan)
    assert np.nanmean(by_day) == pytest.approx(22, rel=0.05)
    assert found.handling.mean() * 0.8 == pytest.approx(
        truth.handling.mean(), rel=0.05
    )  # breaks are in the time in hand


def test_busy_days_are_told_from_chance():
    on_duty = np.resize(shifts(9).sum(axis=0), 20 * WEEK)
    spread = [learned(lived(past(day_spread=truth), on_duty, seed=3), HALF_LIFE).day_spread for truth in (0.0, 0.05)]
    assert spread[0] < 0.01
    assert 0.03 < spread[1] < 0.07


def test_time_on_duty_that_does_not_go_to_cases_is_noticed():
    on_duty = np.full(HOURS, 2)  # far too few people, two of whose hours in three go to cases
    truth = past(rates=np.full(WEEK, 30.0), attention=1.0)
    seen = lived(replace(truth, attention=2 / 3), on_duty, seed=4)
    honest = replace(seen, handling=seen.handling * 2 / 3)  # what the clock of the case says
    assert learned(honest, HALF_LIFE).attention == pytest.approx(2 / 3, abs=0.03)
    assert learned(lived(truth, np.full(HOURS, 9), seed=4), HALF_LIFE).attention == 1.0  # nobody was ever pressed


def test_too_little_history_is_refused():
    on_duty = np.ones(WEEK, dtype=np.int64)
    with pytest.raises(Refused, match="30 decided cases"):
        learned(lived(past(rates=np.full(WEEK, 0.01)), on_duty, seed=5), HALF_LIFE)
    with pytest.raises(Refused, match="168 hours"):
        learned(lived(past(), on_duty[:100], seed=5), HALF_LIFE)


def test_what_waits_at_the_end_is_where_a_forecast_begins():
    seen = lived(past(), np.resize(shifts(3).sum(axis=0), 2 * WEEK), seed=6)
    after = seen.backlog_after()
    assert len(after.age) == np.isinf(seen.taken).sum() > 100
    assert after.age.min() >= 0
    assert sorted(seen.backlog_before().age) == [3.0, 9.0]


@pytest.mark.parametrize("people", [7, 9])
def test_hindsight_covers_weeks_that_went_as_understood(people):
    on_duty = np.resize(shifts(people).sum(axis=0), HOURS)
    truth = past()
    covered = []
    for seed in range(4):
        found = check(lived(truth, on_duty, seed), truth, runs=60, seed=100)
        covered.append([found.covered("backlog"), found.covered("wait_median")])
    assert np.mean(covered, axis=0).min() >= 0.88


def test_hindsight_refutes_weeks_that_were_misunderstood():
    on_duty = np.resize(shifts(7).sum(axis=0), HOURS)
    slow = past(attention=0.4)  # cases took twice as long as was believed
    found = check(lived(slow, on_duty, seed=1), past(), runs=40, seed=100)
    assert found.covered("backlog") < 0.3
