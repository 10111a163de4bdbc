"""What pages show of a case: masked by default, evidence in its place, the formula of its rank. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from vigie.law.dsa import visibilities
from vigie.review.lifecycle import Status
from vigie.services import decisions, harm, terms
from vigie.services.acts import state_of
from vigie.store.decisions import Stage
from vigie.store.models import Case, CasePost, User


class Reader(NamedTuple):
    """Who looks, when, and in which language of the house."""

    user: User
    now: datetime
    language: str


class Form(NamedTuple):
    """A decision as it was sent, and what it lacks; shown again, so that nothing of it is lost."""

    values: Mapping[str, str]
    gaps: Sequence[str]


EMPTY = Form({}, ())


def masked(text: str) -> str:
    """First letters and length of each word: enough to recognise a case, not enough to hurt.

    >>> masked("Bonjour à tous")
    'B•••••• à t•••'
    """
    return " ".join(word[:1] + "•" * (len(word) - 1) for word in text.split(" "))


def row(case: Case) -> dict[str, Any]:
    """A case as a line of the queue: nothing of the text."""
    return {"case": case, "title": case.clause}


def pieces(text: str, evidence: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The text cut at the evidence: each piece with the reasons that underline it.

    >>> [(one["text"], one["why"]) for one in pieces("ab cd", [{"start": 3, "end": 5, "why": "w", "signal": "s"}])]
    [('ab ', []), ('cd', ['w'])]
    """
    cuts = sorted({0, len(text), *(one["start"] for one in evidence), *(one["end"] for one in evidence)})
    return [
        {
            "text": text[begin:end],
            "why": [one["why"] for one in evidence if one["start"] <= begin and end <= one["end"]],
        }
        for begin, end in pairwise(cuts)
        if begin < end
    ]


def post(row: CasePost, shown: bool) -> dict[str, Any]:
    """A post of a case, masked or not."""
    text = row.post.text
    bars = sorted(row.scores.items(), key=lambda pair: -pair[1])[:8]
    return {
        "row": row,
        "shown": shown,
        "masked": masked(text),
        "pieces": pieces(text, row.evidence) if shown else [],
        "evidence": row.evidence if shown else [],
        "bars": [{"signal": name, "value": value, "tenths": round(value * 10)} for name, value in bars],
    }


def revealed(case: Case, post_id: int) -> dict[str, Any]:
    """One post, unmasked."""
    return {
        "post": post(case.posts.select_related("post", "post__account").get(post_id=post_id), shown=True),
        "case": case,
    }


def page(case: Case, reader: Reader, *, shown: int | None = None, form: Form = EMPTY) -> dict[str, Any]:
    """Everything that the case page shows. A second look is blind: no earlier verdict is in it."""
    user, now = reader.user, reader.now
    rows = list(case.posts.select_related("post", "post__account").order_by("pk"))
    blind = case.queue == Status.SECOND_LOOK and case.decided_by_id != user.pk
    found = [] if blind else list(case.decisions.select_related("by").order_by("-pk"))
    clauses = terms.clauses()
    return {
        "case": case,
        "state": state_of(case),
        "posts": [post(one, shown=one.post_id == shown) for one in rows],
        "harms": [one.shown(reader.language) for one in harm.explained(case, rows, now)],
        "clause": clauses.get(case.clause),
        "clauses": list(enumerate(clauses.values(), 1)),
        "restrictions": visibilities().values(),
        "decisions": found,
        "in_force": None if blind else decisions.in_force(case),
        "facts": [] if blind else list(case.facts.select_related("by").order_by("pk")),
        "blind": blind,
        "mine": case.holder_id == user.pk,
        "can_undo": case.not_before is not None
        and now < case.not_before
        and user.pk in (case.decided_by_id, case.settled_by_id),
        "form": form.values,
        "gaps": form.gaps,
        "stage": Stage,
    }
