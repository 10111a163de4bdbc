"""From which score on a person looks, from which the machine may act alone, and what is missing for it: as a table."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from vigie.decide.bound import labels_missing
from vigie.decide.claim import Claim, claim_of
from vigie.decide.compiling import Binding
from vigie.decide.rulebook import Rulebook
from vigie.errors import Refused

_WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "heads": ("clause", "language", "the machine acts alone", "labels missing", "labels", "a person looks when"),
        "nobody": "people only",
        "never": "none would do",
        "bound": "{n} (right in {bound:.1f} % at least)",
        "or": "or {when}",
        "waits": "{when} (waits for {signals})",
    },
    "fr": {
        "heads": ("clause", "langue", "la machine agit seule", "avis manquants", "avis", "une personne regarde si"),
        "nobody": "humains seuls",
        "never": "aucun nombre n’y suffirait",
        "bound": "{n} (juste dans {bound:.1f} % des cas au moins)",
        "or": "ou {when}",
        "waits": "{when} (attend {signals})",
    },
}


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    ``review`` are the conditions that run, with the values of the language; ``waiting`` those that wait, with the
    signals they wait for. ``alone_on`` is the signal whose threshold may be proven, None: the clause never lets a
    machine act alone. ``alone`` is the proven threshold, None: people only. ``missing`` is the fewest labels still
    needed, None: no number would do, or nothing is to be proven. ``n`` labels gave ``bound``, a share in [0, 1].
    """

    clause: str
    language: str
    review: tuple[str, ...]
    waiting: tuple[tuple[str, tuple[str, ...]], ...]
    alone_on: str | None = None
    alone: float | None = None
    missing: int | None = None
    n: int = 0
    bound: float = 0.0


def threshold_table(book: Rulebook, languages: Sequence[str] = ("en", "fr")) -> tuple[Threshold, ...]:
    """For each clause in force and each language, the thresholds of a rulebook, gravest clause first.

    >>> from datetime import date
    >>> from vigie.terms.reading import read_terms
    >>> fed = {"racism": "classifier", "racism_words": "patterns"}
    >>> book = Rulebook.compile(read_terms(), signals=fed, on=date(2026, 12, 1), model="2f9c")
    >>> racism = [line for line in threshold_table(book) if line.clause == "hate.racism@1"]
    >>> [(line.language, line.alone_on, line.alone, line.missing) for line in racism]
    [('en', 'racism', None, 299), ('fr', 'racism', None, 299)]
    """
    return tuple(line for one in book.clauses for language in languages for line in _lines(book, one, language))


def render(lines: Iterable[Threshold], lang: str = "en") -> str:
    """The table as text in columns, in "en" or "fr".

    >>> print(render([Threshold(clause="spam@1", language="fr", review=("spam >= 0.60",), waiting=())]))
    clause  language  the machine acts alone  labels missing  labels  a person looks when
    spam@1  fr        people only             -               -       spam >= 0.60
    """
    if lang not in _WORDS:
        raise Refused(f"the table is not written in {lang}; ask for {' or '.join(_WORDS)}")
    words = _WORDS[lang]
    cells = [list(words["heads"]), *(row for line in lines for row in _cells(line, words))]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def _lines(book: Rulebook, one: Binding, language: str) -> Iterator[Threshold]:
    waits = {skipped.where: skipped.signals for skipped in book.skipped}
    placed = [(f"{one.clause.file}:{rule.line}", _said(rule.when, rule.review, language)) for rule in one.rules]
    line = Threshold(
        clause=one.cite,
        language=language,
        review=tuple(when for where, when in placed if where not in waits),
        waiting=tuple((when, waits[where]) for where, when in placed if where in waits),
    )
    runs = [rule for rule, (where, _) in zip(one.rules, placed, strict=True) if where not in waits]
    asked = (claim_of(one.clause, rule, book.on, language=language, model=book.model) for rule in runs)
    claims = list(dict.fromkeys(claim for claim in asked if claim))
    yield from (_claimed(line, claim, book) for claim in claims) if claims else (line,)


def _claimed(line: Threshold, claim: Claim, book: Rulebook) -> Threshold:
    verdict = book.proofs.verdict(claim, book.on)
    if verdict is None:
        missing = labels_missing(0, 0, claim.precision)
        return msgspec.structs.replace(line, alone_on=claim.signal, missing=missing)
    shown = next((step for step in verdict.steps if step.threshold == verdict.threshold), verdict.steps[0])
    return msgspec.structs.replace(
        line,
        alone_on=claim.signal,
        alone=verdict.threshold,
        missing=verdict.missing,
        n=shown.n,
        bound=shown.bound,
    )


def _said(when: str, review: dict[str, float], language: str) -> str:
    """The condition with the threshold of the language in the place of its name."""
    if not review:
        return when
    return re.sub(r"\breview\b", f"{review.get(language, review['und']):.2f}", when)


def _cells(line: Threshold, words: dict[str, Any]) -> list[list[str]]:
    """A row, and one more for each further condition."""
    waiting = [words["waits"].format(when=when, signals=", ".join(signals)) for when, signals in line.waiting]
    first, *others = [*line.review, *waiting] or ["-"]
    alone = words["nobody"] if line.alone is None else f"{line.alone_on} >= {line.alone:.2f}"
    missing = words["never"] if line.missing is None else str(line.missing)
    labels = words["bound"].format(n=line.n, bound=100 * line.bound) if line.n else "-"
    row = [line.clause, line.language, alone, missing if line.alone_on else "-", labels, first]
    return [row, *([""] * (len(row) - 1) + [words["or"].format(when=when)] for when in others)]
