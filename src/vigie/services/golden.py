"""Cases whose right answer is known: made by leads, given to moderators among the others, to see how sure judgements are.

A golden case looks like any other: the same page, evidence and scores. Nobody outside hears of a decision on one, it
restricts nobody and counts for nothing but the error rates (``quality``).
"""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.review.lifecycle import Status
from vigie.review.second_look import Golden, golden_now
from vigie.services import settings, terms, wellbeing
from vigie.services.acts import NotFound
from vigie.services.rights import CHILDREN, require, visible
from vigie.store.decisions import Stage
from vigie.store.models import Case, CasePost, Fact, GoldenCase, Post, User
from vigie.store.people import Role

_LONGEST = 10_000


@transaction.atomic
def add(text: str, language: str, clause: str, breach: bool, *, by: User, at: datetime) -> GoldenCase:
    """A golden case written by hand. Raises: NotAllowed, Refused without a text, for an unknown clause, or about children."""
    require(by, Role.LEAD, Role.POLICY)
    if not text.strip() or len(text) > _LONGEST:
        raise Refused(_("Give the text of the post, of at most 10,000 characters."))
    _about_children(terms.clause(clause).id)
    return GoldenCase.objects.create(
        source="golden", text=text.strip(), language=language[:8], clause=clause, breach=breach, made_by=by, made_at=at
    )


@transaction.atomic
def add_from(case_id: int, *, by: User, at: datetime) -> GoldenCase:
    """The first post of a decided case, with its decision as the right answer.

    Raises: NotFound, NotAllowed; Refused unless two people agreed on it or a lead settled it, about children, and of erased posts.
    """
    require(by, Role.LEAD, Role.POLICY)
    case = visible(by).filter(pk=case_id, golden=None).first()
    if case is None:
        raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case_id})
    standing = case.decisions.filter(cancellation=None).exclude(stage=Stage.SECOND).order_by("-pk").first()
    if standing is None or case.status != Status.DECIDED or case.second_by_id is None:
        raise Refused(_("One person’s word is no known answer: choose a case that a second person has judged too."))
    row = case.posts.select_related("post").order_by("pk")[0]
    if row.post.erased_at is not None:
        raise Refused(_("This post has been erased: choose another case."))
    clause = standing.cited.partition("@")[0] or case.clause
    _about_children(clause)
    if GoldenCase.objects.filter(taken_from=row, retired_at=None).exists():
        raise Refused(_("This case is a golden case already."))
    return GoldenCase.objects.create(
        source=case.source, text=row.post.text, language=case.language, clause=clause, breach=standing.breach,
        made_by=by, made_at=at, taken_from=row,
    )  # fmt: skip


@transaction.atomic
def retire(golden_id: int, *, by: User, at: datetime) -> None:
    """Give a golden case to nobody any more; its answers stay. Raises: NotAllowed."""
    require(by, Role.LEAD, Role.POLICY)
    GoldenCase.objects.filter(pk=golden_id, retired_at=None).update(retired_at=at)


def instead_of(case: Case, user: User, at: datetime, seed: bytes | None = None) -> Case | None:
    """The golden case that a moderator gets now in place of an ordinary one; None: the ordinary one.

    The draw hangs on the ordinary case, which the moderator cannot choose, and each can be drawn against once only.
    ``seed``: that of the instance unless given.
    """
    share = settings.value("golden_share")
    if not share or user.has(Role.INVITED):
        return None
    known = {str(one.pk): one for one in _for(case, user, at)}
    rule, seed = Golden(share=share), seed or _seed()
    if golden_now(user.username, case.pk, list(known), set(), rule, seed) is None:
        return None
    given = dict(_given(user))
    if case.pk in given.values():
        return None
    drawn = golden_now(user.username, case.pk, list(known), set(given), rule, seed)
    return None if drawn is None else placed(known[drawn], case, at)


def undecided() -> "QuerySet[Case]":
    """Golden cases in hand or left undecided: whoever counts what waits leaves these out, by an index of their own."""
    unsettled = [one.value for one in Status if one is not Status.DECIDED]
    return Case.objects.filter(golden__isnull=False, status__in=unsettled).order_by()


def _seed() -> bytes:
    return bytes(salted_hmac("vigie.golden", "", algorithm="sha256").digest())


def _for(case: Case, user: User, at: datetime) -> list[GoldenCase]:
    """The golden cases of the same language and harm area, so that the one in place of the other surprises nobody."""
    if not wellbeing.may_be_given(user, case, at):
        return []
    return [
        one
        for one in GoldenCase.objects.filter(retired_at=None, language=case.language).order_by("pk")
        if one.clause.partition(".")[0] == case.area
    ]


def _given(user: User) -> list[tuple[str, int]]:
    """The golden cases that a person has been given, each with the ordinary case in whose place it was."""
    facts = Fact.objects.filter(by=user, kind="claimed", case__golden__isnull=False)
    opened = Fact.objects.filter(kind="opened", case__in=facts.values("case")).values_list("case__golden", "details")
    return [(str(golden), details["before"]) for golden, details in opened]


def placed(golden: GoldenCase, other: Case, at: datetime) -> Case:
    """The golden case as a case of its own, as old and as likely as the one that it stands before.

    It is not admitted, so that nobody else is given it should it be left undecided.
    """
    clause, row = terms.clause(golden.clause), golden.taken_from
    # the id is another one, and there is no fingerprint: nothing leads to the post that it was made from
    post = Post.objects.create(
        source=other.source, key=str(secrets.randbelow(9 * 10**17) + 10**17), text_hash=secrets.randbits(62),
        text=golden.text, language=golden.language, created_at=other.opened_at,
    )  # fmt: skip
    case = Case.objects.create(
        source=other.source, clause=clause.id, area=clause.id.partition(".")[0], language=golden.language,
        opened_at=other.opened_at, probability=other.probability, gravity=clause.gravity, harm=other.harm,
        admitted=False, golden=golden,
    )  # fmt: skip
    version = clause.version_on(at.date())
    CasePost.objects.create(
        case=case, post=post, cited=clause.cite(at.date()), clause=clause.id, route="human",
        restriction=version.restriction if version else "", scores=row.scores if row else {},
        evidence=row.evidence if row else [], rulebook=row.rulebook if row else "", model=row.model if row else "",
        at=other.opened_at,
    )  # fmt: skip
    details = {"proposed": clause.cite(at.date()), "route": "human", "before": other.pk}
    Fact.objects.create(case=case, at=at, kind="opened", details=details)
    return case


def _about_children(clause: str) -> None:
    if clause.partition(".")[0] == CHILDREN:
        raise Refused(_("Nothing about the abuse of children is copied: choose another case."))
