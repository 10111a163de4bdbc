"""The text window: what people wrote in the last days, so that a changed pattern can be tried on it. Off unless asked for.

``DIR/texts/window.json`` says for how many days texts are kept: one setting for all who write to a data directory, and
for whoever deletes, so that no process keeps a text longer than another promises. ``DIR/texts/2026-11-25/`` holds what
was judged on a day, one file for each process that wrote: frames as in the log, a row per post. A day is deleted whole.

A batch is written here *before* it is committed to the log. After a crash between the two its posts are read again, and
their texts are here twice: readers give each once. The other way round they would be missing for good.
"""

import errno
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.errors import Misconfigured, Refused
from vigie.journal.disk import make_directory, operator_mends, replace_file, sync_directory
from vigie.journal.erasures import Erasures
from vigie.journal.frame import checksum
from vigie.journal.rows import aligned, erased
from vigie.journal.segment import Frame, Segment
from vigie.journal.shred import changing

SUFFIX = ".texts"
LONGEST = 366  # days: a window, not an archive
_TIME = pa.timestamp("us", tz="UTC")
#: What a reader gives, a row per post: its key and text, what a rule may read of it, what was proposed, by what, when.
TEXTS = pa.schema(
    {
        "source": pa.string(),
        "id": pa.string(),
        "account": pa.string(),
        "created_at": _TIME,
        "text_hash": pa.int64(),
        "text": pa.string(),
        "language": pa.string(),
        "declared_language": pa.string(),
        "views": pa.int64(),
        "followers": pa.int64(),
        "account_age_days": pa.int64(),
        "clause": pa.string(),
        "also": pa.list_(pa.string()),
        "route": pa.string(),
        "rulebook": pa.string(),
        "model": pa.string(),
        "written_at": _TIME,
    }
)
_AT_ONCE = 8192  # posts in a batch, where frames are smaller

#: Source, id, hash of text
Key = tuple[str, str, int]


class Window(msgspec.Struct, frozen=True):
    """The setting: for how many days texts are kept, today included."""

    days: int = 0


def text_days(directory: Path) -> int:
    """For how many days a data directory keeps texts, today included; 0: it keeps none.

    Raises ``Misconfigured`` if the setting cannot be read: nobody may guess how long.
    """
    path = directory / "texts" / "window.json"
    try:
        with operator_mends(path):
            days = msgspec.json.decode(path.read_bytes(), type=Window).days
    except FileNotFoundError:
        return 0
    except msgspec.DecodeError as error:
        raise Misconfigured(f'{path}: {error}; write {{"days": 30}}, or 0 to keep no texts') from error
    if not 0 <= days <= LONGEST:
        raise Misconfigured(f"{path}: texts are kept for 0 to {LONGEST} days, not {days}")
    return days


def keep_texts(directory: Path, days: int) -> None:
    """Set for how many days texts are kept; every writer obeys from its next batch on, the purge the next time it runs."""
    if not 0 <= days <= LONGEST:
        raise Refused(f"texts are kept for 0 to {LONGEST} days, not {days}")
    if days != text_days(directory):
        place = make_directory(directory / "texts")
        replace_file(place / "window.json", msgspec.json.encode(Window(days)))


def purge(directory: Path, *, now: datetime) -> int:
    """Delete the days that are older than texts may be kept, whole, and all of them if none may; says how many days.

    May be called at any time, by any process, while others write, read and erase.
    """
    first, days = _first_kept(directory, now), _days(directory)
    old = [place for day, place in days if first is None or day < first]
    for place in old:
        with operator_mends(place), suppress(FileNotFoundError):  # another purge at the same time
            for path in place.iterdir():
                with changing(path) as held:
                    if held is not None:
                        path.unlink()
            _remove(place)
    if old:
        sync_directory(directory / "texts")
    return len(old)


def _remove(place: Path) -> None:
    """Remove an empty directory; one in which a file was just begun is left to the next purge."""
    try:
        place.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise


def _first_kept(directory: Path, now: datetime, days: int | None = None) -> date | None:
    """The first of the days that are kept (or of the last ``days``, if these are fewer); None if no text may be kept."""
    kept = text_days(directory)
    wanted = kept if days is None else min(days, kept)
    return now.astimezone(UTC).date() - timedelta(days=wanted - 1) if wanted > 0 else None


def _days(directory: Path) -> list[tuple[date, Path]]:
    """The days that are on the disk, in order."""
    found = (place for place in (directory / "texts").glob("????-??-??") if place.is_dir())
    return sorted((date.fromisoformat(place.name), place) for place in found)


class TextFile(Segment):
    """One file of the window. A tail that a crash cut short is left out: its batch was never in the log."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, path.stem.rpartition("-")[0])

    def damaged(self, offset: int, why: str) -> Misconfigured:
        """What the operator is told."""
        return Misconfigured(
            f"{self.path}: the frame at byte {offset} is damaged ({why}), and more was written after it. Restore this "
            "file from a backup, or delete it: what it held can then no longer be tried on; the log is not touched"
        )


def text_files(directory: Path) -> Iterator[Path]:
    """Every file of the window."""
    for _, place in _days(directory):
        yield from sorted(place.glob(f"*{SUFFIX}"))


def read_texts(
    directory: Path, *, now: datetime, days: int | None = None, dedupe_days: int = 7
) -> Iterator[pa.RecordBatch]:
    """The posts judged in the last ``days`` days (None: as many as are kept), today included, the newest day last.

    Batches of schema ``TEXTS``; each post once within ``dedupe_days``, without those of people who were erased. Takes no
    lock. Raises ``Refused`` if the window is off, ``Misconfigured`` if a file is damaged.
    """
    seen: dict[date, np.ndarray] = {}
    for day, files in _open_days(directory, now, days):
        seen = {earlier: keys for earlier, keys in seen.items() if (day - earlier).days <= dedupe_days}
        frames = sorted((frame for file in files for frame in file.frames()), key=lambda f: f.meta.written_at)
        keys = [_keys(frame) for frame in frames]
        seen[day] = np.concatenate([np.zeros(0, np.uint64), *keys])
        new = _first_seen(seen[day], [known for earlier, known in seen.items() if earlier != day])
        ends = np.cumsum([len(some) for some in keys])
        yield from _together(_rows(frames, np.split(new, ends[:-1]) if keys else [], Erasures(directory)))


def count_texts(directory: Path, *, now: datetime, days: int | None = None) -> int:
    """How many posts ``read_texts`` will go through, those that are there twice counted twice. ``Refused`` if it is off."""
    opened = _open_days(directory, now, days)
    return sum(frame.meta.posts for _, files in opened for file in files for frame in file.frames())


def look_up(directory: Path, keys: Collection[Key], *, now: datetime, days: int | None = None) -> dict[Key, str]:
    """The texts of these posts, as far as the window has them: for whoever shows a sample. ``Refused`` if it is off."""
    hashes = pa.array({text_hash for _, _, text_hash in keys}, pa.int64())
    found: dict[Key, str] = {}
    for batch in read_texts(directory, now=now, days=days):
        some = batch.filter(pc.is_in(batch.column("text_hash"), hashes)).select(["source", "id", "text_hash", "text"])
        found |= {(row["source"], row["id"], row["text_hash"]): row["text"] for row in some.to_pylist()}
    return {key: found[key] for key in keys if key in found}


def _open_days(directory: Path, now: datetime, days: int | None) -> Iterator[tuple[date, list[TextFile]]]:
    """Day by day, its files held open: what they hold stays readable while others purge and erase."""
    first = _first_kept(directory, now, days)
    if first is None and not text_days(directory):
        raise Refused(
            f"{directory}: no texts are kept here (the text window is off), so only conditions can be tried, not patterns; "
            "`vigie moderate … --text-days 30` keeps texts from then on"
        )
    for day, place in _days(directory):
        if first is not None and day >= first:
            yield day, [file for path in sorted(place.glob(f"*{SUFFIX}")) if (file := _opened(path))]


def _opened(path: Path) -> TextFile | None:
    try:
        return TextFile(path)
    except FileNotFoundError:
        return None  # purged since we listed it


def _keys(frame: Frame) -> np.ndarray:
    """A whole number of 64 bits for the key of each post: two posts share one by chance once in 10^19."""
    import polars as pl

    keys = pl.DataFrame(frame.posts(["id", "text_hash"]))
    return keys.hash_rows(seed=checksum(frame.meta.source.encode())).to_numpy()


def _first_seen(keys: np.ndarray, earlier: list[np.ndarray]) -> np.ndarray:
    """bool, one per key: is it the first of its kind, here and among the earlier ones?"""
    new = np.zeros(len(keys), np.bool_)
    new[np.unique(keys, return_index=True)[1]] = True
    return new & ~np.isin(keys, np.concatenate(earlier)) if earlier else new


def _rows(frames: list[Frame], new: list[np.ndarray], gone: Erasures) -> Iterator[pa.RecordBatch]:
    for frame, first in zip(frames, new, strict=True):
        posts = frame.posts()
        wanted = first & ~np.array(erased(gone, frame.meta.source, posts), np.bool_) if gone else first
        yield aligned(frame.meta, posts if wanted.all() else posts.filter(pa.array(wanted)), TEXTS)


def _together(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Small batches as one: a detector takes as long for ten posts as for a hundred."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= _AT_ONCE:
            yield _one(waiting)
            waiting = []
    if any(one.num_rows for one in waiting):
        yield _one(waiting)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
