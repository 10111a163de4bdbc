"""Expected harm, as the case plane knows posts: filled in from rows, told to moderators, and brought up to date."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import transaction

from vigie.review import ranking
from vigie.review.lifecycle import IN_HAND, Status
from vigie.review.priority import Decay, Harm
from vigie.review.priority import Post as Facts
from vigie.review.priority import harm as expected
from vigie.services import settings
from vigie.store.models import Case, CasePost, Post

#: Where nothing is known of a source: a post that few see.
UNKNOWN_MEDIAN = 30.0
_SAMPLE = 999


def decay(source: str) -> Decay:
    """How the views of a source's posts arrive: the instance's settings, and the median of the posts it knows."""
    latest = Post.objects.filter(source=source, views__isnull=False).order_by("-pk").values_list("views", flat=True)
    latest = Post.objects.filter(source=source, views__isnull=False).order_by("-pk").values_list("views", flat=True)
    seen = sorted(views for views in latest[:_SAMPLE] if views is not None)
    median = float(seen[len(seen) // 2]) if seen else UNKNOWN_MEDIAN
    return Decay(median_views=median, half_life=settings.value("half_life_hours"), reach=settings.value("reach"))


def facts(post: Post, gravity: int, probability: float, now: datetime) -> Facts:
    """A post as priority knows it; its age is that of its views where they are known."""
    seen_at = post.views_at or now
    age = (seen_at - post.created_at).total_seconds() / 3600 if post.created_at else None
    followers = post.account.followers if post.account else None
    return Facts(
        probability=probability,
        gravity=gravity,
        age=None if age is None else max(age, 0.0),
        views=post.views,
        followers=followers,
    )


def of_post(post: Post, gravity: int, probability: float, decay: Decay, now: datetime) -> float:
    """The expected harm of one post that a decision now would prevent."""
    return expected(facts(post, gravity, probability, now), decay).value


def explained(case: Case, rows: Sequence[CasePost], now: datetime) -> list[Harm]:
    """The formula, filled in, for each post of a case."""
    known = decay(case.source)
    return [expected(facts(row.post, case.gravity, case.probability, now), known) for row in rows]


def admit(now: datetime) -> int:
    """Share out the queue: as many cases as the team can settle a day, most harmful first, and all with a clock.

    The others wait in the log, counted and visible. Without a capacity all are admitted. Returns how many changed.
    """
    capacity = settings.value("capacity_per_day")
    rows = list(Case.objects.filter(status=Status.OPEN, golden=None).values_list("pk", "harm", "due", "admitted"))
    if not rows:
        return 0
    left = np.array([np.nan if due is None else (due - now).total_seconds() / 3600 for _, _, due, _ in rows])
    enters = (
        np.ones(len(rows), bool)
        if capacity is None
        else ranking.admitted(np.array([harm for _, harm, _, _ in rows]), left, int(capacity))
    )
    changed = [(row[0], bool(new)) for row, new in zip(rows, enters, strict=True) if row[3] != bool(new)]
    for begin in range(0, len(changed), 500):
        some = changed[begin : begin + 500]
        with transaction.atomic():
            for new in (True, False):
                Case.objects.filter(pk__in=[pk for pk, value in some if value is new]).update(admitted=new)
    return len(changed)


def refresh(now: datetime, limit: int = 500) -> int:
    """Bring the harm of waiting cases whose posts got new views up to date, ``limit`` cases a transaction: how many."""
    waiting = [one for one in Status if one not in IN_HAND and one is not Status.DECIDED]
    ids = list(
        Case.objects.filter(status__in=waiting, posts__post__views_at__isnull=False)
        .values_list("pk", flat=True)
        .distinct()
    )
    decays: dict[str, Decay] = {}
    for begin in range(0, len(ids), limit):
        with transaction.atomic():
            changed = []
            for case in Case.objects.filter(pk__in=ids[begin : begin + limit]).prefetch_related("posts__post__account"):
                known = decays.setdefault(case.source, decay(case.source))
                case.harm = sum(
                    of_post(row.post, case.gravity, case.probability, known, now) for row in case.posts.all()
                )
                changed.append(case)
            Case.objects.bulk_update(changed, ["harm"])
    return len(ids)
