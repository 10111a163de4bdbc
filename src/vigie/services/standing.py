"""Is there somebody for every case? Where a rule needs a person whom the team lacks, the case waits, and this says so."""

from collections.abc import Iterable

from vigie.services.rights import WAITING_FOR_ANOTHER, offered
from vigie.store.models import Case, User


def nobody_for(case: Case, people: Iterable[User]) -> bool:
    """Could none of these people take the case as it waits now?"""
    return not any(offered(user).filter(pk=case.pk).exists() for user in people)


def for_nobody(people: Iterable[User], limit: int = 1000) -> list[int]:
    """The cases that wait for another person whom none of these people is, oldest first; ``limit`` at most are looked at."""
    waiting = Case.objects.filter(status__in=WAITING_FOR_ANOTHER, golden=None).order_by("pk")
    left = list(waiting.values_list("pk", flat=True)[:limit])
    for user in people:
        if left:
            able = set(offered(user).filter(pk__in=left).values_list("pk", flat=True))
            left = [pk for pk in left if pk not in able]
    return left
