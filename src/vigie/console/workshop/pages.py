"""The workshop's files: clauses with their rules, patterns, lists; each can be changed, and has its history."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from vigie.console.workshop import reading
from vigie.console.workshop.door import now, readers, user_of
from vigie.errors import Refused
from vigie.services import workshop
from vigie.services.acts import NotFound
from vigie.services.rights import require
from vigie.store.models import RuleChange
from vigie.store.people import Role

_KINDS = ("clause", "patterns", "domains")


@readers
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every clause with its rules and patterns, and the changes on their way."""
    return render(request, "workshop/index.html", reading.index(user_of(request), now(), request.LANGUAGE_CODE))


@readers
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """To the form for a file that does not exist yet."""
    kind, name = request.GET.get("kind", ""), request.GET.get("name", "").strip()
    if kind not in _KINDS or not name or "/" in name:
        raise Refused(_("Give a name: hate.example for a clause, example_words.en for patterns."))
    return redirect("workshop_file", kind=kind, name=name)


@readers
def rule_file(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """A file with its history; sent back changed, it becomes a change that waits for a second person."""
    if kind not in _KINDS:
        raise NotFound(_("There is no such file."))
    if request.method == "POST":
        return _written(request, kind, name)
    context = reading.file(kind, name, now())
    earlier = (
        RuleChange.objects.filter(pk=request.GET["from"], kind=kind, name=name).first() if _number(request) else None
    )
    if earlier is not None:
        context |= {
            "text": earlier.toml,
            "why": earlier.why,
            "instead_of": earlier.pk,
            "publish_on": earlier.publish_on,
        }
    return render(request, "workshop/file.html", context | {"may_write": user_of(request).has(Role.POLICY)})


def _number(request: HttpRequest) -> bool:
    return request.GET.get("from", "").isdecimal()


def _written(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    require(user_of(request), Role.POLICY)
    form = request.POST
    instead = int(form["instead_of"]) if form.get("instead_of", "").isdecimal() else None
    wanted = RuleChange(kind=kind, name=name, toml=form.get("text", ""), why=form.get("why", "").strip())
    try:
        wanted.publish_on = _day(form.get("publish_on", ""))
        change = workshop.write(wanted, by=user_of(request), at=now(), instead_of=instead)
    except Refused as error:
        context = reading.file(kind, name, now()) | {
            "text": wanted.toml,
            "why": wanted.why,
            "instead_of": instead,
            "publish_on": form.get("publish_on", ""),
            "problems": str(error).splitlines(),
            "may_write": True,
        }
        return render(request, "workshop/file.html", context, status=422)
    messages.success(request, _("Written down. Nothing changes until another policy lead has approved it."))
    return redirect("workshop_change", change_id=change.pk)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(_("Write the day as 2026-12-01.")) from None
