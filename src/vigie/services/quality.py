"""How sure the team's judgement is: do people who judge blind agree, and how often are they wrong where the answer is known?"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
from django.db.models import Q

from vigie.measure.agreement import Agreement, agreement
from vigie.measure.golden import Answer, ErrorRate, error_rates
from vigie.services import people
from vigie.services.standing import for_nobody
from vigie.store.decisions import Stage
from vigie.store.models import Decision

#: How far back judgements count, and how many of the latest at most.
PERIOD = timedelta(days=90)
MOST = 5_000
_SEED = 1
_UNDONE = Q(cancellation__why="undone")


class Looked(msgspec.Struct, frozen=True):
    """A case that two people judged without knowing of each other: its clause, its language, and what each said."""

    clause: str
    language: str
    said: tuple[str, str]


def waits_for_nobody() -> list[int]:
    """The cases that wait for a second person whom the team does not have: an alarm for `vigie check` and the pages.

    Nothing is waived: each waits until somebody joins the team, or is invited for it (``people.invite``).
    """
    return for_nobody(people.team())


def agreement_by(at: datetime, by: Callable[[Looked], str]) -> dict[str, Agreement]:
    """Krippendorff's alpha of blind second looks, a row for each group that ``by`` names, in their order.

    Two people say the same if both left the post up, or both restricted it under the same clause.
    """
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in looked_twice(at):
        groups[by(one)].append(one.said)
    return {name: agreement(groups[name], _SEED) for name in sorted(groups)}


def looked_twice(at: datetime) -> Iterator[Looked]:
    """The cases of the period that were looked at twice, at most ``MOST`` of the latest; golden ones are not among them."""
    seconds = list(
        Decision.objects.filter(stage=Stage.SECOND, at__gt=at - PERIOD, case__golden=None)
        .select_related("case")
        .order_by("-pk")[:MOST]
    )
    firsts: dict[int, Decision] = {}
    cases = [one.case_id for one in seconds]
    for begin in range(0, len(cases), 500):
        rows = Decision.objects.filter(case__in=cases[begin : begin + 500], stage=Stage.FIRST).exclude(_UNDONE)
        firsts |= {one.case_id: one for one in rows.order_by("pk")}
    for second in seconds:
        first = firsts.get(second.case_id)
        if first is not None:
            yield Looked(second.case.clause, second.case.language, (_said(first), _said(second)))


def errors(at: datetime) -> tuple[ErrorRate, ...]:
    """How often people were wrong on golden cases in the period, by clause and language."""
    rows = Decision.objects.filter(stage=Stage.FIRST, at__gt=at - PERIOD, case__golden__isnull=False).exclude(_UNDONE)
    return error_rates(
        Answer(clause=clause, language=language, breach=breach, said=said)
        for clause, language, breach, said in rows.values_list(
            "case__golden__clause", "case__golden__language", "case__golden__breach", "breach"
        )
    )


def _said(decision: Decision) -> str:
    return decision.cited.partition("@")[0] if decision.breach else "left up"
