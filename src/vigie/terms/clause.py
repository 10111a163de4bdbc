"""A clause of the terms of use: what the public reads, what a decision cites, how a breach is looked for."""

import re
from datetime import date

import msgspec

from vigie.errors import Misconfigured

#: What a condition may read beside signals: facts about the post, and the thresholds of its rule by language.
CONTEXT = frozenset({"language", "declared_language", "views", "followers", "account_age_days", "review"})

#: The languages in which every clause is complete.
LANGUAGES = ("en", "fr")

CLAUSE_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """The clause as the public reads it from a day on. Once a decision has cited it, it never changes.

    ``legal`` are ids of the catalogue of grounds; ``restriction`` is a visibility of the Transparency Database;
    ``strikes`` is how many are added to the account; ``text`` and ``exceptions`` are by language; ``line`` is
    where it stands in its file, 0 when it did not come from one.
    """

    number: int
    in_force_from: date
    legal: tuple[str, ...]
    restriction: str
    strikes: int
    text: dict[str, str]
    exceptions: dict[str, str]
    line: int = 0


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How the machine looks for a breach from a day on: it may change without a new public version.

    ``when`` is a condition over signals; ``review`` is the value of its column ``review`` by language of the
    post, in [0, 1], "und" serving every other language; ``act_alone_on`` is the signal whose threshold may be
    proven, ``act_alone_precision`` the precision to prove, and ``act_alone_grid`` the thresholds that will be
    tried, declared beforehand, strictest first. ``line`` is where it stands in its file.
    """

    in_force_from: date
    when: str
    review: dict[str, float] = {}
    act_alone_on: str | None = None
    act_alone_precision: float | None = None
    act_alone_grid: tuple[float, ...] = ()
    line: int = 0


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the terms forbid. ``gravity`` runs from 1 to 5, 5 the gravest; ``file`` is where it was read."""

    id: str
    gravity: int
    title: dict[str, str]
    dsa_category: str
    dsa_keywords: tuple[str, ...]
    versions: tuple[Version, ...]
    rules: tuple[Rule, ...] = ()
    file: str = ""

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which something of it begins, versions and rules alike, in order."""
        return tuple(
            sorted({*(one.in_force_from for one in self.versions), *(one.in_force_from for one in self.rules)})
        )

    def version_on(self, day: date) -> Version | None:
        """The version that binds people on a day; none before the first.

        >>> from vigie.terms.reading import read_terms
        >>> [version.number for clause in read_terms()[:1] if (version := clause.version_on(date(2026, 11, 2)))]
        [1]
        """
        begun = [version for version in self.versions if version.in_force_from <= day]
        return max(begun, key=lambda version: version.in_force_from, default=None)

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """The rules that look for a breach on a day: all those of the latest date that has come."""
        dates = [rule.in_force_from for rule in self.rules if rule.in_force_from <= day]
        return tuple(rule for rule in self.rules if dates and rule.in_force_from == max(dates))

    def cite(self, day: date) -> str:
        """How a decision of that day names the clause.

        >>> from vigie.terms.reading import read_terms
        >>> {clause.id: clause for clause in read_terms()}["hate.antisemitism"].cite(date(2026, 12, 1))
        'hate.antisemitism@1'

        Raises: Misconfigured when no version is in force yet.
        """
        version = self.version_on(day)
        if version is None:
            first = min((version.in_force_from for version in self.versions), default=None)
            raise Misconfigured(f"{self.file}: {self.id} has no version in force on {day}; the first begins on {first}")
        return f"{self.id}@{version.number}"
