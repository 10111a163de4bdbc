"""Values that leads and administrators set while the instance runs; whoever reads gets the latest, or the house's own."""

from datetime import datetime
from typing import Any

from django.db import transaction

from vigie.errors import Refused
from vigie.services.rights import require
from vigie.store.models import Setting, User
from vigie.store.people import Role

#: name → (what it is where nobody has set it, what it means)
DEFAULTS: dict[str, tuple[Any, str]] = {
    "second_look_share": (0.05, "share of decisions that another person judges blind, 0 to 1"),
    "second_look_by_clause": ({}, "shares for clauses, by id"),
    "second_look_by_moderator": ({}, "shares for moderators, by username"),
    "golden_share": (0.02, "share of cases with a known answer among those a person is given, 0 to 1"),
    "capacity_per_day": (None, "cases that the team can settle a day; empty: all are admitted"),
    "exposure_caps": ({}, 'posts shown unmasked to a person a day, by harm area; "" for all areas together'),
    "work_minutes": (50, "minutes of work before a rest is due"),
    "rest_minutes": (10, "minutes that a rest lasts"),
    "grave_run": (20, "grave posts after which a rest is due"),
    "half_life_hours": (80 / 60, "hours until half of a post's views have come"),
    "reach": (0.1, "views in the end per follower"),
    "imminent_clauses": (
        ["violence.threats", "children.exploitation", "terrorism.content"],
        "clauses whose decisions go out at once",
    ),
    "zone": ("Europe/Paris", "time zone in which days begin and end"),
    "receipt_minutes": (15, "minutes after which a decision that the platform has not confirmed raises an alarm"),
}


def value(name: str) -> Any:
    """The value in force of a setting."""
    latest = Setting.objects.filter(name=name).order_by("-pk").first()
    return DEFAULTS[name][0] if latest is None else latest.value


@transaction.atomic
def change(name: str, new: Any, *, by: User, at: datetime) -> Setting:
    """Set a value; the earlier ones stay as history. Raises: Refused, NotAllowed."""
    require(by, Role.ADMINISTRATOR, Role.LEAD)
    if name not in DEFAULTS:
        raise Refused(f"there is no setting {name}: choose one of {', '.join(DEFAULTS)}")
    return Setting.objects.create(name=name, value=new, at=at, by=by)
