"""Settings have types with bounds; what does not fit is refused with what would."""

from typing import Any

import pytest

from tests.services.given import NOW, case, person
from vigie.errors import Refused
from vigie.services import settings
from vigie.services.acts import NotAllowed
from vigie.store.models import Setting
from vigie.store.people import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("second_look_share", 1.5),
        ("second_look_share", "a lot"),
        ("second_look_by_clause", {"hate.racism": 2}),
        ("second_look_by_clause", {"no.clause": 0.5}),
        ("second_look_by_moderator", {"nobody": 0.5}),
        ("exposure_caps", {"hate": -1}),
        ("exposure_caps", {"nowhere": 3}),
        ("work_minutes", 0),
        ("grave_run", 2.5),
        ("half_life_hours", 0),
        ("imminent_clauses", ["no.clause"]),
        ("zone", "Mars/Olympus"),
        ("capacity_per_day", 0),
        ("no_setting", 1),
    ],
)
def test_what_does_not_fit_is_refused(name: str, new: Any) -> None:
    case()
    with pytest.raises(Refused):
        settings.change(name, new, by=person("lead", Role.LEAD), at=NOW)
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("second_look_by_clause", {"hate.racism": 0.5}),
        ("second_look_by_moderator", {"lead": 1}),
        ("exposure_caps", {"hate": 40, "": 120}),
        ("capacity_per_day", None),
        ("imminent_clauses", []),
        ("zone", "Europe/Brussels"),
    ],
)
def test_what_fits_is_in_force_and_the_one_before_stays_as_history(name: str, new: Any) -> None:
    case()
    lead = person("lead", Role.LEAD)
    settings.change(name, settings.DEFAULTS[name].default, by=lead, at=NOW) if name != "imminent_clauses" else None
    settings.change(name, new, by=lead, at=NOW)
    assert settings.value(name) == new
    assert Setting.objects.filter(name=name).count() == (1 if name == "imminent_clauses" else 2)


@pytest.mark.parametrize("name", [name for name in settings.DEFAULTS if name != "imminent_clauses"])
def test_every_default_fits(name: str) -> None:
    assert settings.checked(name, settings.DEFAULTS[name].default) == settings.DEFAULTS[name].default


def test_only_leads_and_administrators_set_values() -> None:
    with pytest.raises(NotAllowed):
        settings.change("golden_share", 0.5, by=person("anne"), at=NOW)
