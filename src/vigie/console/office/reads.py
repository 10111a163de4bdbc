"""Who looked at what and when: for those who must be able to ask why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy

from vigie.console.office.gate import room
from vigie.console.reading import masked
from vigie.store.models import SensitiveRead, User
from vigie.store.people import Role

_PAGE = 100
KINDS = {"post": lazy("A post unmasked"), "search": lazy("A search"), "export": lazy("A case exported")}


@room(read=(Role.LEGAL,))
def reads(request: HttpRequest) -> HttpResponse:
    """Latest first. What was searched for is masked, until one line is asked for."""
    who, what, before, shown = (request.GET.get(name, "") for name in ("who", "what", "before", "shown"))
    rows = SensitiveRead.objects.select_related("user").order_by("-pk")
    rows = rows.filter(user__username=who) if who else rows
    rows = rows.filter(what=what) if what else rows
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: _PAGE + 1])
    more, same = request.GET.copy(), request.GET.copy()
    more["before"] = str(page[_PAGE - 1].pk) if len(page) > _PAGE else ""
    same.pop("shown", None)
    lines = [
        {
            "row": one,
            "what": KINDS.get(one.what, one.what),
            "detail": one.detail if one.what != "search" or str(one.pk) == shown else masked(one.detail),
            "masked": one.what == "search" and str(one.pk) != shown,
        }
        for one in page[:_PAGE]
    ]
    context = {
        "lines": lines,
        "people": User.objects.order_by("username"),
        "kinds": KINDS.items(),
        "who": who,
        "kind": what,
        "more": more.urlencode() if more["before"] else "",
        "same": same.urlencode(),
    }
    return render(request, "office/reads.html", context)
