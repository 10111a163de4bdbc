"""What is remembered of each source when its segments are gone: which file, what was read of it, how much was bad.

``DIR/sources/<slug>.json``, one file per source, changed whole and under one lock.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from vigie.journal.disk import make_directory, replace_file, waiting_for
from vigie.journal.frame import Meta
from vigie.journal.intervals import Intervals
from vigie.journal.segment import Frame, Position


class Finished(msgspec.Struct, frozen=True):
    """A compressed file that was read to its end: its ``size`` then, and where it ``end`` s in decompressed bytes."""

    size: int
    end: int


class Tally(msgspec.Struct, frozen=True):
    """How many batches and lines were read; of the lines, how many were bad and how many skipped (blank, not posts)."""

    frames: int = 0
    lines: int = 0
    bad: int = 0
    skipped: int = 0


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """One source: its name, its file or standard input, what was read.

    ``head_sha256`` is of its first ``head_bytes`` bytes (at most 64 KiB), ``size`` its size when last opened.
    ``counted`` says up to which segment of which writer ``intervals`` and ``tally`` go: what is in is not added again.
    """

    name: str
    path: str | None = None
    standard_input: bool = False
    head_bytes: int = 0
    head_sha256: str = ""
    size: int = 0
    finished: Finished | None = None
    intervals: list[tuple[int, int]] = msgspec.field(default_factory=list)
    tally: Tally = Tally()
    counted: dict[str, int] = msgspec.field(default_factory=dict)


def slug(name: str) -> str:
    """A file name for a source: legible, and never the same for two names.

    >>> slug("Flux n° 1"), slug("Flux n/ 1")
    ('Flux-n-1-c98a609b53', 'Flux-n-1-f77a4795d9')
    """
    legible = re.sub(r"[^A-Za-z0-9]+", "-", name)[:40].strip("-")
    return f"{legible}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def load(directory: Path, name: str) -> Saved | None:
    """What is remembered of a source; None if nothing."""
    return _read(directory / "sources" / f"{slug(name)}.json")


def load_all(directory: Path) -> dict[str, Saved]:
    """What is remembered of every source, by name."""
    found = (_read(path) for path in sorted((directory / "sources").glob("[!.]*.json")))
    return {saved.name: saved for saved in found if saved}


def _read(path: Path) -> Saved | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except FileNotFoundError:
        return None


def change(directory: Path, name: str, to: Callable[[Saved], Saved]) -> Saved:
    """Change what is remembered of a source, alone: its reader and the compactor both do."""
    place = make_directory(directory / "sources")
    with waiting_for(directory / "locks" / "sources.lock"):
        before = load(directory, name) or Saved(name=name)
        after = to(before)
        if after != before:
            replace_file(place / f"{slug(name)}.json", msgspec.json.format(msgspec.json.encode(after)))
    return after


def with_frames(saved: Saved, frames: Iterable[tuple[Position, Meta]]) -> Saved:
    """What is remembered once these frames of the source are counted; those that already were change nothing.

    A batch whose stretch had been read already (by a worker that outlived its reader) is not counted a second time.
    """
    read, counted, tally = Intervals(saved.intervals), dict(saved.counted), saved.tally
    for at, meta in frames:
        if at.segment <= saved.counted.get(at.writer, 0):
            continue
        if meta.begin == meta.end or not read.covers(meta.begin, meta.end):
            tally = Tally(
                tally.frames + 1, tally.lines + meta.lines, tally.bad + meta.bad, tally.skipped + meta.skipped
            )
        read.add(meta.begin, meta.end)
        counted[at.writer] = max(at.segment, counted.get(at.writer, 0))
    return msgspec.structs.replace(saved, intervals=list(read), tally=tally, counted=counted)


def by_source(frames: Iterable[Frame]) -> dict[str, list[tuple[Position, Meta]]]:
    """Where frames are and what they say, source by source, without keeping their files open."""
    found: dict[str, list[tuple[Position, Meta]]] = {}
    for frame in frames:
        found.setdefault(frame.meta.source, []).append((frame.position, frame.meta))
    return found
