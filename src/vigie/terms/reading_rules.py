"""From a [[rule]] table of a clause file to a rule: condition, thresholds, and what a machine must prove."""

import re
from datetime import date
from itertools import pairwise

from vigie.terms.clause import LANGUAGES, Rule
from vigie.terms.sheet import Table

#: Trying more thresholds than this makes the proof that a machine may act alone too weak to be worth having.
LONGEST_GRID = 20

_ACT_ALONE = ("act_alone_on", "act_alone_precision", "act_alone_grid")


def read_rule(table: Table) -> Rule:
    """The rule of one [[rule]] table; what is wrong in it is noted in its sheet."""
    table.only("in_force_from", "when", "review", *_ACT_ALONE)
    when = table.words("when", 'a condition such as "racism >= 0.6"')
    if "review" not in table.values and re.search(r"\breview\b", when):
        table.wrong("when", f"the condition uses review; give review = {{ {_every('0.60')} }}")
    together = any(key in table.values for key in _ACT_ALONE)
    return Rule(
        in_force_from=table.day("in_force_from") or date.max,
        when=when,
        review=_review(table) if "review" in table.values else {},
        act_alone_on=_signal(table, when) if together else None,
        act_alone_precision=_precision(table) if together else None,
        act_alone_grid=_grid(table) if together else (),
        line=table.line,
    )


def _every(value: str) -> str:
    return ", ".join(f"{language} = {value}" for language in (*LANGUAGES, "und"))


def _review(table: Table) -> dict[str, float]:
    shares = table.by_language("review", f"thresholds by language: {{ {_every('0.60')} }}")
    if shares is None:
        return {}
    languages = dict.fromkeys((*LANGUAGES, "und", *shares.values))
    return {language: shares.share(language) for language in languages}


def _signal(table: Table, when: str) -> str:
    name = table.words("act_alone_on", "the signal whose threshold is to be proven; the act_alone keys go together")
    if name and not re.search(rf"\b{re.escape(name)}\b", when):
        table.wrong("act_alone_on", f'"{name}" is not in the condition of this rule: {when}')
    return name


def _precision(table: Table) -> float:
    expected = "a number above 0 and at most 1; the act_alone keys go together"
    value = table.get("act_alone_precision", (int, float), expected)
    if value is not None and not 0 < value <= 1:
        table.wrong("act_alone_precision", f'"act_alone_precision" is {value}; it must be {expected}')
    return float(value or 0)


def _grid(table: Table) -> tuple[float, ...]:
    expected = f"1 to {LONGEST_GRID} numbers from 0 to 1, each below the one before; the act_alone keys go together"
    values = table.get("act_alone_grid", list, expected)
    if values is None:
        return ()
    numbers = all(type(value) in (int, float) and 0 <= value <= 1 for value in values)
    falling = numbers and all(one > following for one, following in pairwise(values))
    if not falling or not 1 <= len(values) <= LONGEST_GRID:
        table.wrong("act_alone_grid", f'"act_alone_grid" is {values}; it must be {expected}')
    return tuple(map(float, values)) if numbers else ()
