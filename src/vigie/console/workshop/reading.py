"""What the workshop shows of rules and of changes on their way. Reads only."""

import difflib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vigie.errors import VigieError
from vigie.journal.texts import text_days
from vigie.services import terms, workshop
from vigie.store.models import ClauseFile, RuleChange, User
from vigie.store.people import Role
from vigie.terms.check import signals_of
from vigie.terms.clause import Clause
from vigie.terms.show import describe

_SKELETON = """id = "{name}"
gravity = 3
dsa_category = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
dsa_keywords = ["KEYWORD_HATE_SPEECH"]

[title]
en = ""
fr = ""

[[version]]
number = 1
in_force_from = {day}
legal = []
restriction = "DECISION_VISIBILITY_CONTENT_REMOVED"
strikes = 1

[version.text]
en = ""
fr = ""

[version.exceptions]
en = ""
fr = ""
"""


def index(user: User, at: datetime, language: str) -> dict[str, Any]:
    """Every file that rules are made of, and what is on its way."""
    files = terms.pattern_files()
    return {
        "clauses": [_clause(one, files, at.date(), language) for one in terms.clauses().values()],
        "patterns": list(files),
        "domains": list(terms.domain_files()),
        "waiting": [row(one, user) for one in workshop.waiting()],
        "alarms": workshop.alarms(at),
        "published": RuleChange.objects.filter(published_at__isnull=False, by__isnull=False).order_by("-published_at")[
            :10
        ],
        "may_write": user.has(Role.POLICY),
    }


def _clause(clause: Clause, files: dict[str, str], day: date, language: str) -> dict[str, Any]:
    rules = clause.rules_on(day)
    read = {signal for rule in rules for signal in _signals(rule.when)}
    return {
        "id": clause.id,
        "title": clause.title[language],
        "gravity": clause.gravity,
        "rules": [describe(rule, language) for rule in rules],
        "coming": sorted({rule.in_force_from for rule in clause.rules if rule.in_force_from > day}),
        "patterns": [name for name in files if name.split(".")[0] in read],
    }


def _signals(when: str) -> frozenset[str]:
    try:
        return signals_of(when)
    except ValueError:
        return frozenset()


def row(change: RuleChange, user: User) -> dict[str, Any]:
    """A change as a line of a list."""
    return {"change": change, "state": state(change), "mine": change.by_id == user.pk}


def state(change: RuleChange) -> str:
    """``withdrawn``, ``published``, ``approved`` (its day is to come) or ``waiting`` for the second person."""
    if change.withdrawn_at:
        return "withdrawn"
    if change.published_at:
        return "published"
    return "approved" if change.approved_at else "waiting"


def file(kind: str, name: str, at: datetime) -> dict[str, Any]:
    """One file to be edited, with its history; a clause that does not exist yet begins with a skeleton."""
    text = terms.text_of(kind, name)
    skeleton = _SKELETON.format(name=name, day=at.date()) if kind == "clause" else ""
    return {
        "kind": kind,
        "name": name,
        "is_new": text is None,
        "text": skeleton if text is None else text,
        "history": workshop.history(kind, name),
        "versions": ClauseFile.objects.filter(clause=name).select_related("by", "approved_by").order_by("-pk")
        if kind == "clause"
        else [],
    }


def page(change: RuleChange, user: User, data: Path) -> dict[str, Any]:
    """A change with what it alters, what it would have done, and what its reader may do."""
    where = state(change)
    others = workshop.second_persons(change.by)
    return {
        "change": change,
        "state": where,
        "stale": where in ("waiting", "approved") and workshop.stale(change),
        "lines": lines(before(change), change.toml),
        "mine": change.by_id == user.pk,
        "may_write": user.has(Role.POLICY) and where in ("waiting", "approved"),
        "may_approve": user.has(Role.POLICY) and where == "waiting" and change.by_id != user.pk,
        "may_read_sample": user.has(Role.POLICY, Role.AUDITOR),
        "others": others,
        "alone": where == "waiting" and not others,
        **trial(change, data),
    }


def trial(change: RuleChange, data: Path) -> dict[str, Any]:
    """How far the trial has got, or what it found."""
    found = change.trial or {}
    done, of = found.get("done", 0), found.get("of", 0)
    return {
        "change": change,
        "trial": found,
        "open": state(change) in ("waiting", "approved"),
        "window_off": change.kind != "clause" and not _window(data),
        "share": min(100, round(100 * done / of)) if of else 0,
        "left": _left(found, done, of),
        "rate": _rate(found, done),
        "sample": [one | {"rank": rank, "kind": _kind(one)} for rank, one in enumerate(found.get("sample", []))],
        "moved": workshop.moved(found) if found else None,
    }


def _window(data: Path) -> int:
    try:
        return text_days(data)
    except VigieError:
        return 0


def _rate(found: dict[str, Any], done: int) -> float:
    if "begun" not in found:
        return 0.0
    seconds = (workshop.moved(found) - datetime.fromisoformat(found["begun"])).total_seconds()
    return done / seconds if seconds > 0 else 0.0


def _left(found: dict[str, Any], done: int, of: int) -> int | None:
    rate = _rate(found, done)
    return round((of - done) / rate) if rate and of else None


def _kind(one: dict[str, Any]) -> str:
    return "newly" if one["before"] is None else "no_longer" if one["after"] is None else "still"


def before(change: RuleChange) -> str:
    """The text that a change takes the place of, or took."""
    if change.published_at is None:
        return terms.text_of(change.kind, change.name) or ""
    if change.kind == "clause":
        earlier = ClauseFile.objects.filter(clause=change.name, at__lt=change.published_at).order_by("-pk").first()
        return earlier.toml if earlier else ""
    same = RuleChange.objects.filter(kind=change.kind, name=change.name, published_at__lt=change.published_at)
    last = same.order_by("-published_at", "-pk").first()
    shipped = terms.shipped_patterns() if change.kind == "patterns" else {}
    return last.toml if last else shipped.get(change.name, "")


def lines(old: str, new: str) -> list[dict[str, Any]]:
    """The changed lines with two lines around them: kind, numbers on either side, text; gaps have the kind "…"."""

    a, b = old.splitlines(), new.splitlines()
    found: list[dict[str, Any]] = []
    for group in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_grouped_opcodes(2):
        if found:
            found.append({"kind": "…", "old": None, "new": None, "text": ""})
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    {"kind": "=", "old": i1 + n + 1, "new": j1 + n + 1, "text": a[i1 + n]} for n in range(i2 - i1)
                ]
            else:
                found += [{"kind": "-", "old": n + 1, "new": None, "text": a[n]} for n in range(i1, i2)]
                found += [{"kind": "+", "old": None, "new": n + 1, "text": b[n]} for n in range(j1, j2)]
    return found
