"""Rules that need a second person: which of them wait because nobody here may be that person. They are never waived."""

from collections.abc import Iterable, Sequence

import msgspec

from vigie.services import settings
from vigie.services.rights import CHILDREN
from vigie.store.models import Case, User
from vigie.store.people import Role

_ASK = "give the right to another person (console, People), or invite a reviewer for the case"


class Missing(msgspec.Struct, frozen=True):
    """A rule, what happens while its person is missing, and what mends that. ``serious``: cases lie unseen."""

    rule: str
    waits: str
    mend: str
    serious: bool = False


def missing(users: Iterable[User] | None = None) -> list[Missing]:
    """The rules that wait for a person who does not exist."""
    people = [
        one for one in (User.objects.filter(is_active=True) if users is None else users) if not one.has(Role.INVITED)
    ]
    return [*_nobody(people), *_second(people)]


def _second(people: Sequence[User]) -> list[Missing]:
    deciders = [one for one in people if one.decides]
    leads = [one for one in people if one.leads]
    found = []
    shares = [settings.value("second_look_share"), *settings.value("second_look_by_clause").values()]
    if deciders and len(deciders) < 2 and any(shares):
        found.append(Missing("second look", "decisions drawn for a blind second look wait", _ASK))
    if deciders and (not leads or len(deciders) < 3):
        found.append(Missing("disagreement", "where two people disagree, no lead who is neither decides", _ASK))
    if deciders and not leads:
        found.append(Missing("escalation", "escalated cases wait: nobody is a lead", "name a lead moderator"))
    if sum(one.has(Role.POLICY) for one in people) < 2:
        found.append(
            Missing("rule publication", "changes of terms and rules wait for approval", "name a second policy lead")
        )
    return found


def _nobody(people: Sequence[User]) -> list[Missing]:
    """Open cases that no active person is given: by language and harm area."""
    rows = (
        Case.objects.filter(golden=None).exclude(status="decided").order_by().values_list("area", "language").distinct()
    )
    return [
        Missing(
            f"cases of {area} in {language}",
            "nobody is given them",
            "change somebody's areas or languages",
            serious=True,
        )
        for area, language in sorted(rows)
        if not any(_given(one, area, language) for one in people)
    ]


def _given(user: User, area: str, language: str) -> bool:
    if not user.decides or (area == CHILDREN and not user.has(Role.CHILDREN)) or area in user.opted_out:
        return False
    if user.leads:
        return True
    if not user.has(Role.MODERATOR) and area != CHILDREN:
        return False
    area_ok = not user.areas or area in user.areas or area == CHILDREN
    return area_ok and (not user.languages or language in user.languages)
