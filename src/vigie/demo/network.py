"""Six weeks of a network that never was, from one number: the same seed and the same instant give the same history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from vigie.demo import views
from vigie.demo.accounts import PER_ACCOUNT, People
from vigie.demo.drafts import HATEFUL, RISE, Draft, Writers, apportioned
from vigie.demo.history import LANGUAGES, SLICE, DemoPost, DemoView, History
from vigie.demo.judging import domains
from vigie.demo.phrases import Phrasebook
from vigie.demo.reports import reports
from vigie.demo.team import SHIFT_PER_POST, moderators, shifts
from vigie.demo.threads import threaded
from vigie.errors import Refused

POSTS, DAYS = 40_000, 42


def simulate(seed: int, now: datetime, *, posts: int = POSTS, days: int = DAYS) -> History:
    """Everything that happened on the network in the ``days`` before ``now``, half of them before the event.

    Hateful posts rise by 47 % at the event and their views fall by 33 %, by construction. What the team decided is
    not in it yet: ``team.settled`` adds it, once the machine has said what it flags. Takes no clock and opens no network.

    >>> from datetime import UTC
    >>> history = simulate(1, datetime(2026, 11, 23, tzinfo=UTC), posts=2_000, days=14)
    >>> len(history.posts), history.now - history.event_at
    (2000, datetime.timedelta(days=7))

    Raises: Refused when the days are not an even number of weeks, or the posts too few for the two figures.
    """
    if days < 14 or days % 14 or posts < 100 * days:
        raise Refused(f"{posts} posts in {days} days: give an even number of weeks, and 100 posts a day or more")
    if now.tzinfo is None:
        raise Refused(f"{now} has no time zone: give an instant, such as 2026-11-23T12:00Z")
    chance = Random(seed)  # noqa: S311 (nothing secret: a simulation that can be repeated)
    now = now.replace(microsecond=0)
    began_at, event_at = now - timedelta(days=days), now - timedelta(days=days // 2)
    people = People(chance, posts // PER_ACCOUNT, began_at, event_at)
    drafts = _drafts(chance, people, began_at, posts, days // 7)
    told, readings = _told(chance, drafts, began_at, now)
    team = moderators(began_at, event_at)
    return History(
        seed=seed,
        began_at=began_at,
        event_at=event_at,
        now=now,
        accounts=tuple(people.all),
        posts=told,
        views=readings,
        reports=tuple(reports(chance, told, people, now)),
        moderators=team,
        shifts=shifts(chance, team, began_at, now, SHIFT_PER_POST * (posts / days)),
    )


def _drafts(chance: Random, people: People, began_at: datetime, posts: int, weeks: int) -> list[Draft]:
    """All that is written, in order of time, with its threads and its views."""
    half, before = weeks // 2, round(posts / 2 * HATEFUL)
    hateful = apportioned(before, [1] * half) + apportioned(round(before * RISE), [1] * half)
    writers = Writers(chance, people, {one: Phrasebook(one, chance) for one in LANGUAGES}, sorted(domains()))
    written = [
        writers.week(week, began_at + timedelta(days=7 * week), count, hateful[week], after=week >= half)
        for week, count in enumerate(apportioned(posts, [1] * weeks))
    ]
    views.counted(chance, written, before)
    drafts = sorted((draft for week in written for draft in week), key=lambda draft: draft.at)
    threaded(chance, drafts)
    return drafts


def _told(
    chance: Random, drafts: Sequence[Draft], began_at: datetime, now: datetime
) -> tuple[tuple[DemoPost, ...], tuple[DemoView, ...]]:
    """The drafts as posts, with what was read of their views."""
    posts: list[DemoPost] = []
    readings: list[DemoView] = []
    for place, draft in enumerate(drafts):
        pace = views.pace(chance)
        post = _post(place, draft, began_at + SLICE * (1 + (draft.at - began_at) // SLICE), pace)
        posts.append(post)
        readings += views.readings(post, pace, now)
    return tuple(posts), tuple(sorted(readings, key=lambda reading: (reading.at, reading.post)))


def _post(place: int, draft: Draft, seen_at: datetime, pace: float) -> DemoPost:
    return DemoPost(
        id=_id(place),
        account=draft.account.id,
        text=draft.text,
        language=draft.language,
        created_at=draft.at,
        seen_at=seen_at,
        reply_to=None if draft.parent is None else _id(draft.parent),
        root=_id(draft.root),
        kind=draft.kind,
        campaign=draft.campaign,
        clause=draft.clause,
        views=draft.views,
        views_seen=round(draft.views * views.arrived(seen_at - draft.at, pace)),
    )


def _id(place: int) -> str:
    return f"p{place + 1:06d}"
