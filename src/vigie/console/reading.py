"""What pages show of a case: masked by default, evidence in its place, the formula of its rank. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Count

from vigie.console import saying
from vigie.enforce.starters import starters
from vigie.law.dsa import visibilities
from vigie.review.lifecycle import UNDO, Status
from vigie.services import decisions, harm, people, settings, terms, wellbeing
from vigie.services.export import EXPORTERS
from vigie.services.rights import offered, visible
from vigie.services.standing import nobody_for
from vigie.store.decisions import Stage
from vigie.store.models import Account, Case, CasePost, Decision, Notice, User
from vigie.terms import phrases
from vigie.terms.clause import LANGUAGES, Clause

_BARS = 6
_EARLIER = 5


class Reader(NamedTuple):
    """Who looks, when, and in which language of the house."""

    user: User
    now: datetime
    language: str


class Form(NamedTuple):
    """A decision as it was sent, and what it lacks by field; shown again, so that nothing of it is lost."""

    values: Mapping[str, str]
    gaps: Mapping[str, str]


EMPTY = Form({}, {})


def masked(text: str) -> str:
    """First letters and length of each word: enough to recognise a case, not enough to hurt.

    >>> masked("Bonjour à tous")
    'B•••••• à t•••'
    """
    return " ".join(word[:1] + "•" * (len(word) - 1) for word in text.split())


def lines(cases: Sequence[Case], language: str) -> list[dict[str, Any]]:
    """Cases as lines of the queue: nothing of the text."""
    counts = dict(
        CasePost.objects.filter(case__in=cases).values_list("case").annotate(n=Count("pk")).values_list("case", "n")
    )
    known = terms.clauses()
    return [
        {"case": case, "title": title(known.get(case.clause), case.clause, language), "posts": counts.get(case.pk, 0)}
        for case in cases
    ]


def title(clause: Clause | None, name: str, language: str) -> str:
    """What a clause is called; its id where it is gone."""
    return clause.title[language] if clause else name


def pieces(text: str, evidence: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The text cut at the evidence: each piece with the numbers, from 1, of the reasons that underline it.

    >>> [(one["text"], one["reasons"]) for one in pieces("ab cd", [{"start": 3, "end": 5}])]
    [('ab ', []), ('cd', [1])]
    """
    cuts = sorted({0, len(text), *(min(max(one[end], 0), len(text)) for one in evidence for end in ("start", "end"))})
    return [
        {
            "text": text[begin:end],
            "reasons": [n for n, one in enumerate(evidence, 1) if one["start"] <= begin and end <= one["end"]],
        }
        for begin, end in pairwise(cuts)
    ]


def post(row: CasePost, shown: bool, seen: bool = False) -> dict[str, Any]:
    """A post of a case, masked or not; ``seen``: the reader has met the same words in another case."""
    text, context = row.post.text, row.post.context
    bars = sorted(row.scores.items(), key=lambda pair: -pair[1])[:_BARS]
    return {
        "row": row,
        "shown": shown,
        "seen": seen,
        "masked": masked(text),
        "length": len(text),
        "pieces": pieces(text, row.evidence) if shown else [],
        "evidence": row.evidence if shown else [],
        "thread": context.get("thread", []),
        "url": next(iter(_links([context.get("url")])), ""),
        "media": _links(context.get("media", [])),
        "bars": [
            {"signal": name, "value": value, "width": round(value * 100)} for name, value in bars if value >= 0.01
        ],
    }


def _links(given: Sequence[object]) -> list[str]:
    """Those that lead to a page of the platform, and do nothing else."""
    return [url for url in given if isinstance(url, str) and url.startswith(("https://", "http://"))]


def revealed(case: Case, post_id: int) -> dict[str, Any]:
    """One post, unmasked."""
    row = case.posts.select_related("post", "post__account").get(post_id=post_id)
    return {"post": post(row, shown=True), "case": case}


def blind(case: Case, user: User) -> bool:
    """Must the earlier verdict stay unknown to this person, who may be the one to look again?"""
    return (
        case.queue == Status.SECOND_LOOK
        and case.second_by_id is None
        and user.decides
        and user.pk != case.decided_by_id
    )


def page(case: Case, reader: Reader, form: Form = EMPTY) -> dict[str, Any]:
    """Everything that the case page shows. A second look is blind: no earlier verdict is in it."""
    user, now = reader.user, reader.now
    rows = list(case.posts.select_related("post", "post__account").order_by("pk"))
    hidden = blind(case, user)
    shown = wellbeing.shown_since(case, user, now)
    seen = wellbeing.seen_before(user, [row.post.fingerprint for row in rows if row.post.fingerprint], case)
    latest = None if hidden else decisions.in_force(case)
    return {
        "case": case,
        "title": title(terms.clauses().get(case.clause), case.clause, reader.language),
        "posts": [post(row, row.post_id in shown, row.post.fingerprint in seen) for row in rows],
        "harms": [one.shown(reader.language) for one in harm.explained(case, rows, now)],
        "notices": notices(case, rows),
        "account": account(case) if case.account else None,
        "verdicts": [] if hidden else list(case.decisions.select_related("by", "cancellation").order_by("pk")),
        "in_force": latest,
        "history": [] if hidden else history(case),
        "blind": hidden,
        **standing(case, user, now),
        **choices(case, rows, reader, form),
    }


def standing(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """What this person may do with the case as it stands; the services have the last word."""
    mine = case.holder_id == user.pk
    working = mine and case.status == Status.CLAIMED
    opinion = working and case.asked_by_id is not None and case.asked_by_id != user.pk
    decider = case.settled_by_id or case.decided_by_id
    waits = case.status in (Status.SECOND_LOOK, Status.DISAGREED, Status.SECOND_OPINION)
    undoable = case.status == Status.DECIDED and case.not_before is not None and now < case.not_before
    return {
        "mine": mine,
        "free": user.decides and offered(user).filter(pk=case.pk).exists(),
        "decides": working and not opinion,
        "opinion": opinion,
        "ordinary": working and not opinion and case.queue in (Status.OPEN, Status.ESCALATED),
        "may_escalate": working and not opinion and case.queue == Status.OPEN,
        "my_question": case.status == Status.SECOND_OPINION and case.asked_by_id == user.pk,
        "may_note": user.decides,
        "may_release": mine or (user.leads and case.holder_id is not None),
        "may_invite": waits
        and user.decides
        and user.pk in (case.decided_by_id, case.second_by_id, case.asked_by_id)
        and nobody_for(case, people.team()),
        "may_export": user.has(*EXPORTERS),
        "undo_left": int((case.not_before - now).total_seconds())
        if undoable and user.pk == decider and case.not_before
        else 0,
        "colleagues": colleagues(case, user) if working else [],
    }


def colleagues(case: Case, user: User) -> list[User]:
    """Who else may have the case: those who may read it and have not judged it."""
    judged = {case.decided_by_id, case.second_by_id} if case.decided_by_id else set()
    return [
        one
        for one in people.team()
        if one != user and one.pk not in judged and visible(one).filter(pk=case.pk).exists()
    ]


def choices(case: Case, rows: Sequence[CasePost], reader: Reader, form: Form) -> dict[str, Any]:
    """What the decision form offers: the clauses nearest to the case first, so that nine of them have a key."""
    proposed = case.clause if case.clause in terms.clauses() else ""
    values = dict(form.values) if form.values else {"clause": proposed, "restriction": _usual(proposed, reader.now)}
    return {
        "clauses": [
            {"key": n if n < 10 else "", "id": one.id, "title": one.title[reader.language]}
            for n, one in enumerate(nearest(case, rows), 1)
        ],
        "restrictions": [{"id": one.id, "label": one.label(reader.language)} for one in visibilities().values()],
        "durations": (1, 3, 7, 30, 90, 180, 365),
        "form": values,
        "gaps": form.gaps,
        "told_in": told_in(case),
    }


def told_in(case: Case) -> str:
    """The language in which the person is told."""
    language = case.account.language if case.account and case.account.language else case.language
    return language if language in LANGUAGES else "en"


def _usual(name: str, now: datetime) -> str:
    version = terms.clauses()[name].version_on(now.date()) if name else None
    return version.restriction if version else ""


def nearest(case: Case, rows: Sequence[CasePost]) -> list[Clause]:
    """Clauses, those that the machine proposed first, then those of the same harm area, then the gravest."""
    also = {name.partition("@")[0] for row in rows for name in row.also}
    known = terms.clauses().values()
    return sorted(known, key=lambda one: (one.id != case.clause, one.id not in also, not one.id.startswith(case.area)))


def consequences(case: Case, name: str, reader: Reader) -> dict[str, Any]:
    """What follows from a restriction under a clause, and the clause in the post's language and the reader's."""
    clause = terms.clauses().get(name)
    version = clause.version_on(reader.now.date()) if clause else None
    if clause is None or version is None:
        return {"clause": None, "starters": ()}
    tongues = dict.fromkeys([reader.language, case.language if case.language in LANGUAGES else reader.language])
    return {
        "clause": clause,
        "cited": f"{clause.id}@{version.number}",
        "strikes": version.strikes,
        "at_once": name in settings.value("imminent_clauses"),
        "undo_seconds": int(UNDO.total_seconds()),
        "told_in": told_in(case),
        "starters": starters(name, told_in(case)),
        "texts": [
            {
                "language": one,
                "text": version.text[one],
                "exceptions": version.exceptions.get(one, ""),
                "allowed": phrases.say("allowed", one),
            }
            for one in tongues
        ],
    }


def account(case: Case) -> dict[str, Any]:
    """The author as the platform knows them, and what was decided on them before."""
    who: Account | None = case.account
    standing = Decision.objects.filter(case__account=who, cancellation=None).exclude(stage=Stage.SECOND)
    before = standing.exclude(case=case)
    return {
        "who": who,
        "minor": bool(who and who.age_band[:2].isdigit() and int(who.age_band[:2]) < 18),
        "earlier": list(before.order_by("-pk")[:_EARLIER]),
        "count": before.filter(breach=True).count(),
        "same": before.filter(breach=True, cited__startswith=f"{case.clause}@").count(),
    }


def notices(case: Case, rows: Sequence[CasePost]) -> list[Notice]:
    """What others told us of these posts, latest first."""
    keys = [row.post.key for row in rows if row.post.key]
    return list(Notice.objects.filter(source=case.source, post_key__in=keys).order_by("-pk")[:20])


def history(case: Case) -> list[dict[str, Any]]:
    """Everything that happened to the case, of people and machines, oldest first."""
    facts = list(case.facts.select_related("by").order_by("pk"))
    to = {fact.details["to"] for fact in facts if isinstance(fact.details.get("to"), int)}
    names = {user.pk: user.shown_as for user in User.objects.filter(pk__in=to)}
    return [
        {"at": fact.at, "said": saying.happened(fact, names), "why": _why(fact.why), "by": fact.by} for fact in facts
    ]


def _why(why: str) -> str:
    return "" if why in ("undone", "replaced") else why
