"""Where an instance keeps the terms that its processes judge by: one directory, replaced as a whole, never seen half written.

``DIR/terms`` is a link to one state below ``DIR/terms-kept``, named by the hash of what is in it. It holds what ``--terms``
takes: a file per clause, ``patterns/`` and ``domains/`` where they are the instance's own.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from vigie.errors import Misconfigured
from vigie.journal.disk import make_directory, operator_mends, replace_file, sync_directory

#: How many states are kept: processes that have just begun may still read an earlier one.
KEPT = 20
_LINK, _STATES, _GIVEN = "terms", "terms-kept", "terms-imported"


def own_terms(data: Path) -> Path | None:
    """The terms of a data directory as they stand now; None where it has none and the starter set serves.

    The path is that of one state, which does not change: whoever holds it reads all files of the same moment.

    >>> own_terms(Path("no such directory")) is None
    True
    """
    link = data / _LINK
    return link.resolve() if link.is_dir() else None


def given_terms(data: Path) -> Path | None:
    """The terms that the operator has laid into the data directory by hand, to begin with; None where there are none."""
    place = data / _LINK
    return place if place.is_dir() and not place.is_symlink() else None


def publish_terms(data: Path, files: Mapping[str, str]) -> Path:
    """Make these files (path within the directory → text) the terms of the data directory: where they are now.

    Raises: Misconfigured where the disk refuses.
    """
    states = make_directory(data / _STATES)
    content = msgspec.json.encode(dict(files), order="deterministic")
    state = states / hashlib.sha256(content).hexdigest()[:16]
    link = data / _LINK
    if own_terms(data) == state.resolve():
        return state
    with operator_mends(states):
        if not state.is_dir():
            _written(states / f".draft.{os.getpid()}", files).rename(state)
        _set_aside(data)
        draft = data / f".{_LINK}.{os.getpid()}.draft"
        draft.unlink(missing_ok=True)
        draft.symlink_to(state.relative_to(data))
        os.utime(state)
        draft.replace(link)
        sync_directory(data)
        _forget(states)
    return state


def write_files(place: Path, files: Mapping[str, str]) -> None:
    """Write files into a directory, each whole."""
    for name, text in files.items():
        path = place / name
        make_directory(path.parent)
        replace_file(path, text.encode())


def _written(draft: Path, files: Mapping[str, str]) -> Path:
    shutil.rmtree(draft, ignore_errors=True)
    make_directory(draft)
    write_files(draft, files)
    return draft


def _set_aside(data: Path) -> None:
    """What the operator had laid there was imported; it stays beside, so that nothing of theirs is lost."""
    given = given_terms(data)
    if given is not None:
        aside = data / _GIVEN
        if aside.exists():
            raise Misconfigured(f"{aside} is there already: move it away, so that {given} can take its place")
        given.rename(aside)


def _forget(states: Path) -> None:
    found = sorted((one for one in states.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    for old in found[:-KEPT]:
        shutil.rmtree(old)
