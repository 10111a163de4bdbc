"""The queue is read by its indexes: with a hundred thousand cases nothing is sorted or counted row by row."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Sum

from tests.services.given import NOW, case, person
from vigie.review.lifecycle import Status
from vigie.services import golden, receipts, review
from vigie.services.rights import offered, waiting
from vigie.store.models import Case

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="plans are written down for SQLite"),
]


def plan(cases: Any) -> str:
    """How SQLite would read."""
    return str(cases.explain())


@pytest.mark.parametrize("languages", [[], ["fr", "en"]])
def test_the_first_cases_are_found_without_sorting(languages: list[str]) -> None:
    anne = person("anne", languages=languages)
    first = plan(offered(anne).filter(status=Status.OPEN).order_by("-harm", "pk")[:50])
    assert "TEMP B-TREE" not in first or languages  # of two languages two short runs are merged
    soon = plan(offered(anne).filter(due__lte=NOW).order_by("due")[:50])
    assert "case_due" in soon


def test_what_waits_is_counted_by_the_index_alone() -> None:
    anne = person("anne")
    ordinary = waiting(anne).filter(status=Status.OPEN).order_by().values_list("area", "language")
    assert "COVERING INDEX case_counts" in plan(ordinary.annotate(n=Count("pk")))
    beyond = Case.objects.filter(status=Status.OPEN, admitted__in=[False]).order_by().values("status")
    assert "COVERING INDEX case_queue" in plan(beyond.annotate(n=Count("pk"), all=Sum("harm")))
    assert "case_golden" in plan(golden.undecided().values("status").annotate(n=Count("pk"), all=Sum("harm")))


def test_the_first_of_each_status_are_the_first_of_all() -> None:
    for number, (status, due) in enumerate([("open", None), ("second_look", None), ("open", NOW), ("escalated", None)]):
        case(f"p{number}", status=status, queue=status, harm=float(number), due=due)
    lead = person("lead", "lead")
    assert review.first(offered(lead), NOW, 50) == list(review.in_order(offered(lead), NOW))
    assert len(review.first(offered(lead), NOW, 2)) == 2


def test_unconfirmed_decisions_are_found_by_an_index_of_them_alone() -> None:
    assert "outbox_unconfirmed" in plan(receipts.unconfirmed(NOW)[:100])
