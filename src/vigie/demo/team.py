"""Who moderates, when, and what they decide: ten people who settle what is flagged, of whom half leave at the event.

The team works through a queue as a real one does: threats first, then what is most seen, one case at a time while a
shift lasts. What it cannot settle is left open, so the backlog of the last weeks is the result, not an input.
"""

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec

from vigie.demo.history import DemoDecision, DemoModerator, DemoPost, DemoShift, History, Language

_NAMES = ["Awa", "Bruno", "Chloé", "Declan", "Elif", "Fanny", "Grace", "Hugo", "Inès", "Jonas"]
_SPEAKS: tuple[tuple[Language, ...], ...] = (("fr",), ("fr", "en"), ("fr",), ("en",), ("fr", "en")) * 2
_WORKS = 5 / 7  # of the days
SHIFT_PER_POST = timedelta(seconds=2.2)  # how long a shift is, for each post of a day
_HANDLING = (math.log(240.0), 0.6)  # seconds a case, log-normal
_PAUSE = timedelta(minutes=30)  # between a shift, whose last case may take longer, and second looks
_SECOND = 0.08  # share of decisions that another moderator looks at, blind
_WRONG, _WRONG_ON_LOOKALIKES = 0.03, 0.12  # share of decisions that are not the truth


def moderators(began_at: datetime, event_at: datetime) -> tuple[DemoModerator, ...]:
    """The ten, every other of whom leaves at the event.

    >>> from datetime import UTC
    >>> team = moderators(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC))
    >>> len(team), sum(one.left_at is None for one in team)
    (10, 5)
    """
    return tuple(
        DemoModerator(
            id=f"m{number:02d}",
            name=name,
            languages=_SPEAKS[number - 1],
            joined_at=began_at - timedelta(days=40 * number),
            left_at=event_at if number > len(_NAMES) // 2 else None,
        )
        for number, name in enumerate(_NAMES, 1)
    )


def shifts(
    chance: Random, team: Sequence[DemoModerator], began_at: datetime, now: datetime, lasts: timedelta
) -> tuple[DemoShift, ...]:
    """When each of them worked, in order of time; a whole shift ``lasts`` so long."""
    found = []
    for day in range((now - began_at).days):
        for place, one in enumerate(team):
            begin = began_at + timedelta(days=day, hours=(5 + 7 * place) % 23, minutes=30)
            end = min(begin + lasts, one.left_at or now)
            if begin < end and chance.random() < _WORKS:
                found.append(DemoShift(one.id, begin, end))
    return tuple(sorted(found, key=lambda shift: (shift.begin, shift.moderator)))


class _Case(msgspec.Struct):
    posts: list[DemoPost]


class _Queue:
    """What waits: by language, the gravest and most seen first; posts of one account's campaign wait as one case."""

    def __init__(self, posts: Sequence[DemoPost], flagged: Mapping[str, str]) -> None:
        self._coming, self._flagged = iter([post for post in posts if post.id in flagged]), flagged
        self._next = next(self._coming, None)
        self._waiting: dict[Language, list[tuple[bool, int, str, _Case]]] = {"fr": [], "en": []}
        self._open: dict[tuple[str, str], _Case] = {}

    def take(self, languages: Sequence[Language], at: datetime) -> list[DemoPost]:
        """The posts of the case to settle now; empty if nothing waits in these languages."""
        while self._next is not None and self._next.seen_at <= at:
            self._arrive(self._next)
            self._next = next(self._coming, None)
        heads = [(*self._waiting[language][0][:3], language) for language in languages if self._waiting[language]]
        if not heads:
            return []
        posts = heapq.heappop(self._waiting[min(heads)[3]])[3].posts
        self._open.pop(_campaign(posts[0]), None)
        return posts

    def _arrive(self, post: DemoPost) -> None:
        key = _campaign(post)
        if key in self._open:
            self._open[key].posts.append(post)
            return
        case = _Case([post])
        if post.campaign is not None:
            self._open[key] = case
        grave = self._flagged[post.id].startswith("violence.")
        heapq.heappush(self._waiting[post.language], (not grave, -post.views_seen, post.id, case))


def _campaign(post: DemoPost) -> tuple[str, str]:
    return post.account, post.campaign or post.id


def settled(history: History, flagged: Mapping[str, str]) -> History:
    """The history with what the team decided of the flagged posts: ``flagged`` has each one's proposed clause (an id).

    Posts that are not in ``flagged`` are never decided. The same arguments give the same decisions.
    """
    chance = Random(f"team {history.seed}")  # noqa: S311 (nothing secret: a simulation that can be repeated)
    queue = _Queue(history.posts, flagged)
    speaks = {one.id: one.languages for one in history.moderators}
    found = [
        decision
        for shift, begun, ended, posts in _worked(chance, history.shifts, queue, speaks)
        for decision in _decided(chance, shift.moderator, (begun, ended), posts, flagged)
    ]
    found += _second_looks(chance, found, history, flagged)
    found = [decision for decision in found if decision.decided_at <= history.now]
    found.sort(key=lambda decision: (decision.decided_at, decision.post))
    return msgspec.structs.replace(history, decisions=tuple(found))


def _worked(
    chance: Random, shifts: Sequence[DemoShift], queue: _Queue, speaks: Mapping[str, Sequence[Language]]
) -> Iterator[tuple[DemoShift, datetime, datetime, list[DemoPost]]]:
    """Each case that was settled: by whom, from when to when."""
    free = [(shift.begin, place) for place, shift in enumerate(shifts)]
    heapq.heapify(free)
    while free:
        at, place = heapq.heappop(free)
        shift = shifts[place]
        if at >= shift.end:
            continue
        posts = queue.take(speaks[shift.moderator], at)
        if not posts:
            heapq.heappush(free, (at + timedelta(minutes=10), place))  # nothing waits: look again
            continue
        ended = at + _handled(chance)
        yield shift, at, ended, posts
        heapq.heappush(free, (ended, place))


def _handled(chance: Random) -> timedelta:
    return timedelta(seconds=max(8, round(chance.lognormvariate(*_HANDLING))))


def _decided(
    chance: Random,
    moderator: str,
    times: tuple[datetime, datetime],
    posts: Sequence[DemoPost],
    flagged: Mapping[str, str],
) -> Iterator[DemoDecision]:
    """One decision a post; a mistake is made about the whole case."""
    wrong = chance.random() < (_WRONG if posts[0].kind in {"hate", "abuse", "ordinary"} else _WRONG_ON_LOOKALIKES)
    for post in posts:
        clause = _mistaken(chance, post, flagged[post.id]) if wrong else post.clause
        yield DemoDecision(
            post=post.id,
            moderator=moderator,
            begun_at=times[0],
            decided_at=times[1],
            clause=clause,
            second_look=False,
            right=clause == post.clause,
        )


def _mistaken(chance: Random, post: DemoPost, proposed: str) -> str | None:
    """What a tired person makes of it: up what should come down, down what should stay, or for another reason."""
    if post.clause is None or (proposed != post.clause and chance.random() < 0.5):
        return proposed
    return None


def _second_looks(
    chance: Random, first: Sequence[DemoDecision], history: History, flagged: Mapping[str, str]
) -> Iterator[DemoDecision]:
    """Some decisions looked at again, after a later shift, by somebody else who does not know of the first."""
    posts = {post.id: post for post in history.posts}
    speaks = {one.id: one.languages for one in history.moderators}
    free: dict[DemoShift, datetime] = {}
    for decision in first:
        post = posts[decision.post]
        if chance.random() >= _SECOND or post.campaign is not None:
            continue
        later = (s for s in history.shifts if s.begin > decision.decided_at and s.moderator != decision.moderator)
        shift = next((s for s in later if post.language in speaks[s.moderator]), None)
        if shift is None:
            continue
        begun = free.get(shift, shift.end + _PAUSE)
        ended = free[shift] = begun + _handled(chance)
        for second in _decided(chance, shift.moderator, (begun, ended), [post], flagged):
            yield msgspec.structs.replace(second, second_look=True)
