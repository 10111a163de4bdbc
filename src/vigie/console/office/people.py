"""Who works here: added, given rights, let go; and what people set for themselves."""

from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from vigie.console import saying
from vigie.console.middleware import COOKIE
from vigie.console.office import words
from vigie.console.office.gate import deed, may, now, room
from vigie.console.office.gate import person as signed_in
from vigie.errors import Refused
from vigie.services import people as service
from vigie.services.acts import NotFound
from vigie.store.models import PersonChange, User
from vigie.store.people import Role

_GIVEN = [role for role in Role if role is not Role.INVITED]
_KINDS = {
    "added": translation.gettext_lazy("Added"),
    "rights": translation.gettext_lazy("Rights changed"),
    "link": translation.gettext_lazy("New link made"),
    "closed": translation.gettext_lazy("Account closed"),
    "opened": translation.gettext_lazy("Account opened again"),
    "invited": translation.gettext_lazy("Invited for one case"),
}


@room(Role.ADMINISTRATOR)
def people(request: HttpRequest) -> HttpResponse:
    """Everyone who works here; a form to add somebody, whose one-time link is shown once."""
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            user, secret = service.add_person(
                request.POST.get("username", "").strip(), request.POST.getlist("roles"), by=signed_in(request), at=now()
            )
            context = {"link": _address(request, secret), "who": user}
        except Refused as refusal:
            context, status = (
                {"refusal": str(refusal), "form": request.POST, "checked": request.POST.getlist("roles")},
                422,
            )
    with_factor = set(Authenticator.objects.values_list("user_id", flat=True))
    rows = [_row(user, user.pk in with_factor) for user in User.objects.order_by("-is_active", "username")]
    context |= {
        "here": [row for row in rows if not row["invited"]],
        "guests": [row for row in rows if row["invited"]][:50],
        "roles": [(role, words.ROLES[role]) for role in _GIVEN],
        "may_change": may(request, Role.ADMINISTRATOR),
    }
    return render(request, "office/people.html", context, status=status)


@room(Role.ADMINISTRATOR)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: rights, languages, harm areas, and who changed them when."""
    user = get_object_or_404(User, pk=person_id)
    if request.method == "POST":
        form = request.POST
        service.change_rights(
            user, roles=form.getlist("roles"), languages=form.getlist("languages"), areas=form.getlist("areas"),
            by=signed_in(request), at=now(),
        )  # fmt: skip
        messages.success(request, _("Kept. It holds from the next page on."))
        return redirect("person", person_id=user.pk)
    return render(request, "office/person.html", _page(request, user))


@deed(Role.ADMINISTRATOR)
def person_step(request: HttpRequest, person_id: int, step: str) -> HttpResponse:
    """Close or open an account; make a new link, which is shown once."""
    user, by, at = get_object_or_404(User, pk=person_id), signed_in(request), now()
    if step == "link":
        secret = service.new_link(user, by=by, at=at)
        return render(request, "office/person.html", _page(request, user) | {"link": _address(request, secret)})
    if step == "close":
        count = service.deactivate(user, by=by, at=at)
        messages.success(request, _("Closed. Cases given back to their queues: %(count)s.") % {"count": count})
    elif step == "open":
        service.reactivate(user, by=by, at=at)
        messages.success(request, _("Opened again, with the rights of before."))
    else:
        raise NotFound(_("There is no such step."))
    return redirect("person", person_id=user.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """What people set for themselves: the language of the pages, what they do not want to see, how posts are shown."""
    user = signed_in(request)
    if request.method == "POST":
        form = request.POST
        service.set_own(
            user, language=form.get("language", ""), opted_out=form.getlist("opted_out"),
            screen=form.getlist("screen"), mail=form.get("mail", ""),
        )  # fmt: skip
        with translation.override(user.interface_language):
            messages.success(request, _("Kept."))
        response = redirect("me")
        response.set_cookie(COOKIE, user.interface_language, max_age=31_536_000, samesite="Lax", httponly=True)
        return response
    screen = [
        ("blur", _("Blurred until pointed at")),
        ("grey", _("Without colour")),
        ("mute", _("Links to media only when asked for: the platform may play them with sound")),
    ]
    context = {
        "areas": words.areas(),
        "screen": [(name, label, bool(user.screen.get(name))) for name, label in screen],
        "factor": Authenticator.objects.filter(user=user).exists(),
        "roles": [words.ROLES[role] for role in user.roles],
        "gets_alarms": user.has(Role.ADMINISTRATOR),
    }
    return render(request, "office/me.html", context)


def _address(request: HttpRequest, secret: str) -> str:
    return request.build_absolute_uri(reverse("start", args=[secret]))


def _row(user: User, factor: bool) -> dict[str, Any]:
    return {
        "user": user,
        "roles": [words.ROLES[role] for role in user.roles],
        "languages": [saying.tongue(code) for code in user.languages],
        "areas": [words.area(name) for name in user.areas],
        "factor": factor,
        "invited": user.has(Role.INVITED),
    }


def _page(request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "who": user,
        "row": _row(user, Authenticator.objects.filter(user=user).exists()),
        "roles": [(role, words.ROLES[role]) for role in _GIVEN],
        "languages": words.tongues(),
        "areas": words.areas(),
        "changes": [_change(one) for one in user.changes.select_related("by").order_by("-pk")[:50]],
        "may_change": may(request, Role.ADMINISTRATOR) and not user.has(Role.INVITED),
    }


def _change(one: PersonChange) -> dict[str, Any]:
    details: dict[str, Iterable[str]] = one.details
    named = [
        *(words.ROLES[role] for role in details.get("roles", ())),
        *(saying.tongue(code) for code in details.get("languages", ())),
        *(words.area(name) for name in details.get("areas", ())),
    ]
    return {"at": one.at, "by": one.by, "kind": _KINDS.get(one.kind, one.kind), "named": named}
