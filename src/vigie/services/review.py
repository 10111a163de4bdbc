"""A person works on a case: takes it, gives it back, holds it, passes it on. Deciding is in ``decisions``."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from vigie.review import lifecycle
from vigie.review.lifecycle import IN_HAND, Act, CaseState, Status
from vigie.review.priority import SOON
from vigie.services import golden, people, wellbeing
from vigie.services.acts import act, keep_state, locked, note, state_of
from vigie.services.rights import may_decide, must_decide, offered
from vigie.store.models import Case, User

#: How many of the first cases of a queue are looked at to find one that the person has not skipped.
_AHEAD = 50
WAITING = frozenset(Status) - IN_HAND - {Status.DECIDED}


def in_order(cases: "QuerySet[Case]", at: datetime) -> "QuerySet[Case]":
    """Cases whose clock runs out soon first, by that clock; then by expected harm."""
    from django.db.models import Case as When
    from django.db.models import F, Value
    from django.db.models import When as If

    soon = When(If(due__lte=at + SOON, then=F("due")), default=Value(None))
    return cases.alias(soon=soon).order_by(F("soon").asc(nulls_last=True), "-harm", "pk")


def first(cases: "QuerySet[Case]", at: datetime, limit: int) -> list[Case]:
    """The first cases of a queue in the order of ``in_order``, each status read by its index: no sort of the whole queue."""
    urgent = list(cases.filter(due__lte=at + SOON).order_by("due", "-harm", "pk")[:limit])
    known = {case.pk for case in urgent}
    rest: list[Case] = []
    for status in Status:
        if status in WAITING:
            rest += [
                case for case in cases.filter(status=status).order_by("-harm", "pk")[:limit] if case.pk not in known
            ]
    return (urgent + sorted(rest, key=lambda case: (-case.harm, case.pk)))[:limit]


def claim_next(user: User, at: datetime, **only: str) -> Case | None:
    """The waiting case that prevents most harm and that the person may see now, taken; None when none waits.

    ``only`` narrows by ``area``, ``language`` or ``clause``. Nobody else gets the same one. Raises: Resting, NotAllowed.

    The queue is read before the transaction, which is then as short as can be and locks one case: twenty people who ask at
    once neither wait for each other's reading nor find a short queue empty because another holds all of it for a moment.
    """
    must_decide(user)
    wellbeing.rested(user, at)
    waiting = offered(user).filter(**only)
    for case in first(waiting, at, _AHEAD):
        if str(user.pk) not in case.skipped_by and wellbeing.may_be_given(user, case, at):
            taken = _take(waiting.filter(pk=case.pk), user, at)
            if taken is not None:
                return taken
    return None


def _take(one: "QuerySet[Case]", user: User, at: datetime) -> Case | None:
    """The case, or a golden one in its place, unless somebody else has been faster."""
    if not one.exists():
        return None
    with transaction.atomic():
        found = one.select_for_update(skip_locked=True, of=("self",)).first()
        if found is not None:
            found = golden.instead_of(found, user, at) or found
            _move(found, lifecycle.claim, act(user, at), user, "claimed")
        return found


def claim(case_id: int, user: User, at: datetime) -> Case:
    """Take one case. Raises: OutOfOrder when it is not free, NotAllowed."""
    return _step(case_id, user, at, "", lifecycle.claim, "claimed")


def release(case_id: int, user: User, at: datetime, why: str = "") -> Case:
    """Give a case back to its queue."""
    return _step(case_id, user, at, why, lifecycle.release, "released")


def hold(case_id: int, user: User, at: datetime, until: datetime, why: str = "") -> Case:
    """Keep a case for later; seven days at most."""
    return _step(
        case_id, user, at, why, lambda state, what: lifecycle.hold(state, what, until), "held", until=until.isoformat()
    )


def unhold(case_id: int, user: User, at: datetime) -> Case:
    """Go on with a case on hold."""
    return _step(case_id, user, at, "", lifecycle.unhold, "taken up again")


def skip(case_id: int, user: User, at: datetime, why: str) -> Case:
    """Leave a case to others, saying why."""
    return _step(case_id, user, at, why, lifecycle.skip, "skipped")


def escalate(case_id: int, user: User, at: datetime, why: str) -> Case:
    """Leave a case to a lead, saying why."""
    return _step(case_id, user, at, why, lifecycle.escalate, "escalated")


def ask_opinion(case_id: int, user: User, at: datetime, why: str) -> Case:
    """Ask another person for an opinion; the case stays with whoever asks."""
    return _step(case_id, user, at, why, lifecycle.ask_opinion, "opinion asked")


@transaction.atomic
def give_opinion(case_id: int, user: User, at: datetime, why: str) -> Case:
    """Give the opinion that was asked for. Whoever was invited for it has done what they came for."""
    case = _step(case_id, user, at, why, lifecycle.give_opinion, "opinion given")
    people.end_invitation(user, at)
    return case


def take_back_question(case_id: int, user: User, at: datetime) -> Case:
    """Go on without the opinion."""
    return _step(case_id, user, at, "", lifecycle.take_back_question, "question taken back")


def hand_over(case_id: int, user: User, at: datetime, *, to: User, why: str) -> Case:
    """Put a case into the hands of a colleague who may have it, with a note."""
    with locked(case_id) as case:
        may_decide(to, case)
    return _step(
        case_id, user, at, why,
        lambda state, what: lifecycle.hand_over(state, what, str(to.pk), to.leads), "handed over", to=to.pk,
    )  # fmt: skip


def add_note(case_id: int, user: User, at: datetime, why: str) -> Case:
    """Write something down for whoever works on the case next."""
    with locked(case_id) as case:
        may_decide(user, case)
        note(case, "note", act(user, at, why), user)
        return case


def lapse(at: datetime, limit: int = 500) -> int:
    """Holds that have ended and claims that nothing followed go back to their queue: how many."""
    over = Case.objects.filter(holder__isnull=False, since__lte=at - lifecycle.CLAIM_LASTS, held_until=None)
    over |= Case.objects.filter(holder__isnull=False, held_until__lte=at)
    count = 0
    for pk in over.values_list("pk", flat=True)[:limit]:
        with locked(pk) as case:
            before = state_of(case)
            after = lifecycle.lapse(before, at)
            if after != before:
                keep_state(case, after, at)
                note(case, "lapsed", Act(who="", at=at), None, holder=before.holder)
                count += 1
    return count


def _step(
    case_id: int,
    user: User,
    at: datetime,
    why: str,
    move: Callable[[CaseState, Act], CaseState],
    kind: str,
    **details: object,
) -> Case:
    with locked(case_id) as case:
        may_decide(user, case)
        _move(case, move, act(user, at, why), user, kind, **details)
        return case


def _move(
    case: Case, move: Callable[[CaseState, Act], CaseState], what: Act, user: User, kind: str, **details: object
) -> None:
    keep_state(case, move(state_of(case), what), what.at)
    note(case, kind, what, user, **details)
