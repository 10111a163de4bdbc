"""A clause as a person reads it in a terminal: what is forbidden, what remains allowed, what follows, and why."""

import textwrap
from datetime import date

from vigie.law.grounds import Ground, grounds
from vigie.terms.clause import Clause, Rule, Version
from vigie.terms.phrases import restriction, say, strikes

_WIDTH = 88


def show(clause: Clause, lang: str, day: date | None = None) -> str:
    """The text of a clause in "en" or "fr", as it stands on a day; without a day, its newest version.

    >>> from vigie.terms.reading import read_terms
    >>> spam = next(clause for clause in read_terms() if clause.id == "platform.spam")
    >>> show(spam, "en").splitlines()[:2]
    ['Spam', 'platform.spam@1, in force from 2026-11-01']

    Raises: Refused for another language, Misconfigured when no version is in force on that day.
    """
    day = max(version.in_force_from for version in clause.versions) if day is None else day
    cited = clause.cite(day)
    version = next(version for version in clause.versions if f"{clause.id}@{version.number}" == cited)
    begins = say("from", lang, day=version.in_force_from)
    follows = say(
        "strikes", lang, restriction=restriction(version.restriction, lang), strikes=strikes(version.strikes, lang)
    )
    rules = clause.rules_on(day)
    return "\n".join(
        [
            clause.title[lang],
            f"{cited}, {begins}",
            "",
            *_wrapped(version.text[lang]),
            *_part(say("allowed", lang), *_wrapped(version.exceptions[lang])),
            *_part(say("follows", lang), *_wrapped(f"{follows}.")),
            *_part(say("grounds", lang), *_grounds(version, lang)),
            *_part(say("looked", lang), *(rules_lines(rules, lang) or _wrapped(say("by_hand", lang)))),
            *_others(clause, lang),
        ]
    )


def rules_lines(rules: tuple[Rule, ...], lang: str) -> list[str]:
    """Each rule as a line: its condition, its thresholds, and where the machine may act alone."""
    return [line for rule in rules for line in _wrapped(f"- {describe(rule, lang)}", "    ")]


def describe(rule: Rule, lang: str) -> str:
    """A rule in one line.

    >>> describe(Rule(in_force_from=date(2026, 11, 1), when="spam_words >= 0.6"), "en")
    'spam_words >= 0.6'
    """
    said = [rule.when]
    if rule.review:
        values = ", ".join(f"{threshold} ({language})" for language, threshold in rule.review.items())
        said.append(say("thresholds", lang, values=values))
    if rule.act_alone_on:
        grid = ", ".join(map(str, rule.act_alone_grid))
        said.append(say("alone", lang, signal=rule.act_alone_on, precision=rule.act_alone_precision, grid=grid))
    return ", ".join(said)


def _grounds(version: Version, lang: str) -> list[str]:
    if not version.legal:
        return _wrapped(say("no_ground", lang))
    return [line for ground in version.legal for line in _wrapped(_ground(grounds()[ground], lang), "    ")]


def _ground(ground: Ground, lang: str) -> str:
    awaits = "" if ground.may_be_sent else f" [{say('unconfirmed', lang)}]"
    return f"- {ground.label(lang)} ({ground.reference}, {ground.id}){awaits}"


def _others(clause: Clause, lang: str) -> list[str]:
    if len(clause.versions) == 1:
        return []
    ordered = sorted(clause.versions, key=lambda version: version.number)
    return _part(
        say("versions", lang), *(f"  {one.number}: {say('from', lang, day=one.in_force_from)}" for one in ordered)
    )


def _part(heading: str, *lines: str) -> list[str]:
    return ["", heading, *lines]


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    """Each sentence of the file on lines of its own, indented."""
    return [
        line
        for sentence in text.splitlines()
        for line in textwrap.wrap(
            sentence, _WIDTH, initial_indent="  ", subsequent_indent=indent, break_long_words=False
        )
    ]
