"""Lines that could not be read: where they are and why, so that someone can mend the source; never silently dropped.

``DIR/quarantine/<slug>.jsonl`` keeps one entry per line for good. Their bytes, which may be what a person wrote, are in
``DIR/quarantine/raw/<slug>.<day>.jsonl``, deleted whole so that none is older than seven days.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from vigie.journal.disk import append_lines, make_directory, operator_mends, sync_directory, waiting_for, whole_lines
from vigie.journal.sources import slug


class BadLine(msgspec.Struct, frozen=True):
    """A line as it was found: its number from 1, its place in decompressed bytes, its bytes, what is wrong with it."""

    line: int
    offset: int
    raw: bytes
    reason: str


class Entry(msgspec.Struct, frozen=True):
    """What is kept of a bad line. ``hash`` is the SHA-256 of its bytes; ``length`` counts them."""

    source: str
    line: int
    offset: int
    length: int
    hash: str
    reason: str
    at: datetime


class Raw(msgspec.Struct, frozen=True):
    """The bytes of a bad line, for seven days; ``raw`` is base64."""

    offset: int
    hash: str
    raw: str


class Quarantine:
    """The bad lines of one source. Several workers may keep lines at once."""

    def __init__(self, directory: Path, source: str) -> None:
        self._place = make_directory(directory / "quarantine")
        self._raw_place = make_directory(self._place / "raw")
        self._source = source
        self._known: set[tuple[int, str]] = set()
        self._seen = 0  # bytes of the file that are in _known

    def keep(self, lines: Iterable[BadLine], *, now: datetime) -> int:
        """Write bad lines down, and wait for the disk: to be called before their batch is appended to the log.

        A line that is there already (a batch read again) is not written twice. Says how many are new.
        """
        lines = list(lines)
        if not lines:
            return 0
        with waiting_for(self._place / f"{slug(self._source)}.jsonl") as fd, operator_mends(self._place):
            self._learn(fd)
            found = {(e.offset, e.hash): (e, bad) for bad in lines if (e := self._entry(bad, now))}
            new = [both for key, both in found.items() if key not in self._known]
            self._keep_raw([Raw(e.offset, e.hash, _base64(line.raw)) for e, line in new], now)
            append_lines(fd, [msgspec.json.encode(entry) for entry, _ in new])
        return len(new)

    def _entry(self, bad: BadLine, now: datetime) -> Entry:
        digest = hashlib.sha256(bad.raw).hexdigest()
        return Entry(self._source, bad.line, bad.offset, len(bad.raw), digest, bad.reason, now)

    def _learn(self, fd: int) -> None:
        """Read what other workers have written since we last looked."""
        end = whole_lines(fd)
        with (self._place / f"{slug(self._source)}.jsonl").open("rb") as file:
            file.seek(self._seen)
            self._known.update((entry.offset, entry.hash) for entry in _entries(file.read(end - self._seen)))
        self._seen = end

    def _keep_raw(self, lines: list[Raw], now: datetime) -> None:
        day = now.astimezone(UTC).date().isoformat()
        with waiting_for(self._raw_place / f"{slug(self._source)}.{day}.jsonl") as fd:
            append_lines(fd, [msgspec.json.encode(line) for line in lines])


def entries(directory: Path, source: str | None = None) -> Iterator[Entry]:
    """What is kept of bad lines: of one source, or of all."""
    name = "*" if source is None else slug(source)
    for path in sorted((directory / "quarantine").glob(f"{name}.jsonl")):
        yield from _entries(path.read_bytes())


def raw_lines(directory: Path, source: str) -> Iterator[tuple[int, bytes]]:
    """The bad lines of the last days themselves: place in the source, bytes."""
    lines: dict[tuple[int, str], bytes] = {}
    for path in sorted((directory / "quarantine" / "raw").glob(f"{slug(source)}.*.jsonl")):
        for line in path.read_bytes().split(b"\n")[:-1]:
            found = msgspec.json.decode(line, type=Raw)
            lines[found.offset, found.hash] = base64.b64decode(found.raw)
    for (offset, _), raw in lines.items():
        yield offset, raw


def prune(directory: Path, *, now: datetime, days: int = 7) -> int:
    """Delete the bytes of bad lines, whole days at a time, so that none is older than ``days``; says how many files."""
    oldest = now.astimezone(UTC).date() - timedelta(days=days)
    place = directory / "quarantine" / "raw"
    old = [path for path in place.glob("*.jsonl") if date.fromisoformat(path.name.split(".")[1]) <= oldest]
    with operator_mends(place):
        for path in old:
            path.unlink()
        if old:
            sync_directory(place)
    return len(old)


def _entries(data: bytes) -> Iterator[Entry]:
    """The whole lines; a last one without its end is still being written, or was cut by a crash."""
    for line in data.split(b"\n")[:-1]:
        yield msgspec.json.decode(line, type=Entry)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
