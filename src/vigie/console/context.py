"""What every page knows: who is signed in with which rights, where one may go, and whether this is a demo."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from vigie.store.people import Role

_DECIDE = (Role.MODERATOR, Role.LEAD, Role.CHILDREN)
_READ = (*_DECIDE, Role.LEGAL, Role.AUDITOR)

#: Name of the address, how it is called, and who finds it in the navigation (empty: everyone). Whoever may enter is said there.
_PLACES = (
    ("queue", _("Queue"), (*_READ, Role.INVITED)),
    ("search", _("Search"), _READ),
    ("quality", _("Quality"), (Role.LEAD, Role.POLICY, Role.AUDITOR)),
    ("capacity", _("Capacity"), (Role.LEAD, Role.ADMINISTRATOR, Role.POLICY, Role.AUDITOR)),
    ("workshop", _("Workshop"), (Role.POLICY, Role.LEAD, Role.AUDITOR)),
    ("people", _("People"), (Role.ADMINISTRATOR, Role.AUDITOR)),
    ("wellbeing", _("Wellbeing"), (Role.LEAD, Role.AUDITOR)),
    ("settings", _("Settings"), (Role.ADMINISTRATOR, Role.LEAD, Role.AUDITOR)),
    ("deliveries", _("Deliveries"), (Role.ADMINISTRATOR, Role.AUDITOR)),
    ("reads", _("Sensitive reads"), (Role.LEGAL, Role.AUDITOR)),
    ("terms", _("Terms"), ()),
)


class Place(NamedTuple):
    """Somewhere that the navigation leads to; ``here``: the page is there already."""

    name: str
    label: str
    url: str
    here: bool


def places(request: HttpRequest) -> list[Place]:
    """Where the reader may go from here."""
    user = getattr(request, "user", None)
    found = []
    for name, label, roles in _PLACES:
        if roles and not (user is not None and user.is_authenticated and user.has(*roles)):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append(Place(name, str(label), url, request.path == url))
    return found


def house(request: HttpRequest) -> dict[str, Any]:
    """Variables of every template."""
    return {
        "demo": settings.DEMO,
        "language": getattr(request, "LANGUAGE_CODE", "en"),
        "house_languages": settings.LANGUAGES,
        "places": places(request),
    }
