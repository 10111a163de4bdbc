"""Who may see and do what with which case; asked by every service and every page."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vigie.review.lifecycle import Status
from vigie.services.acts import NotAllowed, NotFound
from vigie.store.models import Case, User
from vigie.store.people import Role

#: The harm area that only those trained for it see.
CHILDREN = "children"
#: Where a case waits for somebody who has not judged it yet.
WAITING_FOR_ANOTHER = (Status.SECOND_LOOK, Status.DISAGREED, Status.SECOND_OPINION)
_READ_ALL = (Role.AUDITOR, Role.LEAD, Role.LEGAL)


def visible(user: User, cases: "QuerySet[Case] | None" = None) -> "QuerySet[Case]":
    """The cases that a person may read: all for auditors, leads and legal officers; for moderators those of their languages and
    areas; the children's area for those trained for it, and auditors; an invited reviewer's one case."""
    return _within(user, Case.objects.all() if cases is None else cases, Q(holder=user))


def _within(user: User, cases: "QuerySet[Case]", besides: Q) -> "QuerySet[Case]":
    """The cases of a person's rights, languages and areas, ``besides`` those that are theirs for another reason."""
    if user.has(Role.INVITED):
        return cases.filter(invitations__user=user, invitations__ended_at=None)
    if not user.has(*_READ_ALL, Role.MODERATOR, Role.CHILDREN):
        return cases.none()
    if not user.has(Role.CHILDREN, Role.AUDITOR):
        cases = cases.exclude(area=CHILDREN)
    if user.has(*_READ_ALL):
        return cases
    if not user.has(Role.MODERATOR):
        cases = cases.filter(area=CHILDREN)
    if user.languages:
        cases = cases.filter(Q(language__in=user.languages) | besides)
    if user.areas:
        cases = cases.filter(Q(area__in=[*user.areas, CHILDREN]) | besides)
    return cases


def may_read(user: User, case: Case) -> None:
    """Raises: NotFound, so that nobody learns of a case that they may not read."""
    if not visible(user).filter(pk=case.pk).exists():
        raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case.pk})


def may_decide(user: User, case: Case) -> None:
    """Raises: NotFound, or NotAllowed for those who only read."""
    may_read(user, case)
    must_decide(user)


def must_decide(user: User) -> None:
    """Raises: NotAllowed for those who only read."""
    if not user.decides:
        raise NotAllowed(_("You may read cases and not decide them: ask an administrator for the right."))


def must_read(user: User) -> None:
    """Raises: NotAllowed for those who read no cases at all."""
    if not user.has(*_READ_ALL, Role.MODERATOR, Role.CHILDREN, Role.INVITED):
        raise NotAllowed(_("You do not read cases: ask an administrator for the right."))


def waiting(user: User) -> "QuerySet[Case]":
    """The waiting cases of a person's rights, languages and areas.

    Nobody holds a waiting case, so languages and areas alone narrow it, by their indexes. ``admitted__in``: Django writes
    ``admitted=True`` as a bare column, for which SQLite uses no index.
    """
    statuses = [Status.OPEN, Status.SECOND_LOOK, Status.SECOND_OPINION]
    if user.leads or user.has(Role.INVITED):  # an invited reviewer settles a disagreement where no other lead is left
        statuses += [Status.ESCALATED, Status.DISAGREED]
    cases = _within(user, Case.objects.all(), Q()).filter(status__in=statuses, admitted__in=[True])
    return cases.exclude(area__in=user.opted_out) if user.opted_out else cases


def offered(user: User) -> "QuerySet[Case]":
    """The waiting cases that a person may take, but for those that they skipped: not their own decision or question."""
    own = Q(decided_by=user) | Q(second_by=user) | Q(asked_by=user)
    return waiting(user).exclude(own, status__in=WAITING_FOR_ANOTHER)


def require(user: User, *roles: str) -> None:
    """Raises: NotAllowed unless the person has one of the roles. Whoever is invited for one case has no other right."""
    if not user.has(*roles) or user.has(Role.INVITED):
        names = ", ".join(_(Role(role).label) for role in roles)
        raise NotAllowed(_("This takes another right (%(names)s). Ask an administrator.") % {"names": names})
