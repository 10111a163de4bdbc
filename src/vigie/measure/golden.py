"""How often people are wrong about cases whose answer is known: restricted for nothing, or left up though a breach.

Intervals are exact (Clopper and Pearson), 95 %, two-sided: with few answers they are wide, never wrong.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from vigie.decide.bound import lower_bound


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One person's answer to a golden case: is it a breach of the clause, and did they say so?"""

    clause: str
    language: str
    breach: bool
    said: bool


class Share(msgspec.Struct, frozen=True):
    """``part`` of ``whole``, with an interval of 95 % in [0, 1]."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """The exact interval; (0, 1) of nothing.

        >>> [round(bound, 3) for bound in Share(2, 40).interval]
        [0.006, 0.169]
        """
        return lower_bound(self.part, self.whole, 0.975), 1 - lower_bound(self.whole - self.part, self.whole, 0.975)


class ErrorRate(msgspec.Struct, frozen=True, kw_only=True):
    """Errors on golden cases of a clause in a language: all of them, and of each kind among the cases where it can be made."""

    clause: str
    language: str
    wrong: Share
    restricted_for_nothing: Share
    missed: Share


def error_rates(answers: Iterable[Answer]) -> tuple[ErrorRate, ...]:
    """A row per clause and language, in their order.

    >>> right = Answer(clause="hate.racism", language="fr", breach=True, said=True)
    >>> missed = Answer(clause="hate.racism", language="fr", breach=True, said=False)
    >>> [(row.wrong.rate, row.missed.rate, row.restricted_for_nothing.rate) for row in error_rates([right, missed])]
    [(0.5, 0.5, None)]
    """
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.clause, answer.language].append(answer)
    return tuple(_rate(clause, language, groups[clause, language]) for clause, language in sorted(groups))


def _rate(clause: str, language: str, answers: list[Answer]) -> ErrorRate:
    missed = sum(one.breach and not one.said for one in answers)
    for_nothing = sum(one.said and not one.breach for one in answers)
    breaches = sum(one.breach for one in answers)
    return ErrorRate(
        clause=clause,
        language=language,
        wrong=Share(missed + for_nothing, len(answers)),
        restricted_for_nothing=Share(for_nothing, len(answers) - breaches),
        missed=Share(missed, breaches),
    )
