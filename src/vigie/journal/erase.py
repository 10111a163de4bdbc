"""Erasing a person from the log: ``id`` and ``account`` become null, the rows and every count stay.

Append-only binds the engine, not the law (GDPR, Article 17). What was erased is remembered as hashes first, so that a
crash, a batch read again or a backup cannot undo it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import msgspec
import pyarrow as pa

from vigie.journal.compact import alone, fill_table, sealed
from vigie.journal.erasures import Erasure, Erasures
from vigie.journal.rewrite import Which, rewrite
from vigie.journal.rows import erased, values
from vigie.journal.segment import writer_directories
from vigie.journal.table import clear, forget, lazy, open_table
from vigie.journal.text_writer import forget_texts
from vigie.journal.writer import seal


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: how many posts and accounts were asked for, how many rows of the log lost their names, when."""

    posts: int
    accounts: int
    rows: int
    at: datetime


def erase(
    directory: Path,
    *,
    source: str,
    ids: Collection[str] = (),
    accounts: Collection[str] = (),
    now: datetime,
    dedupe_days: int = 7,
) -> Erased:
    """Erase posts by their ids, and all posts of accounts, from one source; other sources need a call of their own.

    What comes later is erased as it comes: those posts always, those accounts' posts if not newer than ``now``.
    Safe to repeat: after a crash, call it again. Raises ``Refused`` if a compaction is running.
    """
    ids, accounts = set(ids), set(accounts)
    with alone(directory):
        _put_all_in(directory, dedupe_days)
        gone = Erasures(directory)
        found = _rows_of(directory, source, ids, accounts)
        gone.record(
            [
                *(Erasure("post", now, gone.hash("post", source, i)) for i in ids),
                *(Erasure("account", now, gone.hash("account", source, a)) for a in accounts),
                *(Erasure("row", now, gone.hash("row", source, i, text)) for i, text in found),
            ]
        )
        forget(directory, source, found)
        _clean(directory, partial(_meant, source, {*ids, *(i for i, _ in found)}, accounts))
        gone.record([Erasure("done", now, rows=len(found))])
    return Erased(posts=len(ids), accounts=len(accounts), rows=len(found), at=now)


def replay_erasures(directory: Path, *, now: datetime, dedupe_days: int = 7) -> int:
    """Erase again all who were ever erased, after a backup was restored; says how many rows lost their names.

    ``DIR/erasures.jsonl`` and ``DIR/key`` must be newer than the backup: keep them apart from it.
    """
    with alone(directory):
        _put_all_in(directory, dedupe_days)
        gone = Erasures(directory)
        back = sorted(_come_back(directory, gone))
        gone.record(Erasure("row", now, gone.hash("row", source, i, text)) for source, i, text in back)
        for source, rows in groupby(back, itemgetter(0)):
            forget(directory, source, [(i, text) for _, i, text in rows])
        _clean(directory, partial(erased, gone))
        gone.record([Erasure("done", now, rows=len(back))])
    return len(back)


def _put_all_in(directory: Path, dedupe_days: int) -> None:
    """Put everything into the table, also what living writers wrote so far."""
    for place in writer_directories(directory):
        seal(place)
    fill_table(directory, dedupe_days)


def _clean(directory: Path, which: Which) -> None:
    """Take the names out of what is not the table: its old files, the text window, segments that wait for a reviewer."""
    clear(directory)
    forget_texts(directory, which)
    for place in writer_directories(directory):
        for segment in sealed(place):
            rewrite(segment, which)


def _meant(
    source: str, ids: Collection[str], accounts: Collection[str], found_in: str, posts: pa.RecordBatch
) -> list[bool]:
    """Which of these posts are meant by an erasure."""
    if found_in != source:
        return [False] * posts.num_rows
    return [i in ids or a in accounts for i, a in zip(values(posts, "id"), values(posts, "account"), strict=True)]


def _rows_of(directory: Path, source: str, ids: Collection[str], accounts: Collection[str]) -> list[tuple[str, int]]:
    """Id and hash of text of the rows of these posts and accounts."""
    import polars as pl

    table = lazy(directory, open_table(directory))
    if table is None:
        return []
    meant = pl.col("id").is_in(list(ids)) | pl.col("account").is_in(list(accounts))
    rows = table.filter((pl.col("source") == source) & pl.col("id").is_not_null() & meant)
    return rows.select("id", "text_hash").collect(engine="streaming").rows()


def _come_back(directory: Path, gone: Erasures) -> Iterator[tuple[str, str, int]]:
    """Source, id and hash of text of the rows of erased people that have their names (again)."""
    import polars as pl

    table = lazy(directory, open_table(directory))
    if table is None or not gone:
        return
    wanted = table.filter(pl.col("id").is_not_null()).select("source", "id", "account", "created_at", "text_hash")
    for batch in wanted.collect_batches():
        for (source,), rows in batch.group_by("source"):
            hits = gone.matches(str(source), *(rows[name].to_list() for name in ("id", "account", "created_at")))
            yield from rows.filter(pl.Series(hits, dtype=pl.Boolean)).select("source", "id", "text_hash").iter_rows()
