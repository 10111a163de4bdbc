"""The terms as pages: what is forbidden, what remains allowed, what follows; as it is, as it was, as it will be."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from vigie.console.middleware import COOKIE
from vigie.console.public import reading
from vigie.console.public.door import public
from vigie.services import terms
from vigie.terms.clause import Clause, Version


def _look(request: HttpRequest) -> reading.Look:
    return reading.Look(datetime.now(UTC).date(), request.LANGUAGE_CODE)


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang")
    context |= {
        "asked": f"?lang={asked}" if asked in known else "",
        "others": [(code, label) for code, label in settings.LANGUAGES if code != request.LANGUAGE_CODE],
        "address": request.build_absolute_uri(request.path),
        "language": request.LANGUAGE_CODE,
    }
    return render(request, f"public/{name}.html", context, status=status)


@public
def index(request: HttpRequest) -> HttpResponse:
    """Every clause, by area."""
    return _page(request, "index", {"areas": reading.areas(terms.clauses().values(), _look(request))})


@public
def printed(request: HttpRequest) -> HttpResponse:
    """All that is in force on one page, for paper."""
    look = _look(request)
    areas = reading.areas(terms.clauses().values(), look)
    for area in areas:
        found = [terms.clauses()[one["id"]] for one in area["clauses"] if one["state"] == "in_force"]
        area["pages"] = [reading.page(one, reading.current(one, look.day), look) for one in found]
    return _page(request, "print", {"areas": areas, "day": look.day})


@public
def clause(request: HttpRequest, name: str) -> HttpResponse:
    """A clause as it stands."""
    found = terms.clauses().get(name)
    if found is None:
        return _missing(request)
    look = _look(request)
    return _page(request, "clause", reading.page(found, reading.current(found, look.day), look))


@public
def version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One version of a clause, as a decision cites it."""
    try:
        found, chosen = _numbered(name, number)
    except Http404:
        return _missing(request)
    return _page(request, "clause", reading.page(found, chosen, _look(request)) | {"numbered": True})


@public
def difference(request: HttpRequest, name: str, old: int, new: int) -> HttpResponse:
    """What changed from one version to another, word by word."""
    try:
        (found, before), (_, after) = _numbered(name, old), _numbered(name, new)
    except Http404:
        return _missing(request)
    look = _look(request)
    context = {
        "clause": found,
        "title": found.title[look.language],
        "old": before,
        "new": after,
        "state": reading.state(found, after, look.day),
        "parts": reading.compared(before, after, look),
    }
    return _page(request, "diff", context)


def _numbered(name: str, number: int) -> tuple[Clause, Version]:
    found = terms.clauses().get(name)
    chosen = next((one for one in found.versions if one.number == number), None) if found else None
    if found is None or chosen is None:
        raise Http404
    return found, chosen


def _missing(request: HttpRequest) -> HttpResponse:
    return _page(request, "missing", {}, status=404)


@never_cache
@require_GET
def switch(request: HttpRequest, language: str) -> HttpResponse:
    """Remember the reader's language, because they asked for it, and go back to the page."""
    back = request.GET.get("back", "")
    response = redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "terms")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(COOKIE, language, max_age=31_536_000, samesite="Lax", httponly=True)
    return response
