"""Erasing a person from the log: ``id`` and ``account`` become null, the rows and every count stay.

Append-only binds the engine, not the law (GDPR, Article 17). What was erased is remembered as hashes first, so that a
crash, a batch read again or a backup cannot undo it.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vigie.journal.compact import alone, compact_alone, sealed
from vigie.journal.disk import PRIVATE_FILE, operator_mends, sync_directory, write_all
from vigie.journal.erasures import Erasure, Erasures
from vigie.journal.frame import HEADER_SIZE, State, assemble, from_stream, to_stream
from vigie.journal.inbox import without_posts
from vigie.journal.rows import without_names
from vigie.journal.segment import Frame, Segment, writer_directories
from vigie.journal.shred import changing
from vigie.journal.table import lazy, open_table
from vigie.journal.writer import seal

if TYPE_CHECKING:
    pass


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: how many posts and accounts were asked for, how many rows of the log lost their names, when."""

    posts: int
    accounts: int
    rows: int
    at: datetime


def erase(
    directory: Path, *, source: str, ids: Collection[str] = (), accounts: Collection[str] = (), now: datetime
) -> Erased:
    """Erase posts by their ids, and all posts of accounts, from one source; other sources need a call of their own.

    What comes later is erased as it comes: those posts always, those accounts' posts if not newer than ``now``.
    Safe to repeat: after a crash, call it again. Raises ``Refused`` if a compaction is running.
    """
    with alone(directory):
        for place in writer_directories(directory):
            seal(place)
        compact_alone(directory, now=now)
        gone = Erasures(directory)
        found = _rows_of(directory, source, ids, accounts)
        gone.record(
            [
                *(Erasure("post", now, gone.hash("post", source, i)) for i in ids),
                *(Erasure("account", now, gone.hash("account", source, a)) for a in accounts),
                *(Erasure("row", now, gone.hash("row", source, i, text)) for i, text in found),
            ]
        )
        rows = _forget(directory, {source: {*ids, *(i for i, _ in found)}})
        gone.record([Erasure("done", now, rows=rows)])
    return Erased(posts=len(ids), accounts=len(accounts), rows=rows, at=now)


def replay_erasures(directory: Path, *, now: datetime) -> int:
    """Erase again all who were ever erased, after a backup was restored; says how many rows lost their names.

    ``DIR/erasures.jsonl`` and ``DIR/key`` must be newer than the backup: keep them apart from it.
    """
    with alone(directory):
        for place in writer_directories(directory):
            seal(place)
        compact_alone(directory, now=now)
        gone = Erasures(directory)
        back: dict[str, set[str]] = {}
        for source, post, text in _come_back(directory, gone):
            gone.record([Erasure("row", now, gone.hash("row", source, post, text))])
            back.setdefault(source, set()).add(post)
        rows = _forget(directory, back)
        gone.record([Erasure("done", now, rows=rows)])
    return rows


def _rows_of(directory: Path, source: str, ids: Collection[str], accounts: Collection[str]) -> list[tuple[str, int]]:
    """Id and hash of text of the rows of these posts and accounts."""
    import polars as pl

    table = lazy(open_table(directory))
    if table is None:
        return []
    meant = pl.col("id").is_in(list(ids)) | pl.col("account").is_in(list(accounts))
    rows = table.filter((pl.col("source") == source) & pl.col("id").is_not_null() & meant)
    return rows.select("id", "text_hash").collect(engine="streaming").rows()


def _come_back(directory: Path, gone: Erasures) -> Iterator[tuple[str, str, int]]:
    """Source, id and hash of text of the rows of erased people that have their names (again)."""
    import polars as pl

    table = lazy(open_table(directory))
    if table is None or not gone:
        return
    wanted = table.filter(pl.col("id").is_not_null()).select("source", "id", "account", "created_at", "text_hash")
    for batch in wanted.collect_batches():
        for (source,), rows in batch.group_by("source"):
            hits = gone.matches(
                str(source), rows["id"].to_list(), rows["account"].to_list(), rows["created_at"].to_list()
            )
            yield from rows.filter(pl.Series(hits)).select("source", "id", "text_hash").iter_rows()


def _forget(directory: Path, posts: Mapping[str, Collection[str]]) -> int:
    """Take the names from the rows of these posts (by source), in table and segments; says from how many rows."""
    rows = _forget_in_table(directory, posts)
    for place in writer_directories(directory):
        for segment in sealed(place):
            if any(_concerns(frame, posts) for frame in segment.frames()):
                _rewrite(segment, posts)
    return rows


def _forget_in_table(directory: Path, posts: Mapping[str, Collection[str]]) -> int:
    """One commit, by a join: Delta's history would keep a condition, with its ids. Then the old files go."""
    import pyarrow as pa

    table = open_table(directory)
    if table is None:
        return 0
    pairs = [{"source": source, "id": post} for source, ids in posts.items() for post in ids]
    rows = 0
    with operator_mends(directory / "log"):
        if pairs:
            merge = table.merge(
                pa.Table.from_pylist(pairs),
                predicate="log.source = gone.source AND log.id = gone.id",
                source_alias="gone",
                target_alias="log",
            ).when_matched_update({"id": "CAST(NULL AS STRING)", "account": "CAST(NULL AS STRING)"})
            rows = int(merge.execute()["num_target_rows_updated"])
        # "full": also files that a crash left before they were committed.
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    return rows


def _concerns(frame: Frame, posts: Mapping[str, Collection[str]]) -> bool:
    ids = posts.get(frame.meta.source, ())
    return bool(ids) and any(i in ids for i in frame.posts(["id"]).column("id").to_pylist())


def _rewrite(segment: Segment, posts: Mapping[str, Collection[str]]) -> None:
    """Put a segment without these posts in place of the old one; every frame keeps its place and its size."""
    draft = segment.path.with_name(f".{segment.path.name}.{os.getpid()}.draft")
    with changing(segment.path) as old, operator_mends(segment.path.parent):
        if old is None:
            return
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        try:
            for frame in Segment(segment.path, segment.writer).frames():
                write_all(fd, _without(frame, posts.get(frame.meta.source, ())), frame.offset)
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(segment.path)
        sync_directory(segment.path.parent)


def _without(frame: Frame, ids: Iterable[str]) -> bytes:
    """The frame in as many bytes, its posts without these names and its inbox without these posts."""
    ids = set(ids)
    meta, raw_posts, _ = frame.parts()
    posts, inbox = from_stream(raw_posts), frame.inbox()
    # An inbox left without rows stays one: "nobody to review here any more" is not "shredded before anyone reviewed".
    rest = to_stream(without_posts(inbox, ids)) if inbox is not None else b""
    nameless = to_stream(without_names(posts, [i in ids for i in posts.column("id").to_pylist()]))
    room = frame.header.size - HEADER_SIZE - len(meta) - len(rest)
    if len(nameless) > room:  # a smaller inbox may by chance compress worse; these rows are in the table already
        nameless = to_stream(posts.slice(0, 0))
    return assemble(meta, nameless.ljust(room, b"\0"), rest, State.WHOLE)
