"""``vigie restore``: an instance as a backup has it, in an empty directory, less those who were erased since."""

import argparse
import os
import shutil
from pathlib import Path

from vigie.app import archive, dump, preparing, wiring
from vigie.app.archive import Manifest
from vigie.errors import Refused
from vigie.journal.disk import PRIVATE_DIRECTORY, append_lines, make_directory, sync_directory, waiting_for


def restore(arguments: argparse.Namespace) -> int:
    """Lay the backup into the data directory; it appears there when all is well."""
    data: Path = arguments.data.absolute()
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Refused(f"{data}: is not empty: name another directory with --data, or move this one away")
    draft = make_directory(data.parent) / f".{data.name}.{os.getpid()}.restoring"
    draft.mkdir(mode=PRIVATE_DIRECTORY)
    try:
        manifest = _unpacked(arguments.file, draft)
        place = draft / "data"
        erased = _made_whole(place, draft / "database", manifest, arguments.erasures)
        place.rename(data)  # onto an empty directory, or where there is none
        sync_directory(data.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    print(
        f"{data}: as of {manifest.at}; {erased} rows and posts erased again. `vigie up --data {arguments.data}` serves it"
    )
    return 0


def _unpacked(file: Path, draft: Path) -> Manifest:
    """Everything laid out, once it is sure that this version understands it."""
    for manifest in archive.unpack(file, draft):
        _understood(file, manifest)
    return manifest


def _understood(file: Path, manifest: Manifest) -> None:
    from vigie.app.database import database

    if manifest.format > archive.FORMAT:
        raise Refused(f"{file}: was made by a newer Vigie ({manifest.vigie}): install that version or a later one")
    url = os.environ.get("VIGIE_DATABASE")
    ours = "sqlite" if not url else str(database(url, Path())["ENGINE"]).rpartition(".")[2]
    if manifest.database != ours:
        how = "set VIGIE_DATABASE to an empty database" if ours == "sqlite" else "do not set VIGIE_DATABASE"
        raise Refused(f"{file}: is of an instance on {manifest.database}: {how}")


def _made_whole(place: Path, database: Path, manifest: Manifest, erasures: Path | None) -> int:
    """The database in its place, and everyone erased who ever was."""
    from vigie.journal.erase import replay_erasures
    from vigie.journal.erasures import Erasures

    if manifest.database == "sqlite":
        (database / dump.SQLITE).rename(place / dump.SQLITE)
    preparing.configure(place)
    preparing.connected()
    _not_newer(manifest)
    if manifest.database != "sqlite":
        dump.load(database, manifest.migrations)
    preparing.migrate(place, wiring.now())
    if erasures is not None:
        _add_erasures(place, erasures)
    erased = 0
    if Erasures(place):
        from vigie.services import erasure

        now = wiring.now()
        erased = replay_erasures(place, now=now) + erasure.replay(place, now)
    _let_go()
    return erased


def _not_newer(manifest: Manifest) -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    known = {".".join(node) for node in MigrationLoader(connection, ignore_no_migrations=True).graph.nodes}
    if newer := sorted(set(manifest.migrations) - known):
        raise Refused(f"the backup was made by a newer Vigie ({newer[0]}): install that version or a later one")


def _add_erasures(place: Path, newer: Path) -> None:
    """What was erased after the backup was made, from a file that was kept apart from it."""
    path = place / "erasures.jsonl"
    there = set(path.read_bytes().splitlines()) if path.exists() else set()
    lines = [line for line in newer.read_bytes().split(b"\n")[:-1] if line not in there]
    with waiting_for(path) as fd:
        append_lines(fd, lines)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()
