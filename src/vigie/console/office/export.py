"""One case as one file, for a court, a body or an authority: JSON for programs, a page to read and print for people."""

import io
import zipfile
from datetime import datetime
from importlib import resources

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from vigie.console.office import words
from vigie.console.office.gate import now, person, room
from vigie.services import export as service
from vigie.services import rights
from vigie.store.models import Case, User
from vigie.store.people import Role

LANGUAGES = ("en", "fr")


@room(Role.LEAD, Role.LEGAL, Role.AUDITOR)
def export(request: HttpRequest, case_id: int) -> HttpResponse:
    """What the file holds; and, when asked, the file. Auditors may have it: nothing changes but the record of reads."""
    user = person(request)
    rights.may_read(user, Case(pk=case_id))
    if request.method != "POST":
        return render(request, "office/exporting.html", {"case_id": case_id})
    language = request.POST.get("language", "")
    made = zipped(case_id, language if language in LANGUAGES else request.LANGUAGE_CODE, by=user, at=now())
    headers = {"Content-Disposition": f'attachment; filename="vigie-case-{case_id}.zip"'}
    return HttpResponse(made, content_type="application/zip", headers=headers)


def zipped(case_id: int, language: str, *, by: User | None, at: datetime) -> bytes:
    """The zip: ``case.json``, and ``case.html`` in "en" or "fr", which needs nothing else. Raises: as ``gather``."""
    found = service.gather(case_id, by=by, at=at)
    style = resources.files("vigie.console").joinpath("static/console/export.css").read_text("utf-8")
    with translation.override(language):
        clause = words.clause(found["case"]["clause"])
        # the stylesheet is ours; without it in the page the file would not stand alone
        context: dict[str, object] = {"found": found, "language": language, "clause": clause, "style": mark_safe(style)}  # noqa: S308
        context["state"] = words.STATES[found["case"]["status"]]
        page = render_to_string("office/export.html", context)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("case.json", msgspec.json.format(msgspec.json.encode(found))), ("case.html", page)):
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), text, zipfile.ZIP_DEFLATED)
    return body.getvalue()
