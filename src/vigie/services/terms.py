"""The terms of the instance: imported once, then the database is the truth and exports the same files."""

from datetime import datetime
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from vigie.detect.patterns import SHIPPED
from vigie.errors import Misconfigured, Refused
from vigie.journal.disk import waiting_for
from vigie.store.models import ClauseFile, RuleChange, User
from vigie.terms.clause import Clause, Version
from vigie.terms.place import given_terms, publish_terms, write_files
from vigie.terms.reading import read_clause

#: What a rule file is (``RuleChange.kind``) and where it stands among the terms.
PATHS = {"clause": "{}.toml", "patterns": "patterns/{}.toml", "domains": "domains/{}.txt"}
_IMPORTED = "imported"


@transaction.atomic
def import_terms(at: datetime, directory: Path | None = None) -> int:
    """The files of a directory, or the starter set, into an instance that has none yet: how many clauses."""
    if ClauseFile.objects.exists():
        return 0
    place = directory or resources.files("vigie.terms").joinpath("starter")
    rows = [(read_clause(text, f"{name}.toml").id, text) for name, text in _texts(place, ".toml")]
    ClauseFile.objects.bulk_create(ClauseFile(clause=name, toml=text, at=at, why=_IMPORTED) for name, text in rows)
    if directory is not None:
        _import_files(at, "patterns", dict(_texts(directory / "patterns", ".toml")))
        _import_files(at, "domains", dict(_texts(directory / "domains", ".txt")))
    return len(rows)


def _texts(place: Traversable, ending: str) -> list[tuple[str, str]]:
    found = place.iterdir() if place.is_dir() else ()
    files = sorted((file for file in found if file.name.endswith(ending)), key=lambda file: file.name)
    return [(file.name.removesuffix(ending), file.read_text("utf-8")) for file in files]


def _import_files(at: datetime, kind: str, texts: dict[str, str]) -> None:
    """Files of one's own replace the shipped ones: those that are not among them are imported as empty."""
    if texts:
        gone = {} if kind == "domains" else {name: "" for name in shipped_patterns() if name not in texts}
        RuleChange.objects.bulk_create(
            RuleChange(kind=kind, name=name, toml=text, why=_IMPORTED, at=at, published_at=at)
            for name, text in (texts | gone).items()
        )


def clauses() -> dict[str, Clause]:
    """The clauses of the instance as they stand, by id, gravest first; read again only when one has changed."""
    return _clauses(_latest_clauses())


def _latest_clauses() -> tuple[int, ...]:
    rows = ClauseFile.objects.values("clause").annotate(last=Max("pk")).order_by("clause")
    return tuple(rows.values_list("last", flat=True))


@lru_cache(maxsize=4)
def _clauses(latest: tuple[int, ...]) -> dict[str, Clause]:
    rows = ClauseFile.objects.filter(pk__in=latest)
    read = [read_clause(row.toml, f"{row.clause}.toml") for row in rows]
    return {clause.id: clause for clause in sorted(read, key=lambda clause: (-clause.gravity, clause.id))}


def clause(name: str) -> Clause:
    """One clause by its id, or as a decision cites it. Raises: Refused."""
    found = clauses().get(name.partition("@")[0])
    if found is None:
        raise Refused(
            _("There is no clause “%(name)s”: choose one of %(clauses)s.")
            % {"name": name, "clauses": ", ".join(clauses())}
        )
    return found


def shipped_patterns() -> dict[str, str]:
    """The pattern files that ship, by name."""
    return dict(_texts(SHIPPED, ".toml"))


def pattern_files() -> dict[str, str]:
    """The pattern files as they stand, by name: those that ship, and what was published here in their place or beside them."""
    texts = shipped_patterns() | _published("patterns")
    return {name: text for name, text in sorted(texts.items()) if text}


def domain_files() -> dict[str, str]:
    """The lists of domains as they stand, by name."""
    shipped = resources.files("vigie.detect").joinpath("domains")
    return dict(_texts(shipped, ".txt")) | {name: text for name, text in _published("domains").items() if text}


def _published(kind: str) -> dict[str, str]:
    rows = RuleChange.objects.filter(kind=kind, published_at__isnull=False).order_by("published_at", "pk")
    return dict(rows.values_list("name", "toml"))


def files(change: RuleChange | None = None) -> dict[str, str]:
    """The terms as ``--terms`` takes them: path within the directory → text. Patterns and domains only where they are own.

    With a change, as they would be once it is published.
    """
    rows = ClauseFile.objects.filter(pk__in=_latest_clauses()).values_list("clause", "toml")
    found = {PATHS["clause"].format(name): text for name, text in rows}
    for kind, texts in (("patterns", pattern_files), ("domains", domain_files)):
        if _published(kind) or (change is not None and change.kind == kind):
            found |= {PATHS[kind].format(name): text for name, text in texts().items()}
    if change is not None:
        found[PATHS[change.kind].format(change.name)] = change.toml
    return {name: text for name, text in found.items() if text}


def text_of(kind: str, name: str) -> str | None:
    """The text of one rule file as it stands; None where there is none."""
    if kind == "clause":
        row = ClauseFile.objects.filter(clause=name).order_by("-pk").first()
        return None if row is None else row.toml
    return (pattern_files() if kind == "patterns" else domain_files()).get(name)


def export_terms(directory: Path) -> int:
    """Write the terms as they stand into an empty or new directory: how many files. Raises: Refused."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Refused(f"{directory}: name a directory that is empty or does not exist yet")
    found = files()
    write_files(directory, found)
    return len(found)


def keep_exported(data: Path) -> Path:
    """Make ``DATA/terms`` what the database says, for every process that judges there. May be called at any time.

    Raises: Misconfigured where the operator has laid other terms there by hand.
    """
    with waiting_for(data / "locks" / "terms"):
        return publish_terms(data, files())


def take_up(data: Path, at: datetime, first: Path | None = None) -> None:
    """Before the instance serves: import the terms of ``first``, else those in ``DATA/terms``, else the starter set, once;
    then export.

    Raises: Misconfigured where terms were laid there after the instance got its own.
    """
    given = first or given_terms(data)
    if not import_terms(at, given) and given is not None and given != first:
        raise Misconfigured(
            f"{given}: this instance has terms already, in its database: move the directory away, "
            "and change terms and rules in the workshop"
        )
    keep_exported(data)


@transaction.atomic
def replace_clause(text: str, *, by: User, approved_by: User, at: datetime, why: str) -> ClauseFile:
    """A clause file takes the place of the one before: rules may change, versions once in force may not.

    Raises: Refused, Misconfigured.
    """
    if by == approved_by:
        raise Refused(_("A second person must approve a change of terms: ask another policy lead."))
    name = next((line.partition("=")[2].strip().strip('"') for line in text.splitlines() if line.startswith("id")), "")
    new = read_clause(text, f"{name}.toml")
    keeps_versions(new, at)
    return ClauseFile.objects.create(clause=new.id, toml=text, at=at, by=by, approved_by=approved_by, why=why)


def keeps_versions(new: Clause, at: datetime) -> None:
    """What is in force and may have been cited stays as it is. Raises: Refused."""
    old = clauses().get(new.id)
    for version in old.versions if old else ():
        kept = next((one for one in new.versions if one.number == version.number), None)
        if version.in_force_from <= at.date() and (kept is None or _public(kept) != _public(version)):
            raise Refused(
                _("%(cited)s is in force and may have been cited: leave it as it is, add a version.")
                % {"cited": f"{new.id}@{version.number}"}
            )


def _public(version: Version) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(version).items() if name != "line"}
