"""What must be proven before a machine may act alone, and how: both fixed before the first label is given."""

from datetime import date
from itertools import pairwise

import msgspec

from vigie.errors import Misconfigured
from vigie.terms.clause import Clause, Rule


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Posts in a language whose ``signal`` reaches a threshold break the clause at least so often.

    ``clause`` is cited with its version, ``model`` is the hash of what gave the scores, ``precision`` in (0, 1],
    ``grid`` the thresholds in [0, 1] that will be tried, declared beforehand, strictest first.
    """

    clause: str
    language: str
    model: str
    signal: str
    precision: float
    grid: tuple[float, ...]

    def __post_init__(self) -> None:
        falling = all(one > following for one, following in pairwise(self.grid))
        if not (0 < self.precision <= 1 and self.grid and falling and 0 <= self.grid[-1] <= self.grid[0] <= 1):
            what = "a precision above 0 and at most 1 is to be proven on thresholds from 0 to 1, strictest first"
            raise Misconfigured(f"{self.clause}: {what}; not {self.precision} on {self.grid}: mend the clause file")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How labels are drawn and judged. They are drawn among the posts on which the machine would act alone.

    Those are the posts for which the rulebook proposes this clause first and whose signal reaches the lowest threshold
    of the grid. ``floor`` is the smallest inclusion probability that the sampling gives to any of them, in (0, 1]; None
    declares that it gives the same to all. ``seed`` draws which labels are then thinned out. ``looks`` is how many
    times the labels will be looked at before they grow too old: the allowed error is shared among the looks.
    """

    seed: str = "vigie"
    floor: float | None = None
    max_age_days: int = 90
    confidence: float = 0.95
    looks: int = 1

    def __post_init__(self) -> None:
        chances = 0 < self.confidence < 1 and (self.floor is None or 0 < self.floor <= 1)
        if not (chances and self.looks >= 1 and self.max_age_days >= 0):
            raise Misconfigured(f"this plan of proof makes no sense, mend it before any label is given: {self}")

    @property
    def confidence_per_look(self) -> float:
        """The confidence of one look, so that all of them together keep the promise.

        >>> round(Plan(looks=13).confidence_per_look, 4)
        0.9962
        """
        return 1 - (1 - self.confidence) / self.looks


#: One look, 95 %, labels of at most 90 days, all equally likely to have been drawn.
ONE_LOOK = Plan()


def claim_of(clause: Clause, rule: Rule, day: date, *, language: str, model: str) -> Claim | None:
    """What must be proven before a machine may act on this rule alone in a language; None where it never may."""
    if rule.act_alone_on is None or rule.act_alone_precision is None:
        return None
    return Claim(
        clause=clause.cite(day),
        language=language,
        model=model,
        signal=rule.act_alone_on,
        precision=rule.act_alone_precision,
        grid=rule.act_alone_grid,
    )
