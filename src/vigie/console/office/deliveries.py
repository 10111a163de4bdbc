"""What has not arrived at the platform, and where it listens."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from vigie.console.office.gate import deed, may, now, person, room
from vigie.errors import Refused
from vigie.services import deliveries as service
from vigie.services import endpoints, receipts, settings
from vigie.store.people import Role

_SHOWN = 100


@room(Role.ADMINISTRATOR)
def deliveries(request: HttpRequest) -> HttpResponse:
    """Addresses, messages given up, decisions without a receipt; a form for a new address, whose secret is shown once."""
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        url = request.POST.get("url", "")
        try:
            made = service.add_endpoint(url, by=person(request), at=now())
            context = {"made": made.endpoint, "secret": made.secret}
        except Refused:
            refusal = _("Give an address that begins with https:// (or http://), without a password in it.")
            context, status = {"refusal": refusal, "url": url}, 422
    dead, late, after = service.dead(), receipts.unconfirmed(now()), request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    page = list(receipts.unconfirmed(now(), number)[: _SHOWN + 1])
    context |= {
        "endpoints": endpoints.active(),
        "dead": dead[:_SHOWN],
        "dead_count": dead.count(),
        "late": page[:_SHOWN],
        "more": page[_SHOWN - 1].outbox.latest("number").number if len(page) > _SHOWN else None,
        "late_count": late.count(),
        "minutes": settings.value("receipt_minutes"),
        "shown": _SHOWN,
        "may_change": may(request, Role.ADMINISTRATOR),
    }
    return render(request, "office/deliveries.html", context, status=status)


@deed(Role.ADMINISTRATOR)
def endpoint_end(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send nothing more to an address."""
    service.end_endpoint(endpoint_id, by=person(request))
    messages.success(request, _("Nothing more is sent there."))
    return redirect("deliveries")


@deed(Role.ADMINISTRATOR)
def delivery_again(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a message that was given up again."""
    service.again(delivery_id, by=person(request), at=now())
    messages.success(request, _("It is sent again within seconds."))
    return redirect("deliveries")
