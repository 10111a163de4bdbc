"""What comes first: the formula, clocks before harm, nobody dropped, and the fast way held to the plain one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Misconfigured
from vigie.review import ranking
from vigie.review.priority import Basis, Decay, Post, Waiting, admit, harm, in_order

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DECAY = Decay(median_views=40, half_life=2.0, reach=0.25, young=0.25)
ONE = {"probability": 1.0, "gravity": 1}


@pytest.mark.parametrize(
    ("known", "basis", "to_come"),
    [
        ({"age": 2.0, "views": 99}, Basis.VIEWS, 100),  # half has come, as many will
        ({"age": 4.0, "views": 299}, Basis.VIEWS, 100),  # three quarters have come
        ({"age": 2.0, "views": 0}, Basis.VIEWS, 1),  # nobody has seen it: not nothing
        ({"age": 2.0, "views": 99, "followers": 9}, Basis.VIEWS, 100),
        ({"age": 0.2, "views": 99, "followers": 0}, Basis.FOLLOWERS, 0),  # too young for its views to say much
        ({"age": 2.0, "followers": 400}, Basis.FOLLOWERS, 50),
        ({"views": 99, "followers": 400}, Basis.FOLLOWERS, 100),  # age unknown
        ({"age": 2.0}, Basis.MEDIAN, 20),
        ({}, Basis.MEDIAN, 40),
    ],
)
def test_views_to_come(known, basis, to_come):
    found = harm(Post(**ONE, **known), DECAY)
    assert (found.basis, found.to_come) == (basis, pytest.approx(to_come))


def test_harm_is_the_product_and_says_so_in_both_languages():
    found = harm(Post(probability=0.825, gravity=4, age=2.0, views=12_345), DECAY)
    assert found.value == pytest.approx(0.825 * 12_346 * 4)
    assert "× 12\u202f346 (views to come) × 4 (gravity) = 40\u202f742" in found.shown("en")
    assert "0,82 (probabilité) × 12\u202f346 (vues à venir) × 4 (gravité) = 40\u202f742" in found.shown("fr")


@pytest.mark.parametrize("known", [{"followers": 4}, {}])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_basis_is_shown(known, language):
    said = harm(Post(**ONE, age=2.0, **known), DECAY).shown(language)
    assert "50" in said  # per cent to come
    assert "{" not in said


@given(age=st.floats(0.25, 100), views=st.integers(0, 10**7), later=st.floats(0.01, 10))
def test_of_two_posts_seen_as_often_the_younger_comes_first(age, views, later):
    young, old = (harm(Post(**ONE, age=hours, views=views), DECAY).value for hours in (age, age + later))
    assert young > old


@pytest.mark.parametrize("bad", [{"half_life": 0}, {"young": 0}, {"reach": -1}, {"median_views": -1}])
def test_impossible_arrivals_are_refused(bad):
    with pytest.raises(Misconfigured, match="half-life"):
        Decay(**{"median_views": 1, **bad})


def test_clocks_about_to_run_out_come_first_then_harm():
    hours = {"overdue": -5, "soon": 1, "later": 50}
    clocks = [Waiting(case=name, harm=0.0, due=NOW + timedelta(hours=left)) for name, left in hours.items()]
    cases = [Waiting(case="grave", harm=9.0), *reversed(clocks), Waiting(case="light", harm=1.0)]
    assert [one.case for one in in_order(cases, NOW)] == ["overdue", "soon", "grave", "light", "later"]


WAITING = st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(-9, 9)), max_size=40).map(
    lambda rows: [
        Waiting(case=str(n), harm=float(harm), due=None if due is None else NOW + timedelta(hours=due))
        for n, (harm, due) in enumerate(rows)
    ]
)


@given(WAITING, st.integers(0, 50))
def test_every_case_is_admitted_or_waits_and_is_counted(cases, capacity):
    found = admit(cases, capacity, NOW)
    assert sorted(found.admitted + found.waiting) == sorted(one.case for one in cases)
    by_name = {one.case: one for one in cases}
    assert all(by_name[case].due is None for case in found.waiting)
    assert found.waiting_harm == sum(by_name[case].harm for case in found.waiting)
    assert len(found.admitted) == min(len(cases), capacity) + found.beyond
    free = [by_name[case].harm for case in found.admitted if by_name[case].due is None]
    assert min(free, default=99) >= max((by_name[case].harm for case in found.waiting), default=0)


@given(WAITING, st.integers(0, 50))
def test_the_fast_order_is_the_plain_one(cases, capacity):
    column = np.array([one.harm for one in cases], dtype=float)
    left = np.array([np.nan if one.due is None else (one.due - NOW) / timedelta(hours=1) for one in cases], dtype=float)
    assert [cases[row].case for row in ranking.order(column, left)] == [one.case for one in in_order(cases, NOW)]
    enters = ranking.admitted(column, left, capacity)
    assert {one.case for one, yes in zip(cases, enters, strict=True) if yes} == set(
        admit(cases, capacity, NOW).admitted
    )


def columns(posts: list[Post]) -> ranking.Columns:
    return ranking.Columns(
        **{
            name: np.array([getattr(post, name) for post in posts], dtype=float)  # None becomes NaN
            for name in ranking.Columns.__struct_fields__
        }
    )


@given(
    st.lists(
        st.builds(
            Post,
            probability=st.floats(0, 1),
            gravity=st.integers(1, 5),
            age=st.none() | st.floats(0, 1_000),
            views=st.none() | st.integers(0, 10**9),
            followers=st.none() | st.integers(0, 10**9),
        ),
        max_size=50,
    )
)
def test_the_fast_harm_is_the_plain_one(posts):
    plain = [harm(post, DECAY).value for post in posts]
    assert ranking.harms(columns(posts), DECAY) == pytest.approx(np.array(plain), rel=1e-12, abs=0)


def test_a_hundred_thousand_cases_have_the_plain_order():
    rng = np.random.default_rng(3)
    n = 100_000
    posts = ranking.Columns(
        probability=rng.random(n),
        gravity=rng.integers(1, 6, n).astype(float),
        age=np.where(rng.random(n) < 0.1, np.nan, rng.exponential(10, n)),
        views=np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 10_000, n)),
        followers=np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 10_000, n)),
    )
    left = np.where(rng.random(n) < 0.9, np.nan, rng.uniform(-5, 500, n))
    found = ranking.harms(posts, DECAY)
    cases = [
        Waiting(case=str(row), harm=one, due=None if np.isnan(hours) else NOW + timedelta(hours=hours))
        for row, (one, hours) in enumerate(zip(found.tolist(), left.tolist(), strict=True))
    ]
    ordered = in_order(cases, NOW)
    assert ranking.order(found, left).tolist() == [int(one.case) for one in ordered]
    some = rng.integers(0, n, 500)
    for row in some:
        values = {name: getattr(posts, name)[row] for name in posts.__struct_fields__}
        known = {name: None if np.isnan(value) else float(value) for name, value in values.items()}
        assert found[row] == pytest.approx(harm(Post(**known), DECAY).value)
