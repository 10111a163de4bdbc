"""How often posts are seen: a few very often, most hardly, the hateful ones less after the event; and how fast it comes.

Sums are exact by construction, week by week: the posts of a week take the quantiles of one heavy-tailed curve, those
of accounts with many followers the higher ones, and are scaled to the sum that the week must have.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from statistics import NormalDist

from vigie.demo.drafts import Draft
from vigie.demo.history import MATURE, DemoPost, DemoView

PER_POST = 120  # views, on average
HATEFUL_PER_POST = 150  # before the event
FALL = 0.67  # views of hateful posts after the event, for one before
_SPREAD = 1.6  # of the logarithm of views: the most seen post of a week has some 400 times the median
_READ_AT = (timedelta(hours=6), timedelta(hours=24), MATURE)


def counted(chance: Random, weeks: Sequence[Sequence[Draft]], hateful_before: int) -> None:
    """Give every draft its views at seven days. ``weeks`` are of equal length, the first half before the event."""
    for number, drafts in enumerate(weeks):
        change = 1.0 if number < len(weeks) // 2 else FALL
        hateful = round(HATEFUL_PER_POST * hateful_before / (len(weeks) // 2) * change)
        _shared(chance, [d for d in drafts if d.hateful], hateful)
        _shared(chance, [d for d in drafts if not d.hateful], PER_POST * len(drafts) - hateful)


def _shared(chance: Random, drafts: list[Draft], total: int) -> None:
    """Share out so many views: who has followers is seen more, with much luck."""
    reach = {id(d): 0.5 * math.log1p(d.account.followers) + chance.gauss(0, 1) for d in drafts}
    drafts.sort(key=lambda d: reach[id(d)])
    curve = [
        math.exp(_SPREAD * NormalDist().inv_cdf((n + chance.uniform(0.1, 0.9)) / len(drafts)))
        for n in range(len(drafts))
    ]
    unit = total / sum(curve)
    for draft, share in zip(drafts, curve, strict=True):
        draft.views = max(1, round(unit * share))


def arrived(age: timedelta, pace: float) -> float:
    """The share of a post's views that has come at an age; ``pace`` is the hours in which half of them come.

    >>> round(arrived(timedelta(hours=2), 2.0), 2), arrived(MATURE, 2.0)
    (0.51, 1.0)
    """
    hours, whole = min(age, MATURE) / timedelta(hours=1), MATURE / timedelta(hours=1)
    return (hours / (hours + pace)) * ((whole + pace) / whole)


def pace(chance: Random) -> float:
    """How slow a post is, in hours."""
    return chance.lognormvariate(math.log(2.0), 0.6)


def readings(post: DemoPost, pace: float, now: datetime) -> Iterator[DemoView]:
    """What is read of a post's views after the machine looked, until now."""
    for age in _READ_AT:
        at = post.created_at + age
        if post.seen_at < at <= now:
            yield DemoView(post.id, at, round(post.views * arrived(age, pace)))
