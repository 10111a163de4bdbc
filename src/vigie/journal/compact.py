"""Moving what was decided from segments into the table, once, and shredding the texts that may not be kept longer.

Every step can be cut short by a crash and done again:

1. the last segment of a writer that has died is sealed (an empty one is begun after it);
2. rows go into the table in the same commit as the number of their segment: a segment at or below that number is never
   put in again;
3. what was read of each source is saved, with the same numbers;
4. texts older than ``inbox_days`` are shredded;
5. a segment that is in the table, saved, and free of texts is deleted, after the table's files are safe on the disk.
   The segment with the highest number is never in the table, so it stays, and no number is ever given twice.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from vigie.errors import Misconfigured
from vigie.journal import quarantine, texts
from vigie.journal.disk import operator_mends, sync_directory, take_or_refuse
from vigie.journal.erasures import Erasures
from vigie.journal.frame import State
from vigie.journal.once import Repeats
from vigie.journal.rows import log_rows
from vigie.journal.segment import Segment, WriterDirectory, writer_directories
from vigie.journal.shred import shred
from vigie.journal.sources import by_source, change, with_frames
from vigie.journal.table import columns, last_segment, lazy, open_table, put_in, settle
from vigie.journal.writer import claim, seal

_ENOUGH_ROWS = 20_000  # Delta slows down on many small commits
_MANY = 200  # segments in one commit: each is an open file, and those of the one before may be, too
_MUCH = 1 << 30  # bytes of segments in one commit: what is done again after a crash


class Compacted(msgspec.Struct, kw_only=True):
    """What a compaction did.

    ``rows`` went into the table, in ``commits``, from ``segments``; ``repeats`` are posts that were there already.
    ``expired`` flagged posts were shredded because of their age: nobody pulled them in time, or nobody said so.
    """

    commits: int = 0
    segments: int = 0
    rows: int = 0
    repeats: int = 0
    deleted: int = 0
    expired: int = 0


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the lock of compaction; ``Refused`` if another process does."""
    lock = take_or_refuse(
        directory / "locks" / "compaction.lock",
        f"{directory}: the log is being compacted by {{holder}}: try again later",
    )
    try:
        yield
    finally:
        os.close(lock)


def compact(directory: Path, *, now: datetime, inbox_days: int = 7, dedupe_days: int = 7) -> Compacted:
    """Put every sealed segment into the table, shred and purge what is too old, delete what is no longer needed.

    Raises ``Refused`` if a compaction is running, ``Misconfigured`` if a frame is damaged or the disk is full.
    """
    with alone(directory):
        done, places = fill_table(directory, dedupe_days), writer_directories(directory)
        done.expired = _shred_older(places, now - timedelta(days=inbox_days))
        done.deleted = _delete(directory, places)
        _sweep(directory)
        quarantine.prune(directory, now=now)
        texts.purge(directory, now=now)
    return done


def fill_table(directory: Path, dedupe_days: int) -> Compacted:
    """Put every sealed segment into the table, and remember what was read of each source: by who holds the lock."""
    done, places = Compacted(), writer_directories(directory)
    for place in places:
        _seal_if_dead(place)
        _check_not_older_than_table(directory, place)
    for group in _groups(directory, places):
        _put_in(directory, group, dedupe_days, done)
    _save(directory, places)
    return done


def _seal_if_dead(place: WriterDirectory) -> None:
    if (lock := claim(place)) is not None:
        try:
            seal(place)
        finally:
            os.close(lock)


def _check_not_older_than_table(directory: Path, place: WriterDirectory) -> None:
    """Refuse segments from a backup older than the table: it would pass over their next numbers."""
    held, last = last_segment(open_table(directory), place.identity), place.last_number()
    if held and held >= last:
        raise Misconfigured(
            f"{place.path}: its last segment is {last}, but the log holds up to {held}: these segments come from an "
            f"older backup than {directory / 'log'}. Delete {place.lock}: they are then put in anew, "
            "except the posts that are there already"
        )


def sealed(place: WriterDirectory) -> Iterator[Segment]:
    """The segments of a writer that nobody will ever append to: all but the last."""
    last = place.last_number()
    return (segment for segment in place.segments() if segment.number < last)


def _groups(directory: Path, places: Iterable[WriterDirectory]) -> Iterator[list[Segment]]:
    """The sealed segments that are not in the table yet, as many together as make a good commit."""
    table = open_table(directory)
    group: list[Segment] = []
    for place in places:
        held = last_segment(table, place.identity)
        for segment in sealed(place):
            if segment.number > held:
                group.append(segment)
                if _is_enough(group):
                    yield group
                    group = []
    if group:
        yield group


def _is_enough(group: Sequence[Segment]) -> bool:
    if len(group) >= _MANY:
        return True
    posts = (frame.meta.posts for segment in group for frame in segment.frames())
    return sum(segment.size for segment in group) >= _MUCH and sum(posts) >= _ENOUGH_ROWS


def _put_in(directory: Path, group: Sequence[Segment], dedupe_days: int, done: Compacted) -> None:
    """One commit: the rows of these segments, and that the table holds them."""
    frames = [frame for segment in group for frame in segment.frames()]
    if not frames:
        return
    table, gone = open_table(directory), Erasures(directory)
    repeats = Repeats(frames, lazy(directory, table), gone, days=dedupe_days)
    schema = columns((frame.posts_schema() for frame in frames), table)
    upto = {segment.writer: segment.number for segment in group}  # in order: the last is the highest
    put_in(directory, schema, log_rows(frames, repeats, gone, schema), upto)
    done.commits += 1
    done.segments += len(group)
    done.repeats += len(repeats)
    done.rows += sum(frame.meta.posts for frame in frames) - len(repeats)


def _in_table(directory: Path, places: Iterable[WriterDirectory]) -> Iterator[Segment]:
    """The segments on disk whose rows are in the table, and those that hold no frame at all."""
    table = open_table(directory)
    for place in places:
        held = last_segment(table, place.identity)
        yield from (s for s in sealed(place) if s.number <= held or not any(True for _ in s.frames()))


def _save(directory: Path, places: Iterable[WriterDirectory]) -> None:
    """Remember what the table's segments say was read of each source; what is remembered already is not added again."""
    frames = (frame for segment in _in_table(directory, places) for frame in segment.frames())
    for name, found in by_source(frames).items():
        change(directory, name, partial(with_frames, frames=found))


def _shred_older(places: Iterable[WriterDirectory], oldest: datetime) -> int:
    """Shred every text written before this instant, in the table or not; says how many flagged posts that hits."""
    expired = 0
    for segment in (segment for place in places for segment in place.segments()):
        old = [frame for frame in segment.frames() if frame.holds_texts and frame.meta.written_at < oldest]
        shred(segment.path, [frame.offset for frame in old])
        expired += sum(frame.meta.flagged for frame in old if frame.header.state == State.WHOLE)
    return expired


def _delete(directory: Path, places: Iterable[WriterDirectory]) -> int:
    """Delete the segments that are in the table and hold no text; says how many."""
    free = [s.path for s in _in_table(directory, places) if not any(frame.holds_texts for frame in s.frames())]
    if free:
        settle(directory)  # before the only other copy goes
        with operator_mends(directory / "journal"):
            for path in free:
                path.unlink(missing_ok=True)
            for place in {path.parent for path in free}:
                sync_directory(place)
    return len(free)


def _sweep(directory: Path) -> None:
    """Delete copies of segments and texts that a crash left half made: only whoever holds our lock makes them."""
    for place in (directory / "journal", directory / "texts"):
        with operator_mends(place):
            for draft in place.glob("*/.*.draft"):
                draft.unlink(missing_ok=True)
