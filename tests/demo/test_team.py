"""The team decides what it can, mostly rightly; half of it leaves at the event, and work is left over."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

import pytest

from vigie.demo.history import DemoDecision, History
from vigie.demo.team import settled


@pytest.fixture(scope="module")
def worked(small: History, flagged: Mapping[str, str]) -> History:
    return settled(small, flagged)


def first(history: History) -> list[DemoDecision]:
    return [decision for decision in history.decisions if not decision.second_look]


def test_ten_people_of_whom_half_leave(small: History) -> None:
    left = [one.left_at for one in small.moderators]
    assert (len(left), left.count(small.event_at), left.count(None)) == (10, 5, 5)
    gone = {one.id for one in small.moderators if one.left_at}
    assert all(shift.end <= small.event_at for shift in small.shifts if shift.moderator in gone)


def test_nothing_changes_but_the_decisions_and_they_are_the_same_each_time(
    small: History, worked: History, flagged: Mapping[str, str]
) -> None:
    assert settled(small, flagged) == worked
    assert worked.posts is small.posts
    assert settled(small, {}).decisions == ()


def test_only_what_is_flagged_is_decided_once_after_it_was_seen(worked: History, flagged: Mapping[str, str]) -> None:
    posts = {post.id: post for post in worked.posts}
    decided = [decision.post for decision in first(worked)]
    assert len(decided) == len(set(decided))
    assert set(decided) <= set(flagged)
    assert all(posts[d.post].seen_at <= d.begun_at < d.decided_at <= worked.now for d in worked.decisions)


def test_who_decides_is_at_work_and_reads_the_language(worked: History) -> None:
    posts = {post.id: post for post in worked.posts}
    speaks = {one.id: one.languages for one in worked.moderators}
    for decision in first(worked):
        assert posts[decision.post].language in speaks[decision.moderator]
        assert any(s.moderator == decision.moderator and s.begin <= decision.begun_at < s.end for s in worked.shifts)


def test_nobody_does_two_things_at_once(worked: History) -> None:
    busy: dict[str, set[tuple[datetime, datetime]]] = {}
    for decision in worked.decisions:
        busy.setdefault(decision.moderator, set()).add((decision.begun_at, decision.decided_at))
    for times in busy.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(times)))


def test_most_decisions_are_right_and_some_are_not(worked: History) -> None:
    truth = {post.id: post.clause for post in worked.posts}
    assert all(decision.right == (decision.clause == truth[decision.post]) for decision in worked.decisions)
    right = sum(decision.right for decision in first(worked)) / len(first(worked))
    assert 0.9 < right < 1


def test_a_second_look_is_somebody_else_s_and_later(worked: History) -> None:
    by_post = {decision.post: decision for decision in first(worked)}
    looks = [decision for decision in worked.decisions if decision.second_look]
    assert looks
    for look in looks:
        assert look.moderator != by_post[look.post].moderator
        assert look.begun_at > by_post[look.post].decided_at


def test_posts_of_one_account_in_one_campaign_are_decided_alike(worked: History) -> None:
    posts = {post.id: post for post in worked.posts}
    together: dict[tuple[object, ...], set[bool]] = {}
    for decision in first(worked):
        key = (decision.moderator, decision.begun_at, posts[decision.post].account)
        together.setdefault(key, set()).add(decision.right)
    assert all(len(verdicts) == 1 for verdicts in together.values())


def test_work_is_left_over_after_the_event(worked: History, flagged: Mapping[str, str]) -> None:
    decided = {decision.post for decision in first(worked)}
    assert len(set(flagged) - decided) > 0.05 * len(flagged)
