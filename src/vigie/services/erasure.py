"""People who were erased from the log leave the case plane, too: names and texts go, cases, decisions and counts stay."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from vigie.journal.erasures import Erasures
from vigie.store.models import Account, CasePost, GoldenCase, Post, Told

_AT_ONCE = 500


def replay(data: Path, at: datetime) -> int:
    """Erase what ``vigie log erase`` has erased and the database still knows, or knows again after a backup: how many posts.

    Safe to repeat. What a decision's facts and explanation say is the record of the decision and stays.
    """
    gone = Erasures(data)
    if not gone:
        return 0
    erased = 0
    for source in Post.objects.order_by().values_list("source", flat=True).distinct():
        for found in _matching(gone, source):
            erased += _erase(found, at)
        _accounts(gone, source, at)
    _told(gone)
    return erased


def _matching(gone: Erasures, source: str) -> Iterator[list[int]]:
    last = 0
    while True:
        some = Post.objects.filter(source=source, pk__gt=last, erased_at=None).order_by("pk")
        rows = list(some.values_list("pk", "key", "account__key", "created_at")[:_AT_ONCE])
        if not rows:
            return
        last = rows[-1][0]
        _, keys, accounts, created = zip(*rows, strict=True)
        hits = gone.matches(source, keys, accounts, created)
        if found := [row[0] for row, hit in zip(rows, hits, strict=True) if hit]:
            yield found


@transaction.atomic
def _erase(posts: list[int], at: datetime) -> int:
    """Posts, and the golden cases that were made from them: nobody is given these any more, answers and error rates stay."""
    known = GoldenCase.objects.filter(taken_from__post__in=posts)
    copies = list(Post.objects.filter(in_cases__case__golden__in=known).values_list("pk", flat=True))
    known.filter(retired_at=None).update(retired_at=at)
    known.update(text="")
    every = [*posts, *copies]
    CasePost.objects.filter(post__in=every).update(evidence=[])
    Post.objects.filter(pk__in=every).update(
        key=None, account=None, text="", context={}, fingerprint=None, erased_at=at
    )
    return len(posts)


@transaction.atomic
def _accounts(gone: Erasures, source: str, at: datetime) -> None:
    """Accounts whose posts were erased, as long as nothing newer is theirs."""
    idle = Account.objects.filter(source=source, key__isnull=False, posts=None)
    rows = list(idle.values_list("pk", "key"))
    hits = gone.matches(source, [None] * len(rows), [key for _, key in rows], [None] * len(rows))
    found = [pk for (pk, _), hit in zip(rows, hits, strict=True) if hit]
    Account.objects.filter(pk__in=found).update(
        key=None, language="", country="", followers=None, age_band="", contact="", created_at=None, erased_at=at
    )


def _told(gone: Erasures) -> None:
    """What was told of posts that are no case's goes within days, and at once where the post was erased."""
    last = 0
    while rows := list(Told.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "source", "key")[:_AT_ONCE]):
        last = rows[-1][0]
        found = [pk for pk, source, key in rows if gone.matches(source, [key], [None], [None])[0]]
        if found:
            Told.objects.filter(pk__in=found).delete()
