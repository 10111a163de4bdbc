"""Where the machine may act alone, its proposals become decisions with their reasons; everywhere else people decide."""

from datetime import datetime

from vigie.review.lifecycle import Status
from vigie.services.acts import locked
from vigie.services.decisions import by_machine
from vigie.store.models import Case


def decide_all(at: datetime, limit: int = 200) -> int:
    """Decide the open cases all of whose posts came by the route ``machine``: how many."""
    ready = Case.objects.filter(status=Status.OPEN, posts__route="machine").exclude(posts__route="human")
    count = 0
    for pk in ready.values_list("pk", flat=True).distinct()[:limit]:
        with locked(pk) as case:
            if case.status == Status.OPEN and not case.posts.exclude(route="machine").exists():
                by_machine(case, at)
                count += 1
    return count
