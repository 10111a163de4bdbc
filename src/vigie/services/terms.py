"""The terms of the instance: the starter set is imported once, then the database is the truth and exports the same TOML."""

from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

import msgspec
from django.db import transaction
from django.db.models import Max

from vigie.errors import Refused
from vigie.store.models import ClauseFile, User
from vigie.terms.clause import Clause, Version
from vigie.terms.reading import read_clause


@transaction.atomic
def import_terms(at: datetime, directory: Path | None = None) -> int:
    """The clause files of a directory, or the starter set, into an instance that has none yet: how many."""
    if ClauseFile.objects.exists():
        return 0
    place = directory or resources.files("vigie.terms").joinpath("starter")
    files = sorted((file for file in place.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    rows = [(read_clause(text := file.read_text("utf-8"), file.name).id, text) for file in files]
    ClauseFile.objects.bulk_create(ClauseFile(clause=name, toml=text, at=at, why="imported") for name, text in rows)
    return len(rows)


def clauses() -> dict[str, Clause]:
    """The clauses of the instance as they stand, by id, gravest first; read again only when one has changed."""
    latest = tuple(
        ClauseFile.objects.values("clause").annotate(last=Max("pk")).order_by("clause").values_list("last", flat=True)
    )
    return _clauses(latest)


@lru_cache(maxsize=4)
def _clauses(latest: tuple[int, ...]) -> dict[str, Clause]:
    rows = ClauseFile.objects.filter(pk__in=latest)
    read = [read_clause(row.toml, f"{row.clause}.toml") for row in rows]
    return {clause.id: clause for clause in sorted(read, key=lambda clause: (-clause.gravity, clause.id))}


def clause(name: str) -> Clause:
    """One clause by its id, or as a decision cites it. Raises: Refused."""
    found = clauses().get(name.partition("@")[0])
    if found is None:
        raise Refused(f"there is no clause {name}: choose one of {', '.join(clauses())}")
    return found


def export_terms(directory: Path) -> None:
    """Write the clause files as they stand into a directory, for the stream plane to read."""
    directory.mkdir(parents=True, exist_ok=True)
    for row in ClauseFile.objects.filter(
        pk__in=ClauseFile.objects.values("clause").annotate(last=Max("pk")).values("last")
    ):
        (directory / f"{row.clause}.toml").write_text(row.toml, "utf-8")


@transaction.atomic
def replace_clause(text: str, *, by: User, approved_by: User, at: datetime, why: str) -> ClauseFile:
    """A clause file takes the place of the one before: rules may change, versions once in force may not.

    Raises: Refused, Misconfigured.
    """
    if by == approved_by:
        raise Refused("a second person must approve a change of terms: ask another policy lead")
    name = next((line.partition("=")[2].strip().strip('"') for line in text.splitlines() if line.startswith("id")), "")
    new = read_clause(text, f"{name}.toml")
    old = clauses().get(new.id)
    for version in old.versions if old else ():
        kept = next((one for one in new.versions if one.number == version.number), None)
        if version.in_force_from <= at.date() and (kept is None or _public(kept) != _public(version)):
            raise Refused(
                f"{new.id}@{version.number} is in force and may have been cited: leave it as it is, add a version"
            )
    return ClauseFile.objects.create(clause=new.id, toml=text, at=at, by=by, approved_by=approved_by, why=why)


def _public(version: Version) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(version).items() if name != "line"}
