"""Small things that every page shows the same way: instants, numbers, gravity, the seconds left to undo."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timesince, translation
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from vigie.console import saying
from vigie.law.dsa import visibilities
from vigie.services import terms
from vigie.store.models import Case

register = template.Library()


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """A number as people read it: thin spaces between thousands, the reader's decimal sign.

    >>> number(12345.6)
    '12\u202f346'
    """
    if value is None:
        return "–"
    written = f"{value:,.{digits}f}".replace(",", "\u202f")
    return written.replace(".", ",") if (translation.get_language() or "en").startswith("fr") else written


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """An instant, relative to now, with the absolute one on hover and for machines."""
    if at is None:
        return "–"
    now = datetime.now(UTC)
    if abs((now - at).total_seconds()) < 60:
        said = _("just now")
    elif at > now:
        said = _("in %(time)s") % {"time": timesince.timeuntil(at, now, depth=1)}
    else:
        said = _("%(time)s ago") % {"time": timesince.timesince(at, now, depth=1)}
    exact = f"{date_format(at, 'j F Y')} {at:%H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, said)


@register.filter
def exact(at: datetime | None) -> SafeString | str:
    """An instant as it is."""
    if at is None:
        return "–"
    return format_html('<time datetime="{}">{} {} UTC</time>', at.isoformat(), date_format(at, "j F Y"), f"{at:%H:%M}")


@register.simple_tag
def gravity(value: int) -> SafeString:
    """How grave, 1 to 5: a word, five strokes and a colour."""
    return _gravity(value, translation.get_language() or "en")


@lru_cache(maxsize=64)
def _gravity(value: int, _language: str) -> SafeString:
    """The same mark in one language, made once: a queue shows fifty."""
    words = {1: _("slight"), 2: _("moderate"), 3: _("serious"), 4: _("grave"), 5: _("extreme")}
    strokes = [{"x": 1 + 5 * n, "on": n < value} for n in range(5)]
    context = {"value": value, "word": words.get(value, ""), "strokes": strokes}
    return render_to_string("console/parts/gravity.html", context)


@register.inclusion_tag("console/parts/undo.html", takes_context=True)
def undo_button(context: dict[str, Any], message: Any) -> dict[str, Any]:
    """The button that takes a decision back, as long as nobody outside has heard of it."""
    tag = next((one for one in (message.extra_tags or "").split() if one.startswith("undo:")), "")
    until = Case.objects.filter(pk=tag.partition(":")[2]).values_list("not_before", flat=True).first() if tag else None
    left = int((until - datetime.now(UTC)).total_seconds()) if until else 0
    return {"case_id": tag.partition(":")[2], "until": until, "left": left, "csrf_token": context.get("csrf_token")}


register.filter("area_name", saying.area)
register.filter("tongue", saying.tongue)
register.filter("signal_name", saying.signal)
register.filter("likely", saying.likely)


@register.filter
def label(name: str) -> str:
    """What is done to a post, in the reader's language."""
    found = visibilities().get(name)
    return found.label((translation.get_language() or "en")[:2]) if found else name


@register.filter
def clause_name(name: str) -> str:
    """What a clause is called in the reader's language; anything else stays as it is."""
    found = terms.clauses().get(name)
    return found.title[(translation.get_language() or "en")[:2]] if found else name


@register.filter
def stands(status: str) -> str:
    """Where a case stands, in words."""
    return str(_STATUSES.get(status, status))


_STATUSES = {
    "open": lazy("waits"),
    "claimed": lazy("in hand"),
    "held": lazy("on hold"),
    "escalated": lazy("waits for a lead"),
    "second_opinion": lazy("waits for an opinion"),
    "decided": lazy("decided"),
    "second_look": lazy("waits for a second look"),
    "disagreed": lazy("two people disagree"),
}
