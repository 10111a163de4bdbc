"""What the public pages say of a clause, on a day and in a language. Reads only."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext, gettext_lazy

from vigie.law.dsa import categories, keywords
from vigie.law.grounds import Ground, grounds
from vigie.terms.clause import Clause, Version
from vigie.terms.diff import Piece, pieces
from vigie.terms.phrases import restriction

#: What the areas of the starter set are called, in their order on the page; any other is shown by its id.
AREAS = {
    "children": gettext_lazy("Children"),
    "terrorism": gettext_lazy("Terrorism"),
    "violence": gettext_lazy("Violence"),
    "hate": gettext_lazy("Hate"),
    "atrocity": gettext_lazy("Atrocities and their victims"),
    "abuse": gettext_lazy("Harassment"),
    "privacy": gettext_lazy("Privacy"),
    "fraud": gettext_lazy("Fraud"),
    "platform": gettext_lazy("Using the service fairly"),
}


class Look(NamedTuple):
    """When and in which language the terms are read."""

    day: date
    language: str


def current(clause: Clause, day: date) -> Version:
    """The version in force on a day; before the first, the first."""
    return clause.version_on(day) or min(clause.versions, key=lambda one: one.in_force_from)


def state(clause: Clause, version: Version, day: date) -> str:
    """``past``, ``in_force`` or ``future``."""
    if version.in_force_from > day:
        return "future"
    return "in_force" if version == clause.version_on(day) else "past"


def until(clause: Clause, version: Version) -> date | None:
    """The day on which the next version takes the place of this one; None where there is none."""
    return min(
        (one.in_force_from for one in clause.versions if one.in_force_from > version.in_force_from), default=None
    )


def shown_grounds(version: Version) -> list[Ground]:
    """The legal grounds that may be shown to people: those that somebody has read again in the official text."""
    return [grounds()[name] for name in version.legal if grounds()[name].may_be_sent]


def summary(clause: Clause, look: Look) -> dict[str, Any]:
    """A clause as a line of the list: its title and the first sentence of its text."""
    version = current(clause, look.day)
    return {
        "id": clause.id,
        "title": clause.title[look.language],
        "lead": version.text[look.language].strip().splitlines()[0],
        "version": version,
        "state": state(clause, version, look.day),
        "coming": [one for one in clause.versions if one.in_force_from > look.day and one != version],
    }


def areas(clauses: Iterable[Clause], look: Look) -> list[dict[str, Any]]:
    """The clauses by area, the areas in the order of ``AREAS``."""
    order = list(AREAS)
    ranked = sorted(
        clauses, key=lambda one: (order.index(a) if (a := _area(one)) in order else len(order), a, -one.gravity)
    )
    return [
        {"name": AREAS.get(name, name), "id": name, "clauses": [summary(one, look) for one in found]}
        for name, found in groupby(ranked, _area)
    ]


def _area(clause: Clause) -> str:
    return clause.id.partition(".")[0]


def page(clause: Clause, version: Version, look: Look) -> dict[str, Any]:
    """Everything that the page of a version says."""
    known = keywords(clause.dsa_category)
    return {
        "clause": clause,
        "title": clause.title[look.language],
        "version": version,
        "cited": f"{clause.id}@{version.number}",
        "state": state(clause, version, look.day),
        "until": until(clause, version),
        "text": version.text[look.language],
        "exceptions": version.exceptions[look.language],
        "restriction": restriction(version.restriction, look.language),
        "grounds": [{"label": one.label(look.language), "reference": one.reference} for one in shown_grounds(version)],
        "category": categories()[clause.dsa_category].label(look.language),
        "keywords": [known[name].label(look.language) for name in clause.dsa_keywords],
        "looked_for": looked_for(clause, look.day),
        "versions": versions(clause, look.day),
        "in_force": clause.version_on(look.day),
    }


def looked_for(clause: Clause, day: date) -> str:
    """Who looks for a breach and who decides (Digital Services Act, Article 14(1)): ``people``, ``machine`` or ``alone``."""
    rules = clause.rules_on(day)
    if not rules:
        return "people"
    return "alone" if any(rule.act_alone_on for rule in rules) else "machine"


def versions(clause: Clause, day: date) -> list[dict[str, Any]]:
    """Every version, the latest first, with the one before it to compare with."""
    ordered = sorted(clause.versions, key=lambda one: one.number)
    rows = [
        {"version": one, "state": state(clause, one, day), "before": before}
        for before, one in zip([None, *ordered], ordered, strict=False)
    ]
    return rows[::-1]


class Part(NamedTuple):
    """A part of a version that has changed: its name, and its words compared."""

    name: str
    pieces: list[Piece]


def compared(old: Version, new: Version, look: Look) -> list[Part]:
    """What differs for the public between two versions, part by part."""
    language = look.language
    parts = [
        (gettext("What is forbidden"), old.text[language], new.text[language]),
        (gettext("What remains allowed"), old.exceptions[language], new.exceptions[language]),
        (
            gettext("What happens to the post"),
            restriction(old.restriction, language),
            restriction(new.restriction, language),
        ),
        (gettext("Strikes for the account"), str(old.strikes), str(new.strikes)),
        (gettext("Legal grounds"), _grounds(old, language), _grounds(new, language)),
    ]
    return [Part(name, pieces(before.strip(), after.strip())) for name, before, after in parts if before != after]


def _grounds(version: Version, language: str) -> str:
    return "\n".join(f"{one.label(language)} ({one.reference})" for one in shown_grounds(version))
