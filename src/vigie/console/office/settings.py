"""Values that leads and administrators set while the instance runs, with what each means and who changed it when."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vigie.console.office.gate import deed, may, now, person, room
from vigie.errors import Refused
from vigie.services import settings as service
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.settings import COUNTS, DEFAULTS, NAMES, SHARES, ZONE, Kind
from vigie.store.models import Setting
from vigie.store.people import Role

CHANGE = (Role.ADMINISTRATOR, Role.LEAD)
#: Key and word for all harm areas together.
_ALL = "all"


@room(read=CHANGE)
def settings(request: HttpRequest) -> HttpResponse:
    """Every setting as a form of its own."""
    return _page(request)


@deed(*CHANGE)
def setting(request: HttpRequest, name: str) -> HttpResponse:
    """Set one value; what does not fit is shown again with what would."""
    if name not in DEFAULTS:
        raise NotFound(_("There is no setting %(name)s.") % {"name": name})
    text = request.POST.get("value", "")
    try:
        service.change(name, read(DEFAULTS[name].kind, text), by=person(request), at=now())
    except NotAllowed:
        raise
    except Refused as refusal:
        return _page(request, {name: (text, str(refusal))}, status=422)
    messages.success(request, _("Set. It holds from now on."))
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "settings")


def forms(names: Iterable[str], wrong: Mapping[str, tuple[str, str]] | None = None) -> list[dict[str, Any]]:
    """What the form of each of these settings shows; ``wrong``: what was sent and why it was refused."""
    found = []
    for name in names:
        known, value = DEFAULTS[name], service.value(name)
        text, refusal = (wrong or {}).get(name, (written(known.kind, value), ""))
        history = Setting.objects.filter(name=name).select_related("by").order_by("-pk")[:20]
        found.append(
            {
                "name": name,
                "meaning": _(known.meaning),
                "expects": _(known.kind.expects),
                "text": text,
                "refusal": refusal,
                "lines": known.kind in (SHARES, COUNTS, NAMES),
                "pairs": known.kind in (SHARES, COUNTS),
                "default": written(known.kind, known.default).replace("\n", ", "),
                "history": [(one, written(known.kind, one.value).replace("\n", ", ")) for one in history],
            }
        )
    return found


def written(kind: Kind, value: Any) -> str:
    """A value as a person reads and edits it: one line for each name.

    >>> written(SHARES, {"hate.racism": 0.1})
    'hate.racism = 0.1'
    """
    if value is None:
        return ""
    if kind in (SHARES, COUNTS):
        return "\n".join(f"{name or _ALL} = {_number(one)}" for name, one in sorted(value.items()))
    if kind == NAMES:
        return "\n".join(value)
    return value if isinstance(value, str) else _number(value)


def read(kind: Kind, text: str) -> Any:
    """What a person wrote as a value; what cannot be read stays text, and is refused for what it is.

    >>> read(SHARES, "hate.racism = 0,1"), read(NAMES, " a \\n\\nb"), read(service.PER_DAY, "")
    ({'hate.racism': 0.1}, ['a', 'b'], None)
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind in (SHARES, COUNTS):
        pairs = [(name.strip(), number.strip()) for name, _equals, number in (line.partition("=") for line in lines)]
        return {("" if kind == COUNTS and name == _ALL else name): _read_number(number) for name, number in pairs}
    if kind == NAMES:
        return lines
    if kind == ZONE:
        return text.strip()
    return _read_number(text.strip()) if text.strip() else None


def _number(value: float) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text.replace(".", ",") if (get_language() or "en").startswith("fr") else text


def _read_number(text: str) -> Any:
    plain = text.replace(",", ".").replace("\u202f", "").replace("\u00a0", "")
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return text


def _page(request: HttpRequest, wrong: Mapping[str, tuple[str, str]] | None = None, status: int = 200) -> HttpResponse:
    context = {"forms": forms(DEFAULTS, wrong), "back": reverse("settings"), "may_change": may(request, *CHANGE)}
    return render(request, "office/settings.html", context, status=status)
