"""Values that leads and administrators set while the instance runs; whoever reads gets the latest, or the house's own.

Every value has a type with bounds: what does not fit is refused with a sentence that says what would.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from zoneinfo import available_timezones

import msgspec
from django.db import transaction
from django.db.models import JSONField, Value
from django.utils.translation import gettext, gettext_noop
from msgspec import Meta

from vigie.errors import Refused
from vigie.services.rights import require
from vigie.store.models import ClauseFile, Setting, User
from vigie.store.people import Role

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Kind(NamedTuple):
    """What a value must be: its type with bounds, and the sentence that says so."""

    type: Any
    expects: str


SHARE = Kind(Share, gettext_noop("Give a number from 0 to 1."))
SHARES = Kind(dict[str, Share], gettext_noop("Give for each name a number from 0 to 1."))
COUNTS = Kind(dict[str, Count], gettext_noop("Give for each harm area a whole number from 0 to 1,000,000."))
PER_DAY = Kind(
    Annotated[int, Meta(ge=1, le=1_000_000)] | None,
    gettext_noop("Give a whole number from 1 to 1,000,000, or nothing."),
)
MINUTES = Kind(Annotated[int, Meta(ge=1, le=1440)], gettext_noop("Give a whole number of minutes from 1 to 1,440."))
POSTS = Kind(Annotated[int, Meta(ge=1, le=10_000)], gettext_noop("Give a whole number from 1 to 10,000."))
HOURS = Kind(Annotated[float, Meta(gt=0, le=1000)], gettext_noop("Give a number of hours above 0, of at most 1,000."))
REACH = Kind(Annotated[float, Meta(ge=0, le=1000)], gettext_noop("Give a number from 0 to 1,000."))
NAMES = Kind(list[str], gettext_noop("Give a list of names."))
ZONE = Kind(str, gettext_noop("Give the name of a time zone, such as Europe/Paris."))


class Known(NamedTuple):
    """A setting: what it is where nobody has set it, what it means, and what it may be."""

    default: Any
    meaning: str
    kind: Kind


DEFAULTS: dict[str, Known] = {
    "second_look_share": Known(
        0.05, gettext_noop("share of decisions that another person judges blind, 0 to 1"), SHARE
    ),
    "second_look_by_clause": Known({}, gettext_noop("shares for clauses, by id"), SHARES),
    "second_look_by_moderator": Known({}, gettext_noop("shares for moderators, by username"), SHARES),
    "golden_share": Known(
        0.02, gettext_noop("share of cases with a known answer among those a person is given, 0 to 1"), SHARE
    ),
    "capacity_per_day": Known(
        None, gettext_noop("cases that the team can settle a day; empty: all are admitted"), PER_DAY
    ),
    "exposure_caps": Known(
        {},
        gettext_noop("posts shown unmasked to a person a day, by harm area; “all” for all areas together"),
        COUNTS,
    ),
    "work_minutes": Known(50, gettext_noop("minutes of work before a rest is due"), MINUTES),
    "rest_minutes": Known(10, gettext_noop("minutes that a rest lasts"), MINUTES),
    "grave_run": Known(20, gettext_noop("grave posts after which a rest is due"), POSTS),
    "half_life_hours": Known(80 / 60, gettext_noop("hours until half of a post’s views have come"), HOURS),
    "reach": Known(0.1, gettext_noop("views in the end per follower"), REACH),
    "imminent_clauses": Known(
        ["violence.threats", "children.exploitation", "terrorism.content"],
        gettext_noop("clauses whose decisions go out at once"),
        NAMES,
    ),
    "zone": Known("Europe/Paris", gettext_noop("time zone in which days begin and end"), ZONE),
    "receipt_minutes": Known(
        15, gettext_noop("minutes after which a decision that the platform has not confirmed raises an alarm"), MINUTES
    ),
}


def value(name: str) -> Any:
    """The value in force of a setting."""
    latest = Setting.objects.filter(name=name).order_by("-pk").first()
    return DEFAULTS[name].default if latest is None else latest.value


@transaction.atomic
def change(name: str, new: Any, *, by: User, at: datetime) -> Setting:
    """Set a value; the earlier ones stay as history. Raises: Refused, with what the value must be; NotAllowed."""
    require(by, Role.ADMINISTRATOR, Role.LEAD)
    if name not in DEFAULTS:
        raise Refused(gettext("There is no setting %(name)s.") % {"name": name})
    kept = checked(name, new)
    # nothing is a value too: null as JSON knows it, not the absence of one
    return Setting.objects.create(name=name, value=Value(None, JSONField()) if kept is None else kept, at=at, by=by)


def checked(name: str, new: Any) -> Any:
    """The value as it is kept.

    >>> checked("second_look_share", 1)
    1.0

    Raises: Refused, with what the value must be.
    """
    kind = DEFAULTS[name].kind
    try:
        kept = msgspec.convert(new, kind.type)
    except msgspec.ValidationError:
        raise Refused(gettext("%(name)s: %(expected)s") % {"name": name, "expected": gettext(kind.expects)}) from None
    strangers = [one for one in _named(kept) if not _EXISTS.get(name, _anything)(one)]
    if strangers:
        raise Refused(gettext("%(name)s: there is no “%(stranger)s” here.") % {"name": name, "stranger": strangers[0]})
    return kept


def _named(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, dict | list) else []


def _anything(_: str) -> bool:
    return True


def _clause(name: str) -> bool:
    return ClauseFile.objects.filter(clause=name).exists()


def _area(name: str) -> bool:
    return not name or ClauseFile.objects.filter(clause__startswith=f"{name}.").exists()


#: Which names a value may use, where they are names of something.
_EXISTS: dict[str, Callable[[str], bool]] = {
    "second_look_by_clause": _clause,
    "second_look_by_moderator": lambda name: User.objects.filter(username=name).exists(),
    "imminent_clauses": _clause,
    "exposure_caps": _area,
    "zone": lambda name: name in available_timezones(),
}
