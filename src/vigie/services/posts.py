"""What the platform tells of posts that came before: seen more often, changed, deleted. Only posts of cases are kept here."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db import transaction

from vigie.review.lifecycle import Act
from vigie.services.acts import note
from vigie.store.models import Case, CasePost, Post

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


def count_views(source: str, seen: Iterable[Seen]) -> Kept:
    """Bring the views of posts up to date; an older count than the one that is known changes nothing."""
    latest: dict[str, Seen] = {}
    for one in seen:
        if one.id not in latest or one.at >= latest[one.id].at:
            latest[one.id] = one
    known: set[str] = set()
    keys = sorted(latest)
    for begin in range(0, len(keys), _SOME):
        with transaction.atomic():
            changed = []
            for post in Post.objects.filter(source=source, key__in=keys[begin : begin + _SOME]).order_by("pk"):
                now = latest[str(post.key)]
                known.add(now.id)
                if post.views_at is None or post.views_at <= now.at:
                    post.views, post.views_at = now.views, now.at
                    changed.append(post)
            Post.objects.bulk_update(changed, ["views", "views_at"])
    return Kept(len(known), len(latest) - len(known))


@transaction.atomic
def delete(source: str, key: str, at: datetime) -> bool:
    """The platform no longer has the post: it stays here for the record, and its open cases say so. Was it known here?"""
    posts = Post.objects.select_for_update().filter(source=source, key=key)
    gone = [post for post in posts if post.deleted_at is None]
    for post in gone:
        post.deleted_at = at
    Post.objects.bulk_update(gone, ["deleted_at"])
    _note(gone, at, "post deleted")
    return bool(gone) or posts.exists()


@transaction.atomic
def changed(source: str, key: str, at: datetime, *, text: str) -> None:
    """The author wrote something else: cases of the earlier wordings say so. The new one was judged for itself."""
    _note(list(Post.objects.filter(source=source, key=key).exclude(text=text)), at, "post edited")


def latest(source: str, key: str) -> Post | None:
    """The wording of a post that came last, if anybody had to look at one."""
    return Post.objects.filter(source=source, key=key).select_related("account").order_by("-pk").first()


def _note(posts: list[Post], at: datetime, kind: str) -> None:
    """Say so in the open cases of these posts."""
    about = CasePost.objects.filter(post__in=posts)
    for case in Case.objects.select_for_update().filter(pk__in=about.values("case"), decided_at=None).order_by("pk"):
        note(case, kind, Act(who="", at=at), None, posts=list(about.filter(case=case).values_list("post", flat=True)))
