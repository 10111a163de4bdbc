"""The rule workshop: a change of rules is written, tried on the past, approved by a second person, and published on its day.

A change is never altered: a better one is written in its place, so that whoever approves approves what they read.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from vigie.decide.rulebook import Rulebook
from vigie.decide.signals import SHIPPED
from vigie.detect.detector import Post
from vigie.detect.links import read_list
from vigie.detect.patterns import Patterns
from vigie.detect.patterns.pattern import read_text
from vigie.errors import Malformed, Misconfigured, OutOfOrder, Refused
from vigie.services import terms
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.rights import require
from vigie.store.models import RuleChange, SensitiveRead, User
from vigie.store.people import Role
from vigie.terms.clause import CLAUSE_ID, Clause
from vigie.terms.reading import read_clause

#: Who may read the workshop; policy leads alone change anything in it.
READ = (Role.POLICY, Role.LEAD, Role.LEGAL, Role.AUDITOR)
_NAMES = {
    "clause": CLAUSE_ID,
    "patterns": re.compile(r"[a-z][a-z0-9_]*\.[a-z]{2}(\.[a-z0-9_]+)?"),
    "domains": re.compile(r"scam"),
}


@transaction.atomic
def write(change: RuleChange, *, by: User, at: datetime, instead_of: int | None = None) -> RuleChange:
    """A change, written down: ``kind``, ``name``, ``toml``, ``why`` and ``publish_on`` of ``change`` are taken.

    Raises: NotAllowed, Refused; Malformed with one problem a line, each with file and line.
    """
    require(by, Role.POLICY)
    if not change.why.strip():
        raise Refused("say why the rule is to change: it is what the second person reads first")
    change.toml = change.toml.replace("\r\n", "\n")
    if change.publish_on is not None and change.publish_on < at.date():
        raise Refused(f"{change.publish_on} is past: give today or a later day, or none")
    check(change.kind, change.name, change.toml, at)
    if instead_of is not None:
        withdraw(instead_of, by=by, at=at)
    change.by, change.at = by, at
    change.save(force_insert=True)
    return change


def check(kind: str, name: str, text: str, at: datetime) -> None:
    """Everything that can be said of a rule file without trying it. Raises: Refused, Malformed, one problem a line."""
    if kind not in _NAMES or not _NAMES[kind].fullmatch(name):
        raise Refused(f"{name!r} is no name of a file of this kind: {', '.join(_NAMES)}")
    if text == (terms.text_of(kind, name) or ""):
        raise Refused("nothing has been changed")
    try:
        if kind == "clause":
            _check_clause(read_clause(text, f"{name}.toml"), at)
        elif kind == "patterns" and text:
            _check_patterns(text, Path(f"{name}.toml"))
        elif kind == "domains":
            read_list(text, f"{name}.txt")
    except Misconfigured as error:
        raise Malformed(str(error)) from error


def _check_clause(new: Clause, at: datetime) -> None:
    """Its conditions compile on every day on which something begins, and what is in force for the public stays."""
    terms.keeps_versions(new, at)
    signals = dict.fromkeys(SHIPPED | {name.split(".")[0] for name in terms.pattern_files()}, "detectors")
    for day in (at.date(), *(day for day in new.days if day > at.date())):
        Rulebook.compile([new], signals=signals, on=day, model="")


def _check_patterns(text: str, path: Path) -> None:
    """Each pattern compiles, hits its own sentence and leaves its near miss."""
    found = read_text(text, path)
    problems = []
    for pattern in found:
        pattern.check()
        alone = Patterns((pattern,))
        if not any(alone.hits(Post(pattern.match, pattern.language))):
            problems.append(f"{pattern.where}: does not hit its own match")
        if any(alone.hits(Post(pattern.near_miss, pattern.language))):
            problems.append(f"{pattern.where}: hits its near_miss")
    if problems:
        raise Misconfigured("\n".join(problems))


@transaction.atomic
def approve(change_id: int, *, by: User, at: datetime) -> RuleChange:
    """A second policy lead agrees; what is due is published at once. Never by the one who wrote it.

    Raises: NotAllowed, OutOfOrder, Malformed.
    """
    require(by, Role.POLICY)
    change = _open(change_id)
    if change.by_id == by.pk:
        raise NotAllowed("you wrote this change: another policy lead must approve it")
    if change.approved_at is not None:
        raise OutOfOrder("this change is approved already")
    if stale(change):
        raise OutOfOrder("the file was changed since this was written: write the change again on what stands now")
    change.approved_by, change.approved_at = by, at
    change.save(update_fields=["approved_by", "approved_at"])
    if change.publish_on is None or change.publish_on <= at.date():
        _publish(change, at)
    return change


@transaction.atomic
def withdraw(change_id: int, *, by: User, at: datetime) -> RuleChange:
    """Take a change back that is not published. Raises: NotAllowed, OutOfOrder."""
    require(by, Role.POLICY)
    change = _open(change_id)
    change.withdrawn_at = at
    change.save(update_fields=["withdrawn_at"])
    return change


def publish_due(at: datetime) -> int:
    """Publish what is approved and whose day has come: how many. One that cannot be any more is left, and said to be."""
    due = waiting().filter(approved_at__isnull=False, publish_on__lte=at.date())
    count = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            change = _open(pk)
            if not stale(change):
                _publish(change, at)
                count += 1
    return count


def _publish(change: RuleChange, at: datetime) -> None:
    check(change.kind, change.name, change.toml, at)
    if change.kind == "clause":
        assert change.by is not None
        assert change.approved_by is not None
        terms.replace_clause(change.toml, by=change.by, approved_by=change.approved_by, at=at, why=change.why)
    change.published_at = at
    change.save(update_fields=["published_at"])


def _open(change_id: int) -> RuleChange:
    change = RuleChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound(f"there is no change {change_id}")
    if change.published_at is not None or change.withdrawn_at is not None:
        raise OutOfOrder("this change has been published or withdrawn: write another one")
    return change


def stale(change: RuleChange) -> bool:
    """Has another change of the same file been published since this one was written? Then it would undo that one."""
    same = RuleChange.objects.filter(kind=change.kind, name=change.name, published_at__gt=change.at)
    return same.exclude(pk=change.pk).exists()


def waiting() -> "QuerySet[RuleChange]":
    """The changes that are neither published nor withdrawn, oldest first."""
    return (
        RuleChange.objects.filter(published_at=None, withdrawn_at=None)
        .select_related("by", "approved_by")
        .order_by("at")
    )


def second_persons(change_by: User | None) -> list[User]:
    """Who could approve what this person wrote."""
    return [one for one in User.objects.filter(is_active=True) if one.has(Role.POLICY) and one != change_by]


class Alarm(NamedTuple):
    """A change that somebody must see to. ``what``: ``alone`` (nobody could approve it), ``late`` (its day has come and nobody
    has), ``stale`` (the file was changed since it was written)."""

    what: str
    change: RuleChange

    def __str__(self) -> str:
        return f"the change {self.change.pk} of {self.change.name} {_SAID[self.what]}"


_SAID = {
    "alone": "waits for a second policy lead, and there is none: an administrator must give somebody that right",
    "late": "was to be published by now and nobody has approved it: approve or withdraw it",
    "stale": "cannot be published, because the file was changed since: write it again on what stands now",
}


def alarms(at: datetime) -> list[Alarm]:
    """What somebody must see to, for the page, ``vigie check`` and whoever is on call."""
    return [Alarm(what, change) for change in waiting() if (what := _wrong(change, at))]


def _wrong(change: RuleChange, at: datetime) -> str:
    if stale(change):
        return "stale"
    if change.approved_at is not None:
        return ""
    if not second_persons(change.by):
        return "alone"
    return "late" if change.publish_on is not None and change.publish_on <= at.date() else ""


@transaction.atomic
def ask_trial(change_id: int, days: int, *, by: User, at: datetime) -> RuleChange:
    """Have a change tried on the posts of the last days; the background process does it. Raises: NotAllowed, Refused."""
    require(by, Role.POLICY)
    change = _open(change_id)
    if not 1 <= days <= 366:
        raise Refused(f"{days} days: give 1 to 366")
    if change.trial and change.trial["state"] == "running" and (at - moved(change.trial)).total_seconds() < STUCK:
        raise OutOfOrder("this change is being tried just now: wait for the end")
    change.trial = {"state": "waiting", "days": days, "at": at.isoformat(), "by": by.pk}
    change.save(update_fields=["trial"])
    return change


#: Seconds after which a trial that has not moved is taken for dead.
STUCK = 120


def moved(trial: dict[str, object]) -> datetime:
    """When a trial has last said something."""
    return datetime.fromisoformat(str(trial["at"]))


@transaction.atomic
def read_sample(change_id: int, rank: int, *, by: User, at: datetime) -> dict[str, object]:
    """One post of the sample, by its rank, to be shown unmasked: on record as a sensitive read. Raises: NotAllowed, NotFound."""
    require(by, Role.POLICY, Role.AUDITOR)
    change = RuleChange.objects.filter(pk=change_id).first()
    sample = (change.trial or {}).get("sample", []) if change else []
    if not 0 <= rank < len(sample):
        raise NotFound(f"there is no post {rank} in the sample of the change {change_id}")
    found: dict[str, object] = sample[rank]
    if str(found["clause"]).startswith("children.") and not by.has(Role.CHILDREN, Role.AUDITOR):
        raise NotAllowed("posts about the abuse of children are read only by those who are trained for it")
    detail = f"change {change_id}: {found['source']} {found['id']}"[:200]
    SensitiveRead.objects.create(user=by, at=at, what="sample", detail=detail)
    return found


def history(kind: str, name: str) -> "QuerySet[RuleChange]":
    """Every change of a file, the latest first."""
    return RuleChange.objects.filter(kind=kind, name=name).select_related("by", "approved_by").order_by("-pk")
