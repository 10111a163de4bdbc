"""Find a case again. What is shown is masked; what was searched for is on record."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from vigie.console import saying
from vigie.console.office import words
from vigie.console.office.gate import now, person, room
from vigie.console.reading import masked
from vigie.errors import Refused
from vigie.services import search as service
from vigie.services import settings
from vigie.services.search import Query
from vigie.store.models import Case, CasePost

_LONGEST = 90  # characters of a masked post in a list


@room(read=service.READERS)
def search(request: HttpRequest) -> HttpResponse:
    """The form, and below it a page of what was found."""
    asked = {name: text for name, value in request.GET.items() if (text := str(value).strip())}
    context: dict[str, object] = {
        "asked": asked,
        "states": words.STATES.items(),
        "clauses": words.clauses(),
        "latest": service.LATEST,
    }
    if asked:
        found = service.search(_query(asked), by=person(request), at=now())
        following = request.GET.copy()
        following["before"] = str(found.more)
        texts = _first_texts(found.cases)
        context |= {
            "lines": [_line(case, texts.get(case.pk, "")) for case in found.cases],
            "more": following.urlencode() if found.more else "",
            "further": "before" in asked,
        }
    return render(request, "office/search.html", context)


def _query(asked: dict[str, str]) -> Query:
    """Raises: Refused for a day that is none."""
    zone = ZoneInfo(settings.value("zone"))

    def day(name: str, plus: int = 0) -> datetime | None:
        if name not in asked:
            return None
        try:
            found = date.fromisoformat(asked[name]) + timedelta(days=plus)
        except (ValueError, OverflowError):
            raise Refused(_("Write days as 2026-11-25.")) from None
        return datetime(found.year, found.month, found.day, tzinfo=zone)

    before = asked.get("before", "")
    named = {name: asked.get(name, "")[:200] for name in ("text", "account", "clause", "moderator", "state")}
    page = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    return Query(**named, since=day("since"), until=day("until", 1), before=page)


def _first_texts(cases: list[Case]) -> dict[int, str]:
    firsts = CasePost.objects.filter(case__in=cases).order_by().values("case").annotate(first=Min("pk"))
    rows = CasePost.objects.filter(pk__in=[one["first"] for one in firsts]).values_list("case", "post__text")
    return dict(rows)


def _line(case: Case, text: str) -> dict[str, object]:
    return {
        "case": case,
        "title": words.clause(case.clause),
        "state": words.STATES[case.status],
        "language": saying.tongue(case.language),
        "text": masked(text[:_LONGEST]) + ("…" if len(text) > _LONGEST else ""),
    }
