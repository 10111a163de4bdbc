"""What changed between two sets of terms, or between two versions of a clause, in lines that a person reads.

Removed words stand in ``[-…-]``, added words in ``{+…+}``. A line begins with ``+`` for a new clause, ``-`` for one
that is gone, ``~`` for one that changed, and ``!`` for what must not happen: a version changed after the fact.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from vigie.terms.clause import Clause, Version
from vigie.terms.phrases import restriction, say
from vigie.terms.show import describe

_WORD = re.compile(r"[^ \n\t]+")
_CLAUSE_FACTS = ("gravity", "dsa_category", "dsa_keywords")


def diff(old: Iterable[Clause], new: Iterable[Clause], lang: str) -> list[str]:
    """What changed from one set of terms to the next; no line when nothing did.

    >>> from vigie.terms.reading import read_terms
    >>> terms = read_terms()
    >>> diff(terms, terms, "en")
    []
    >>> diff(terms[:-1], terms, "en")
    ['+ platform.spam: Spam (new clause)']
    """
    before, after = ({clause.id: clause for clause in clauses} for clauses in (old, new))
    is_new, is_gone = say("new", lang), say("gone", lang)
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            lines.append(f"+ {_named(after[name], lang)} ({is_new})")
        elif name not in after:
            lines.append(f"- {_named(before[name], lang)} ({is_gone})")
        else:
            lines += diff_clause(before[name], after[name], lang)
    return lines


def diff_clause(old: Clause, new: Clause, lang: str) -> list[str]:
    """What changed in one clause: its facts, its public versions, then its rules apart."""
    lines = [*_facts(old, new, lang), *_versions(old, new, lang), *_rules(old, new, lang)]
    return [f"~ {_named(new, lang)}", *lines] if lines else []


def diff_versions(old: Version, new: Version, lang: str) -> list[str]:
    """What changed for the public from one version to another, number aside.

    >>> from vigie.terms.reading import read_terms
    >>> version = read_terms()[0].versions[0]
    >>> diff_versions(version, replace(version, strikes=1), "en")
    ['strikes: [-3-] {+1+}']
    """
    return [
        *_turned("in_force_from", old.in_force_from, new.in_force_from, lang),
        *_turned("restriction", restriction(old.restriction, lang), restriction(new.restriction, lang), lang),
        *_turned("count", old.strikes, new.strikes, lang),
        *_turned("legal", _listed(old.legal, lang), _listed(new.legal, lang), lang),
        *_spoken("text", old.text, new.text, lang),
        *_spoken("exceptions", old.exceptions, new.exceptions, lang),
    ]


def word_diff(old: str, new: str) -> str:
    """A text with its removed and added words marked.

    >>> word_diff("Do not attack people.", "Do not insult people.")
    'Do not [-attack-] {+insult+} people.'
    """
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return " ".join(
        marks[kind].format(" ".join(words)) for kind, words in _compared(*(_WORD.findall(t) for t in (old, new)))
    )


class Piece(NamedTuple):
    """A stretch of a compared text: ``kind`` is "=" where both have it, "-" where it is gone, "+" where it is new."""

    kind: str
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """A text with its removed and added words apart, for a page to mark; lines stay lines.

    >>> pieces("Do not attack people.", "Do not insult people.")[1:3]
    [Piece(kind='-', text='attack'), Piece(kind='+', text='insult')]
    """
    compared = _compared(*(re.findall(rf"{_WORD.pattern}|\n", text) for text in (old, new)))
    return [Piece(kind, re.sub(r" ?\n ?", "\n", " ".join(words))) for kind, words in compared]


def _compared(before: list[str], after: list[str]) -> Iterator[tuple[str, list[str]]]:
    for _, i1, i2, j1, j2 in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        gone, come = before[i1:i2], after[j1:j2]
        parts = [("=", gone)] if gone == come else [("-", gone), ("+", come)]
        yield from ((kind, words) for kind, words in parts if words)


def _named(clause: Clause, lang: str) -> str:
    return say("is", lang, what=clause.id, value=clause.title[lang])


def _facts(old: Clause, new: Clause, lang: str) -> Iterator[str]:
    yield from (f"    {line}" for line in _spoken("title", old.title, new.title, lang))
    for fact in _CLAUSE_FACTS:
        before, after = getattr(old, fact), getattr(new, fact)
        if isinstance(before, tuple):
            before, after = _listed(before, lang), _listed(after, lang)
        yield from (f"    {line}" for line in _turned(fact, before, after, lang))


def _versions(old: Clause, new: Clause, lang: str) -> Iterator[str]:
    before = {version.number: replace(version, line=0) for version in old.versions}
    after = {version.number: replace(version, line=0) for version in new.versions}
    for number in sorted(before.keys() | after.keys()):
        cited = f"{new.id}@{number}"
        if number not in after:
            yield f"  ! {cited} {say('version_gone', lang)}"
        elif number not in before:
            previous = after[max((one for one in after if one < number), default=number)]
            yield f"  + {cited}, {say('from', lang, day=after[number].in_force_from)}"
            yield from (f"    {line}" for line in diff_versions(previous, after[number], lang))
        elif before[number] != after[number]:
            yield f"  ! {cited} {say('changed_in_place', lang)}"
            yield from (f"    {line}" for line in diff_versions(before[number], after[number], lang))


def _rules(old: Clause, new: Clause, lang: str) -> Iterator[str]:
    """Rules compared whole, wherever they stand in the file."""
    before, after = ([f"{rule.in_force_from}: {describe(rule, lang)}" for rule in one.rules] for one in (old, new))
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    if gone or come:
        yield f"    {say('rules', lang)}"
    yield from (f"      - {rule}" for rule in gone)
    yield from (f"      + {rule}" for rule in come)


def _turned(what: str, old: object, new: object, lang: str) -> list[str]:
    return [] if old == new else [say("is", lang, what=say(what, lang), value=f"[-{old}-] {{+{new}+}}")]


def _listed(names: tuple[str, ...], lang: str) -> str:
    return ", ".join(names) or say("none", lang)


def _spoken(what: str, old: dict[str, str], new: dict[str, str], lang: str) -> list[str]:
    """The changed words in one language, and which other languages changed too."""
    name = say(what, lang)
    lines = [] if old[lang] == new[lang] else [say("is", lang, what=name, value=word_diff(old[lang], new[lang]))]
    others = sorted(one for one in old.keys() | new.keys() if one != lang and old.get(one) != new.get(one))
    return lines + [say("elsewhere", lang, what=name, languages=", ".join(others))] * bool(others)
