"""``vigie backup``: database, journal, log, key and terms of an instance in one file, while it serves.

The order makes them one: (1) nothing is compacted, erased or shredded until the end, so that no frame loses what its cases
are made of; (2) the database as it is at one instant, with its position in the journal; (3) the journal, which by then is
at that position or further. What comes in meanwhile is in the journal or in the next backup; restored, the background
process makes cases of all that lies after the position, and a post that has its case already is left alone.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie import __version__
from vigie.app import archive, dump, preparing, wiring
from vigie.app.archive import Manifest
from vigie.errors import Refused
from vigie.journal.disk import waiting_for
from vigie.journal.inbox import texts_kept

#: What is made again, or belongs to processes that are alive.
_LEFT_OUT = frozenset({"locks", "cache"})
#: What is in the database's own copy.
_DATABASE = frozenset({"vigie.db", "vigie.db-wal", "vigie.db-shm", "vigie.db-journal"})


def backup(arguments: argparse.Namespace) -> int:
    """Write the backup; the file appears when it is complete."""
    data, target = arguments.data.absolute(), arguments.file.absolute()
    if not (data / "key").exists():
        raise Refused(f"{data}: no instance here")
    if target.exists():
        raise Refused(f"{target}: is there already: choose another name")
    if not target.parent.is_dir():
        raise Refused(f"{target.parent}: there is no such directory")
    if target.is_relative_to(data):
        raise Refused(f"{target}: lies in the data directory: choose a place that does not burn down with it")
    preparing.configure(data)
    preparing.connected()
    preparing.pending()
    size = make(data, target)
    (data / "locks" / "backup").touch()
    print(f"{target}: {target.stat().st_size:,} bytes, {size:,} unpacked")
    return 0


def make(data: Path, target: Path) -> int:
    """The backup of a configured instance; how many bytes it holds, unpacked."""
    with _unchanging(data), tempfile.TemporaryDirectory(prefix=".vigie-backup-", dir=target.parent) as name:
        place = Path(name)
        migrations = dump.dump(place)
        with archive.packing(target, _manifest(migrations)) as packer:
            for path in _files(place):
                packer.add(f"database/{path.relative_to(place)}", path)
            for path in _of_instance(data):
                packer.add(f"data/{path.relative_to(data)}", path)
            return packer.size


@contextmanager
def _unchanging(data: Path) -> Iterator[None]:
    """Segments are only added to: no compaction, no erasure, no shredding because cases exist. Whoever is at it is waited for."""
    with waiting_for(data / "locks" / "compaction.lock") as lock:
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        with texts_kept(data):
            yield


def _manifest(migrations: list[str]) -> Manifest:
    from django.db import connection

    return Manifest(
        format=archive.FORMAT,
        vigie=__version__,
        at=wiring.now().isoformat(),
        database=connection.vendor,
        migrations=migrations,
    )


def _files(place: Path) -> Iterator[Path]:
    yield from sorted(path for path in place.rglob("*") if path.is_file())


def _of_instance(data: Path) -> Iterator[Path]:
    """Every file of the data directory but the database, locks, caches and drafts."""
    for path in _files(data):
        within = path.relative_to(data)
        first = within.parts[0]
        if first in _LEFT_OUT or first in _DATABASE or any(part.startswith(".") for part in within.parts):
            continue
        yield path
