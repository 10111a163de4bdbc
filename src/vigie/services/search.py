"""Find a case again: by words, account, clause, moderator, date or state. Who searched for what is on record.

Words are looked for in the latest posts only, so that a search never takes long, however much there is.
"""

from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from vigie.services.acts import NotAllowed
from vigie.services.rights import require, visible
from vigie.store.models import Case, CasePost, Post, SensitiveRead, User
from vigie.store.people import Role

#: Words are looked for in so many of the latest posts of cases.
LATEST = 200_000
PAGE = 50
READERS = (Role.MODERATOR, Role.CHILDREN, Role.LEAD, Role.LEGAL, Role.AUDITOR)
#: Who may look up what a colleague decided; everybody may look up their own.
_OVERSEE = (Role.LEAD, Role.LEGAL, Role.AUDITOR)


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is looked for; what is empty does not matter. ``since`` and ``until``: when the case was opened.

    ``before``: the id of the last case of the page before.
    """

    text: str = ""
    account: str = ""
    clause: str = ""
    moderator: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class Found(msgspec.Struct, frozen=True):
    """A page of cases, latest first, with their first post; ``more``: where the next page begins."""

    cases: list[Case]
    more: int | None


def search(query: Query, *, by: User, at: datetime) -> Found:
    """The cases that match, of those the person may read. Raises: NotAllowed to look up what a colleague decided."""
    require(by, *READERS)
    if query.moderator and query.moderator != by.username and not by.has(*_OVERSEE):
        raise NotAllowed(_("You may look up your own decisions; those of colleagues are for leads and auditors."))
    SensitiveRead.objects.create(user=by, at=at, what="search", detail=_on_record(query))
    rows = list(_matching(query, by).order_by("-pk")[: PAGE + 1])
    page = rows[:PAGE]
    return Found(page, page[-1].pk if len(rows) > PAGE else None)


def _matching(query: Query, by: User) -> "QuerySet[Case]":
    cases = visible(by).filter(Q(golden=None) | Q(decided_by=by))
    equal: dict[str, object] = {"clause": query.clause, "status": query.state, "opened_at__gte": query.since}
    equal |= {"opened_at__lt": query.until, "pk__lt": query.before, "account__key": query.account}
    cases = cases.filter(**{name: value for name, value in equal.items() if value})
    if query.moderator:
        cases = cases.filter(pk__in=_judged_by(query.moderator, by))
    return cases.filter(pk__in=_saying(query.text)) if query.text else cases


def _judged_by(moderator: str, by: User) -> "QuerySet[Case, int | None]":
    """Who looked first at a case stays unknown to whoever may have to look second."""
    theirs = Case.objects.filter(Q(decided_by__username=moderator) | Q(second_by__username=moderator))
    if not by.has(Role.LEGAL, Role.AUDITOR) and by.username != moderator:
        theirs = theirs.exclude(queue="second_look", second_by=None)
    return theirs.values_list("pk", flat=True)


def _saying(text: str) -> "QuerySet[CasePost, int]":
    """SQLite knows only the small letters of ASCII: words with others are tried as people write them."""
    newest = Post.objects.aggregate(newest=Max("pk"))["newest"] or 0
    said = Q(post__text__icontains=text)
    if connection.vendor == "sqlite" and not text.isascii():
        for form in {text.lower(), text.upper(), text.capitalize()} - {text}:
            said |= Q(post__text__icontains=form)
    return CasePost.objects.filter(said, post__gt=newest - LATEST).values_list("case", flat=True)


def _on_record(query: Query) -> str:
    return "; ".join(f"{name}: {value}" for name, value in msgspec.to_builtins(query).items())[:200]
