"""What the platform tells of posts that came before: seen more often, changed, deleted.

Only posts of cases are kept here. What is told of others is kept for some days: a post may be told of before its case is
made, or get another text that somebody must look at.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from vigie.review.lifecycle import Act
from vigie.services.acts import note
from vigie.store.models import Case, CasePost, Post, Told

#: How long, and of how many posts, what was told is kept where nobody has to look at them.
REMEMBERED = timedelta(days=7)
MOST = 1_000_000
_SOME = 500


class Seen(msgspec.Struct, frozen=True):
    """How often a post had been seen at an instant."""

    id: str
    views: int
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """Of how many posts something is kept here, and of how many not, because nobody had to look at them."""

    known: int
    unknown: int


def count_views(source: str, seen: Iterable[Seen], told_at: datetime) -> Kept:
    """Bring the views of posts up to date; an older count than the one that is known changes nothing."""
    latest: dict[str, Seen] = {}
    for one in seen:
        if one.id not in latest or one.at >= latest[one.id].at:
            latest[one.id] = one
    known: set[str] = set()
    keys = sorted(latest)
    for begin in range(0, len(keys), _SOME):
        some = keys[begin : begin + _SOME]
        with transaction.atomic():
            changed = []
            for post in Post.objects.filter(source=source, key__in=some).order_by("pk"):
                now = latest[str(post.key)]
                known.add(now.id)
                if post.views_at is None or post.views_at <= now.at:
                    post.views, post.views_at = now.views, now.at
                    changed.append(post)
            Post.objects.bulk_update(changed, ["views", "views_at"])
            _remember_views(source, [latest[key] for key in some if key not in known], told_at)
    return Kept(len(known), len(latest) - len(known))


@transaction.atomic
def delete(source: str, key: str, at: datetime) -> bool:
    """The platform no longer has the post: it stays here for the record, and its open cases say so. Was it known here?"""
    posts = list(Post.objects.select_for_update().filter(source=source, key=key))
    if not posts:
        Told.objects.update_or_create(source=source, key=key, defaults={"deleted_at": at, "at": at})
        return False
    gone = [post for post in posts if post.deleted_at is None]
    for post in gone:
        post.deleted_at = at
    Post.objects.bulk_update(gone, ["deleted_at"])
    say_deleted(gone, at)
    return True


def say_deleted(posts: Sequence[Post], at: datetime) -> None:
    """The open cases of these posts say that the platform no longer has them."""
    _note(posts, at, "post deleted")


def _remember_views(source: str, seen: Sequence[Seen], told_at: datetime) -> None:
    known = told(source, [one.id for one in seen])
    new = [one for one in seen if one.id not in known or (known[one.id].views_at or one.at) <= one.at]
    Told.objects.bulk_create(
        [Told(source=source, key=one.id, views=one.views, views_at=one.at, at=told_at) for one in new],
        update_conflicts=True, unique_fields=["source", "key"], update_fields=["views", "views_at", "at"],
    )  # fmt: skip


def told(source: str, keys: Collection[str]) -> dict[str, Told]:
    """What was told of posts before anybody had to look at them, by id."""
    return {one.key: one for one in Told.objects.filter(source=source, key__in=keys)} if keys else {}


def forget(at: datetime, most: int = MOST) -> int:
    """What was told of posts that did not become cases goes after some days, the oldest first where it is too much: how many."""
    oldest = Told.objects.order_by("-at").values_list("at", flat=True)[most : most + 1].first()
    since = max(at - REMEMBERED, oldest) if oldest is not None else at - REMEMBERED
    count = 0
    while some := list(Told.objects.filter(at__lte=since).values_list("pk", flat=True)[:_SOME]):
        count += Told.objects.filter(pk__in=some).delete()[0]
    return count


@transaction.atomic
def changed(source: str, key: str, at: datetime, *, text: str) -> None:
    """The author wrote something else: cases of the earlier wordings say so. The new one was judged for itself."""
    _note(list(Post.objects.filter(source=source, key=key).exclude(text=text)), at, "post edited")


def latest(source: str, key: str) -> Post | None:
    """The wording of a post that came last, if anybody had to look at one."""
    return Post.objects.filter(source=source, key=key).select_related("account").order_by("-pk").first()


def _note(posts: Sequence[Post], at: datetime, kind: str) -> None:
    """Say so in the open cases of these posts."""
    about = CasePost.objects.filter(post__in=posts)
    for case in Case.objects.select_for_update().filter(pk__in=about.values("case"), decided_at=None).order_by("pk"):
        note(case, kind, Act(who="", at=at), None, posts=list(about.filter(case=case).values_list("post", flat=True)))
