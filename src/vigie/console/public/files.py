"""The terms for programs: one JSON document (docs/reference/terms-json.md), and an Atom feed of what changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from vigie.console.public import reading
from vigie.console.public.door import public
from vigie.law.dsa import categories, keywords
from vigie.services import terms
from vigie.store.models import ClauseFile
from vigie.terms.clause import Clause, Version
from vigie.terms.reading import read_clause

#: The number in the document; raised when a reader of the one before would misunderstand it.
FORMAT = 1
#: How many changes the feed goes back.
LENGTH = 50
_ATOM = "http://www.w3.org/2005/Atom"


@public
def as_json(request: HttpRequest) -> HttpResponse:
    """Every clause with every version, in all languages."""
    today = datetime.now(UTC).date()
    found = [_clause(request, one, today) for one in sorted(terms.clauses().values(), key=lambda one: one.id)]
    return JsonResponse({"format": FORMAT, "clauses": found}, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _clause(request: HttpRequest, clause: Clause, today: date) -> dict[str, Any]:
    known = keywords(clause.dsa_category)
    version = clause.version_on(today)
    return {
        "id": clause.id,
        "url": request.build_absolute_uri(reverse("terms_clause", args=[clause.id])),
        "title": dict(clause.title),
        "gravity": clause.gravity,
        "dsa_category": _named(categories()[clause.dsa_category]),
        "dsa_keywords": [_named(known[name]) for name in clause.dsa_keywords],
        "looked_for": reading.looked_for(clause, today),
        "in_force": version.number if version else None,
        "versions": [_version(request, clause, one, today) for one in sorted(clause.versions, key=lambda v: v.number)],
    }


def _version(request: HttpRequest, clause: Clause, version: Version, today: date) -> dict[str, Any]:
    return {
        "number": version.number,
        "cited_as": f"{clause.id}@{version.number}",
        "url": request.build_absolute_uri(reverse("terms_version", args=[clause.id, version.number])),
        "state": reading.state(clause, version, today),
        "in_force_from": version.in_force_from,
        "in_force_until": reading.until(clause, version),
        "restriction": version.restriction,
        "strikes": version.strikes,
        "legal": [{**_named(one), "reference": one.reference} for one in reading.shown_grounds(version)],
        "text": dict(version.text),
        "exceptions": dict(version.exceptions),
    }


def _named(thing: Any) -> dict[str, str]:
    return {"id": thing.id, "en": thing.en, "fr": thing.fr}


class Change(NamedTuple):
    """A version became known at an instant, and takes the place of the one before (None: the clause is new)."""

    at: datetime
    clause: Clause
    before: Version | None
    version: Version


def changes() -> list[Change]:
    """Every version, when it was published and in place of which, the latest first."""
    return list(_changes(tuple(ClauseFile.objects.order_by("pk").values_list("pk", flat=True))))


@lru_cache(maxsize=4)
def _changes(rows: tuple[int, ...]) -> tuple[Change, ...]:
    found = list(_read(rows))
    return tuple(sorted(found, key=lambda one: (one.at, one.version.in_force_from, one.clause.id), reverse=True))


def _read(rows: tuple[int, ...]) -> Iterator[Change]:
    seen: set[tuple[str, int]] = set()
    for row in ClauseFile.objects.filter(pk__in=rows).order_by("pk"):
        clause = read_clause(row.toml, f"{row.clause}.toml")
        before = None
        for version in sorted(clause.versions, key=lambda one: one.number):
            if (clause.id, version.number) not in seen:
                seen.add((clause.id, version.number))
                yield Change(row.at, clause, before, version)
            before = version


@public
def feed(request: HttpRequest) -> HttpResponse:
    """The latest changes of the terms, as an Atom feed in the reader's language (RFC 4287)."""
    found, language = changes()[:LENGTH], request.LANGUAGE_CODE
    address = request.build_absolute_uri(reverse("terms_feed"))
    Xml.register_namespace("", _ATOM)
    root = Xml.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    _add(root, "id", f"{address}?lang={language}")
    _add(root, "title", _("Changes of the terms of use"))
    _add(
        root,
        "updated",
        max((one.at for one in found), default=datetime.combine(date(2024, 2, 17), time(), UTC)).isoformat(),
    )
    _add(_add(root, "author"), "name", request.get_host())
    _add(root, "link", rel="self", href=f"{address}?lang={language}", type="application/atom+xml")
    _add(root, "link", rel="alternate", href=request.build_absolute_uri(reverse("terms")), type="text/html")
    for one in found:
        _entry(root, one, request)
    data = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(data, content_type="application/atom+xml; charset=utf-8")


def _entry(root: Xml.Element, change: Change, request: HttpRequest) -> None:
    language, clause, version = request.LANGUAGE_CODE, change.clause, change.version
    address = request.build_absolute_uri(reverse("terms_version", args=[clause.id, version.number]))
    entry = _add(root, "entry")
    _add(entry, "id", f"{address}?lang={language}")
    values = {"title": clause.title[language], "number": version.number, "day": version.in_force_from.isoformat()}
    said = (
        _("%(title)s: version %(number)s, in force from %(day)s")
        if change.before
        else _("%(title)s: new clause, in force from %(day)s")
    )
    _add(entry, "title", said % values)
    _add(entry, "published", change.at.isoformat())
    _add(entry, "updated", change.at.isoformat())
    _add(entry, "link", rel="alternate", href=f"{address}?lang={language}", hreflang=language, type="text/html")
    _add(entry, "content", _content(change, language), type="html")


def _content(change: Change, language: str) -> str:
    if change.before is None:
        return "".join(f"<p>{escape(line)}</p>" for line in change.version.text[language].strip().splitlines())
    look = reading.Look(change.version.in_force_from, language)
    marks = {"=": "{}", "-": "<del>{}</del>", "+": "<ins>{}</ins>"}
    return "".join(
        f"<h2>{escape(part.name)}</h2><p>{' '.join(marks[kind].format(escape(text)) for kind, text in part.pieces)}</p>"
        for part in reading.compared(change.before, change.version, look)
    )


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = text
    return made
