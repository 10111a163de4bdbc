"""The simulated network is the same each time, says what it was told to say, and keeps its own order of things."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from vigie.demo.history import MATURE, SLICE, DemoPost, History
from vigie.demo.network import simulate
from vigie.errors import Refused
from vigie.terms.reading import read_terms

from .conftest import NOW


def halves(history: History) -> tuple[list[DemoPost], list[DemoPost]]:
    before = [post for post in history.posts if post.created_at < history.event_at]
    return before, [post for post in history.posts if post.created_at >= history.event_at]


def change(history: History) -> tuple[float, float]:
    """Hateful posts and their views after the event, for one before."""
    before, after = ([post for post in half if post.hateful] for half in halves(history))
    return len(after) / len(before), sum(p.views for p in after) / sum(p.views for p in before)


def test_one_seed_and_one_instant_give_one_history(small: History) -> None:
    assert simulate(7, NOW, posts=4_000, days=14) == small


def test_another_seed_gives_another() -> None:
    one, other = (simulate(seed, NOW, posts=1_400, days=14) for seed in (1, 2))
    assert [p.text for p in one.posts] != [p.text for p in other.posts]


def test_another_instant_moves_everything_by_as_much() -> None:
    one, later = (simulate(3, NOW + timedelta(days=days), posts=1_400, days=14) for days in (0, 10))
    assert [p.created_at + timedelta(days=10) for p in one.posts] == [p.created_at for p in later.posts]
    assert [p.text for p in one.posts] == [p.text for p in later.posts]


@pytest.mark.parametrize("seed", range(5))
def test_hateful_posts_rise_and_their_views_fall(seed: int) -> None:
    posts, views = change(simulate(seed, NOW, posts=4_000, days=14))
    assert posts == pytest.approx(1.47, abs=0.02)
    assert views == pytest.approx(0.67, abs=0.02)


def test_six_weeks_have_the_size_and_the_two_figures_that_are_promised() -> None:
    history = simulate(1, NOW)
    assert len(history.posts) == 40_000
    assert history.event_at - history.began_at == timedelta(days=21)
    posts, views = change(history)
    assert posts == pytest.approx(1.47, abs=0.02)
    assert views == pytest.approx(0.67, abs=0.02)
    before, after = halves(history)
    assert sum(p.views for p in after) == pytest.approx(sum(p.views for p in before), rel=0.01)
    assert len(after) == pytest.approx(len(before), rel=0.01)
    french = Counter(post.language for post in history.posts)["fr"]
    assert french / len(history.posts) == pytest.approx(0.55, abs=0.005)
    assert len({post.text for post in history.posts}) > 0.94 * len(history.posts)


def test_a_few_posts_have_most_of_the_views(small: History) -> None:
    views = sorted((post.views for post in small.posts), reverse=True)
    assert sum(views[: len(views) // 10]) > sum(views) / 2


def test_views_only_come_in(small: History) -> None:
    read: dict[str, int] = {}
    made = {post.id: post for post in small.posts}
    for reading in small.views:
        post = made[reading.post]
        assert post.seen_at < reading.at <= small.now
        assert read.get(post.id, post.views_seen) <= reading.views <= post.views
        read[post.id] = reading.views
    mature = [post for post in small.posts if post.created_at + MATURE <= small.now]
    assert mature
    assert all(read[post.id] == post.views for post in mature)
    assert sum(p.views_seen for p in mature) < 0.5 * sum(p.views for p in mature)


def in_order(instants: Iterable[datetime]) -> bool:
    found = list(instants)
    return found == sorted(found)


def test_everything_is_in_order_and_before_now(small: History) -> None:
    assert in_order(post.created_at for post in small.posts)
    assert in_order(reading.at for reading in small.views)
    assert in_order(report.at for report in small.reports)
    assert in_order(shift.begin for shift in small.shifts)
    assert all(small.began_at <= p.created_at < p.seen_at <= small.now for p in small.posts)
    assert all(p.seen_at - p.created_at <= SLICE for p in small.posts)


def test_nobody_posts_before_they_have_an_account(small: History) -> None:
    since = {account.id: account.created_at for account in small.accounts}
    assert len(since) == len(small.accounts)
    assert all(since[post.account] <= post.created_at for post in small.posts)


def test_there_are_minors_and_a_few_accounts_with_very_many_followers(small: History) -> None:
    assert any(account.minor for account in small.accounts)
    followers = sorted(account.followers for account in small.accounts)
    assert followers[-1] > 50 * followers[len(followers) // 2]


def test_threads_hold_together(small: History) -> None:
    made = {post.id: post for post in small.posts}
    replies = [post for post in small.posts if post.reply_to is not None]
    assert len(replies) > len(small.posts) / 4
    for post in replies:
        parent = made[str(post.reply_to)]
        assert parent.created_at <= post.created_at
        assert (parent.root, parent.language) == (post.root, post.language)
        assert parent.account != post.account
    assert all(post.root == post.id for post in small.posts if post.reply_to is None)


def test_a_campaign_is_one_author_or_one_text(small: History) -> None:
    campaigns: dict[str, list[DemoPost]] = {}
    for post in small.posts:
        if post.campaign is not None:
            campaigns.setdefault(post.campaign, []).append(post)
    assert campaigns
    kinds = {(len({p.account for p in c}) == 1, len({p.text for p in c}) == 1) for c in campaigns.values()}
    assert (False, False) not in kinds
    assert all(len(posts) >= 3 and len({p.clause for p in posts}) == 1 for posts in campaigns.values())


def test_every_clause_is_one_of_the_starter_terms(small: History) -> None:
    known = {clause.id for clause in read_terms()}
    assert {post.clause for post in small.posts if post.clause} <= known
    assert {report.clause for report in small.reports} <= known


def test_some_reports_are_wrong_and_nobody_reports_twice_or_themselves(small: History) -> None:
    made = {post.id: post for post in small.posts}
    assert {report.right for report in small.reports} == {True, False}
    assert len({(report.account, report.post) for report in small.reports}) == len(small.reports)
    for report in small.reports:
        assert made[report.post].created_at < report.at <= small.now
        assert made[report.post].account != report.account
        assert report.right == (report.clause == made[report.post].clause)


def test_french_is_set_as_french_is(small: History) -> None:
    french = [post.text for post in small.posts if post.language == "fr"]
    assert not [text for text in french if re.search(r" [;!?:»]|« |\w[;!?]|'", text)]
    assert any("«\u00a0" in text for text in french)
    assert not [post.text for post in small.posts if re.search(r"[{}|]|  |^[a-zé]", post.text)]


@pytest.mark.parametrize(("posts", "days"), [(4_000, 7), (4_000, 21), (100, 14)])
def test_too_short_or_too_small_is_refused(posts: int, days: int) -> None:
    with pytest.raises(Refused, match="even number of weeks"):
        simulate(1, NOW, posts=posts, days=days)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(Refused, match="time zone"):
        simulate(1, NOW.replace(tzinfo=None))
