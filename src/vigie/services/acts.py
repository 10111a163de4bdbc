"""What every service needs: who acts when and why, a case locked for the act, and the fact that it leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.review.lifecycle import Act, CaseState, Status
from vigie.store.models import Case, Exposure, Fact, User
from vigie.store.people import Role

_PEOPLE = ("holder", "asked_by", "decided_by", "second_by", "settled_by")


class NotAllowed(Refused):
    """The person has no right to this; HTTP 403."""


class NotFound(Refused):
    """There is no such thing, or the person may not know of it; HTTP 404."""


def act(user: User, at: datetime, why: str = "") -> Act:
    """The act of a person, as the life cycle of cases knows it. Whoever is invited for one case settles it as a lead would."""
    return Act(who=str(user.pk), at=at, why=why, lead=user.leads or user.has(Role.INVITED))


def state_of(case: Case) -> CaseState:
    """Where a case stands, for ``review.lifecycle``."""
    people = {name: None if (pk := getattr(case, f"{name}_id")) is None else str(pk) for name in _PEOPLE}
    return CaseState(
        status=Status(case.status),
        queue=Status(case.queue),
        since=case.since,
        held_until=case.held_until,
        skipped_by=tuple(case.skipped_by),
        not_before=case.not_before,
        **people,
    )


def keep_state(case: Case, state: CaseState, at: datetime) -> None:
    """Write where a case stands from ``at`` on; whoever no longer works on it no longer looks at its posts."""
    before = case.holder_id
    if before is not None and (state.holder != str(before) or state.status is Status.HELD):
        Exposure.objects.filter(case=case, user=before, end=None).update(end=at)
    values = msgspec.structs.asdict(state)
    for name in _PEOPLE:
        person = values.pop(name)
        setattr(case, f"{name}_id", None if person is None else int(person))
    values["skipped_by"] = list(values["skipped_by"])
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=[*values, *_PEOPLE, "decided_at"])


@contextmanager
def locked(case_id: int) -> Iterator[Case]:
    """The case, alone in a transaction until the block ends."""
    with transaction.atomic():
        case = Case.objects.select_for_update().filter(pk=case_id).first()
        if case is None:
            raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case_id})
        yield case


def note(case: Case, kind: str, act: Act, by: User | None, **details: Any) -> Fact:
    """Add what happened to the case's history."""
    return Fact.objects.create(case=case, at=act.at, by=by, kind=kind, why=act.why, details=details)
