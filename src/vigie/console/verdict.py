"""A decision as the form sends it: read strictly, and what cannot be read is said beside its field."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.law.dsa import visibilities
from vigie.services.decisions import Verdict

_COUNTRY = re.compile(r"[A-Z]{2}")
LONGEST = 3650  # days


class Unreadable(Refused):
    """A field cannot be read; ``field`` is its name."""

    def __init__(self, field: str, said: str):
        super().__init__(said)
        self.field = field


def read(form: Mapping[str, str], now: datetime) -> Verdict:
    """The verdict of a form. Raises: Unreadable."""
    return Verdict(
        breach=_breach(form),
        clause=form.get("clause", ""),
        restriction=_restriction(form),
        facts=form.get("facts", ""),
        explanation=form.get("explanation", ""),
        scope=_scope(form),
        until=_until(form, now),
    )


def _breach(form: Mapping[str, str]) -> bool:
    if form.get("verdict") not in ("restrict", "leave"):
        raise Unreadable("verdict", _("Choose: restrict, or leave up."))
    return form["verdict"] == "restrict"


def _restriction(form: Mapping[str, str]) -> str:
    name = form.get("restriction", "")
    if name and name not in visibilities():
        raise Unreadable("restriction", _("Choose one of the restrictions of the list."))
    return name


def _scope(form: Mapping[str, str]) -> list[str]:
    countries = form.get("scope", "").upper().replace(",", " ").split()
    if not all(map(_COUNTRY.fullmatch, countries)):
        raise Unreadable("scope", _("Give countries by two letters each, such as FR BE, or leave it empty."))
    return sorted(set(countries))


def _until(form: Mapping[str, str], now: datetime) -> datetime | None:
    days = form.get("days", "").strip()
    if days and not (days.isascii() and days.isdigit() and 0 < int(days) <= LONGEST):
        raise Unreadable("days", _("Give the duration in whole days, or leave it empty."))
    return now + timedelta(days=int(days)) if days else None
