"""What a person must look at: flagged posts with their texts, until they have become cases or are seven days old."""

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec
import pyarrow as pa

from vigie.journal.disk import make_directory, take, waiting_for
from vigie.journal.erasures import Erasures
from vigie.journal.frame import Meta
from vigie.journal.intervals import Intervals
from vigie.journal.rows import erased
from vigie.journal.segment import Frame, Position, WriterDirectory, read_frames, writer_directories
from vigie.journal.shred import shred as shred_at

_KEPT = "texts"  # the lock of whoever shreds because cases exist, and of whoever must not have that now


class Delivery(msgspec.Struct, frozen=True):
    """The flagged posts of one frame.

    ``rows`` is None if they were shredded before anyone pulled them: ``meta.flagged`` posts will never be reviewed, and
    someone must be told.
    """

    position: Position
    meta: Meta
    rows: pa.RecordBatch | None


def pull(directory: Path, after: Iterable[Position] = ()) -> Iterator[Delivery]:
    """Every frame with flagged posts that comes after these positions, one position per writer.

    Whoever pulls saves the position of each delivery with what he made of it, in one transaction, and gives back the
    last of each writer: then each frame is delivered, and again only after a crash. Takes no lock.
    """
    gone = Erasures(directory)
    for frame in chain.from_iterable(_waiting(directory, after)):
        yield Delivery(frame.position, frame.meta, _readable(frame, gone))


def waiting_since(directory: Path, after: Iterable[Position] = ()) -> datetime | None:
    """When the oldest frame that ``pull`` would deliver was written; None if it would deliver none. Reads no text."""
    first = (next(frames, None) for frames in _waiting(directory, after))
    return min((frame.meta.written_at for frame in first if frame), default=None)


def _waiting(directory: Path, after: Iterable[Position]) -> Iterator[Iterator[Frame]]:
    """Of each writer, the frames with flagged posts that come after its position."""
    done = {position.writer: position for position in after}
    for place in writer_directories(directory):
        yield _after(place, done.get(place.identity))


def _after(place: WriterDirectory, last: Position | None) -> Iterator[Frame]:
    for segment in place.segments(last.segment if last else 0):
        begin = last.offset if last and last.segment == segment.number else 0
        for frame in segment.frames(begin):
            if frame.meta.flagged and (last is None or frame.position > last):
                yield frame


def read_inbox(directory: Path, sources: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The flagged posts that can still be read, of these sources (None: of all), a batch per frame, in order.

    A batch that was read and judged twice, by a worker that outlived its reader, is given once.
    """
    gone = Erasures(directory)
    seen: dict[str, Intervals] = {}
    for frame in read_frames(directory):
        meta = frame.meta
        if sources is not None and meta.source not in sources:
            continue
        read = seen.setdefault(meta.source, Intervals())
        again = meta.begin < meta.end and read.covers(meta.begin, meta.end)
        read.add(meta.begin, meta.end)
        if not again and (rows := _readable(frame, gone)) is not None and rows.num_rows:
            yield rows


def shred(directory: Path, positions: Iterable[Position]) -> int:
    """Shred the inboxes of these frames, because they have become cases; says how many there were still to shred.

    While a backup is made (``texts_kept``) nothing is: ``shred_settled`` makes up for it.
    """
    by_segment: dict[tuple[str, int], list[int]] = {}
    for position in positions:
        by_segment.setdefault((position.writer, position.segment), []).append(position.offset)
    lock = take(make_directory(directory / "locks") / _KEPT)
    if lock is None:
        return 0
    try:
        places = {place.identity: place for place in writer_directories(directory)}
        return sum(
            shred_at(places[writer].segment_path(number), offsets)
            for (writer, number), offsets in by_segment.items()
            if writer in places
        )
    finally:
        os.close(lock)


def shred_settled(directory: Path, upto: Iterable[Position]) -> int:
    """Shred what a crash or a backup has left of inboxes up to these positions, one per writer; says how many."""
    done = {position.writer: position for position in upto}
    left = [
        frame.position
        for place in writer_directories(directory)
        if (last := done.get(place.identity))
        for segment in place.segments()
        if segment.number <= last.segment
        for frame in segment.frames()
        if frame.holds_texts and frame.position <= last
    ]
    return shred(directory, left)


def texts_kept(directory: Path) -> AbstractContextManager[int]:
    """While this lasts no inbox is shredded because it has become cases: a backup copies the database before the journal."""
    return waiting_for(directory / "locks" / _KEPT)


def _readable(frame: Frame, gone: Erasures) -> pa.RecordBatch | None:
    """The flagged posts of a frame, without those of people who were erased before the posts came again."""
    rows = frame.inbox()
    if rows is None or not gone:
        return rows
    posts = frame.posts(["id", "account", "created_at"])
    hidden = {
        i
        for i, hide in zip(posts.column("id").to_pylist(), erased(gone, frame.meta.source, posts), strict=True)
        if hide
    }
    return without_posts(rows, hidden)


def without_posts(rows: pa.RecordBatch, ids: Collection[str]) -> pa.RecordBatch:
    """Flagged posts, less those with these ids."""
    if not ids:
        return rows
    return rows.filter(pa.array([i not in ids for i in rows.column("id").to_pylist()], pa.bool_()))
