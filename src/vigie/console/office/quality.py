"""How sure the team's judgement is, what is looked at twice, and the cases whose answer is known."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from vigie.console import saying
from vigie.console.office import words
from vigie.console.office.gate import deed, may, now, person, room
from vigie.console.office.settings import CHANGE, forms
from vigie.console.reading import masked
from vigie.errors import Refused
from vigie.measure.golden import ErrorRate, Share
from vigie.publish.charts import Figure, agreement_figure
from vigie.review.sentences import number
from vigie.services import golden, rights
from vigie.services import quality as service
from vigie.store.models import GoldenCase
from vigie.store.people import Role

_SETTINGS = ("second_look_share", "second_look_by_clause", "second_look_by_moderator", "golden_share")
_MAKE = (Role.LEAD, Role.POLICY)
_SHOWN = 200


@room(read=_MAKE)
def quality(request: HttpRequest) -> HttpResponse:
    """Agreement, error rates, shares of second looks, golden cases."""
    return _page(request)


@deed(*_MAKE)
def golden_add(request: HttpRequest) -> HttpResponse:
    """A golden case: from a decided case by its number, or written by hand."""
    form = request.POST
    try:
        if number_ := form.get("case", "").strip():
            golden.add_from(
                int(number_) if number_.isascii() and number_.isdigit() else 0, by=person(request), at=now()
            )
        else:
            golden.add(
                form.get("text", ""), form.get("language", ""), form.get("clause", ""), form.get("breach") == "yes",
                by=person(request), at=now(),
            )  # fmt: skip
    except Refused as refusal:
        return _page(request, {"refusal": str(refusal), "form": form}, status=422)
    messages.success(request, _("Kept. Moderators will be given it among other cases."))
    return redirect("quality")


@deed(*_MAKE)
def golden_retire(request: HttpRequest, golden_id: int) -> HttpResponse:
    """Give a golden case to nobody any more."""
    golden.retire(golden_id, by=person(request), at=now())
    messages.success(request, _("Retired. Its answers stay in the figures."))
    return redirect("quality")


def _page(request: HttpRequest, more: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    at, language, user = now(), request.LANGUAGE_CODE, person(request)
    known = GoldenCase.objects.select_related("made_by").order_by("retired_at", "-pk")[:_SHOWN]
    waiting = service.waits_for_nobody()
    readable = set(rights.visible(user).filter(pk__in=waiting).values_list("pk", flat=True))
    context = {
        "waiting": [(pk, pk in readable) for pk in waiting[:20]],
        "waiting_count": len(waiting),
        "figures": _figures(at, language),
        "errors": [_error(row, language) for row in service.errors(at)],
        "days": service.PERIOD.days,
        "forms": forms(_SETTINGS),
        "back": reverse("quality"),
        "may_change": may(request, *CHANGE),
        "may_make": may(request, *_MAKE),
        "clauses": words.clauses(),
        "tongues": words.tongues(),
        "golden": [
            {"row": one, "title": words.clause(one.clause), "language": saying.tongue(one.language), "text": masked(one.text[:90])}
            for one in known
        ],
    }  # fmt: skip
    return render(request, "office/quality.html", context | (more or {}), status=status)


def _figures(at: Any, language: str) -> list[tuple[str, Figure]]:
    """All together and by clause; by language. Empty where nothing was looked at twice."""
    everything = _("All together")
    by_clause = service.agreement_by(at, lambda _one: everything)
    if not by_clause:
        return []
    by_clause |= service.agreement_by(at, lambda one: words.clause(one.clause))
    by_tongue = service.agreement_by(at, lambda one: saying.tongue(one.language))
    made = ((_("By clause"), by_clause, "clauses"), (_("By language"), by_tongue, "languages"))
    return [(title, _safe(agreement_figure(found, language, name))) for title, found, name in made]


def _safe(figure: Figure) -> Figure:
    import msgspec

    return msgspec.structs.replace(figure, svg=mark_safe(figure.svg))  # noqa: S308  (drawn by us, labels escaped)


def _error(row: ErrorRate, language: str) -> dict[str, Any]:
    kinds = (row.wrong, row.missed, row.restricted_for_nothing)
    return {
        "clause": words.clause(row.clause),
        "language": saying.tongue(row.language),
        "answers": row.wrong.whole,
        "shares": [_written(one, language) for one in kinds],
    }


def _written(one: Share, language: str) -> str:
    if one.rate is None:
        return _("none given")
    low, high = one.interval
    shown = {"rate": number(100 * one.rate, 0, language), "part": one.part, "whole": one.whole}
    shown |= {"low": number(100 * low, 0, language), "high": number(100 * high, 0, language)}
    return _("%(rate)s %% (%(low)s – %(high)s %%): %(part)s of %(whole)s") % shown
