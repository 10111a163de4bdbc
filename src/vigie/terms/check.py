"""What a policy lead should know of terms before they go live: what nothing looks for, what may not be sent."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from vigie.law.grounds import grounds
from vigie.terms.clause import CONTEXT, Clause, Rule, Version

#: "error": the terms cannot do what they say. "warning": part of them waits for something. "note": good to know.
Level = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found, and where to mend it: ``line`` of ``file``."""

    level: Level
    clause: str
    what: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.level}: {self.file or self.clause}:{self.line}: {self.what}"


def signals_of(when: str) -> frozenset[str]:
    """The signals that a condition reads, leaving out facts about the post.

    >>> sorted(signals_of("insult >= review OR (insult_words >= 0.6 AND views > 1000)"))
    ['insult', 'insult_words']

    Raises: ValueError when the condition is not SQL. Whether it may serve as a rule is for the rulebook to say.
    """
    import polars  # 0.1 s, and most commands read no condition

    try:
        return frozenset(polars.sql_expr(when).meta.root_names()) - CONTEXT
    except polars.exceptions.PolarsError as error:
        raise ValueError(str(error)) from error


def check(clauses: Iterable[Clause], signals: Mapping[str, str], today: date) -> list[Finding]:
    """Everything worth saying about these terms on a day, clause by clause.

    ``signals`` gives, for each signal that is supplied, the name of its detector.

    >>> from vigie.terms.reading import read_terms
    >>> spam = [clause for clause in read_terms() if clause.id == "platform.spam"]
    >>> for finding in check(spam, {"spam_words": "patterns"}, date(2026, 12, 1)):
    ...     print(finding.level, finding.line, finding.what)
    note 11 version 1 has no legal ground that may be sent: decisions rest on the terms alone
    warning 38 no detector feeds near_duplicate yet: this rule is skipped
    """
    return [finding for clause in clauses for finding in _of(clause, signals, today)]


def _of(clause: Clause, signals: Mapping[str, str], today: date) -> Iterator[Finding]:
    version = clause.version_on(today)
    rules = clause.rules_on(today)
    if version is None:
        yield _not_yet(clause, rules, today)
    else:
        yield from _grounds(clause, version)
    coming = tuple(rule for rule in clause.rules if rule.in_force_from > today)
    for rule in rules + coming:
        yield from _unfed(clause, rule, signals)
    if not any(_works(rule, signals) for rule in rules):
        what = "no rule in force looks for a breach of this clause: only notices and moderators will find one"
        yield _finding("warning", clause, what, rules[0].line if rules else 1)


def _not_yet(clause: Clause, rules: tuple[Rule, ...], today: date) -> Finding:
    """A rule in force without a public text would restrict people under terms that do not bind them yet."""
    first = min(clause.versions, key=lambda version: version.in_force_from)
    what = f"no version is in force on {today}: the first begins on {first.in_force_from}"
    return _finding("error" if rules else "warning", clause, what, first.line)


def _grounds(clause: Clause, version: Version) -> Iterator[Finding]:
    waiting = [ground for ground in version.legal if not grounds()[ground].may_be_sent]
    for ground in waiting:
        what = (
            f"the legal ground {ground} ({grounds()[ground].standing}) may not be sent to a person until a legal "
            "officer confirms it in law/grounds.toml: confirmed_by, confirmed_on, link"
        )
        yield _finding("note", clause, what, version.line)
    if len(waiting) == len(version.legal):
        what = f"version {version.number} has no legal ground that may be sent: decisions rest on the terms alone"
        yield _finding("warning" if waiting else "note", clause, what, version.line)


def _unfed(clause: Clause, rule: Rule, signals: Mapping[str, str]) -> Iterator[Finding]:
    try:
        named = signals_of(rule.when)
    except ValueError as error:
        yield _finding("error", clause, f"the condition cannot be read: {error}", rule.line)
        return
    if missing := sorted(named - signals.keys()):
        yield _finding(
            "warning", clause, f"no detector feeds {', '.join(missing)} yet: this rule is skipped", rule.line
        )


def _works(rule: Rule, signals: Mapping[str, str]) -> bool:
    try:
        return signals_of(rule.when) <= signals.keys()
    except ValueError:
        return False


def _finding(level: Level, clause: Clause, what: str, line: int) -> Finding:
    return Finding(level=level, clause=clause.id, what=what, file=clause.file, line=line)
