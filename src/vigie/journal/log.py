"""The log, to be asked: every post that was judged, once, whether it is in the table already or still in a segment."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from vigie.errors import Refused
from vigie.journal import quarantine
from vigie.journal.erasures import Erasures
from vigie.journal.once import Repeats
from vigie.journal.rows import log_rows
from vigie.journal.segment import Segment, read_frames, writer_directories
from vigie.journal.sources import Saved, Tally, by_source, load_all, with_frames
from vigie.journal.table import columns, last_segment, lazy, open_table, parts

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds. Posts are counted once; ``by_…`` say how many of them; "none" stands for null.

    ``frames``, ``lines`` and ``skipped`` count what was read, ``quarantined`` the lines that could not be.
    ``first`` and ``last`` are the times at which the first and the last batch were written.
    """

    posts: int
    frames: int
    lines: int
    quarantined: int
    skipped: int
    by_language: dict[str, int]
    by_route: dict[str, int]
    by_clause: dict[str, int]
    by_source: dict[str, int]
    first: datetime | None
    last: datetime | None


def scan(directory: Path, *, dedupe_days: int = 7) -> "pl.LazyFrame":
    """Every row of the log as it is now: the table, and the segments that are not in it yet, each post once.

    Takes no lock. Ask it soon: an erasure deletes the files that it would read. Keeps segments open while it lives.
    Raises ``Misconfigured`` if a frame is damaged.
    """
    import polars as pl

    table, pending = _snapshot(directory, dedupe_days)
    held = lazy(directory, table)
    return pending if held is None else pl.concat([held, pending], how="diagonal")


def batches(
    directory: Path, to: "Callable[[pl.LazyFrame], pl.LazyFrame]", *, dedupe_days: int = 7
) -> "Iterator[pl.DataFrame]":
    """What is asked of each part of the log, one after the other: takes less memory than ``scan``, however long it is.

    ``to`` must treat each row by itself. The first batch has no rows: it says which columns there are.
    Raises ``Refused`` if an erasure has deleted what was still to be read.
    """
    table, pending = _snapshot(directory, dedupe_days)
    columns = pending.collect_schema()
    yield to(columns.to_frame().lazy()).collect()
    try:
        for part in [*parts(directory, table, columns), pending]:
            yield from to(part).collect_batches()
    except FileNotFoundError as error:
        raise Refused(f"{directory}: someone was erased from the log while it was read: ask again") from error


def _snapshot(directory: Path, dedupe_days: int) -> "tuple[DeltaTable | None, pl.LazyFrame]":
    """The table, and with all its columns the rows of the segments that are not in it."""
    table, segments = _not_in_table(directory)
    frames, gone = [frame for segment in segments for frame in segment.frames()], Erasures(directory)
    repeats = Repeats(frames, lazy(directory, table), gone, days=dedupe_days)
    schema = columns((frame.posts_schema() for frame in frames), table)
    return table, _lazily(lambda some: log_rows(frames, repeats, gone, some), schema)


def _not_in_table(directory: Path) -> "tuple[DeltaTable | None, list[Segment]]":
    """The table, and the segments that are not in it, held open: between them, everything.

    Numbers first: a segment deleted before we look at them is in the table that we open next; one deleted after that
    cannot be opened any more, and we look again.
    """
    while True:
        listed = [(place, place.identity, place.numbers()) for place in writer_directories(directory)]
        table = open_table(directory)
        with suppress(FileNotFoundError):
            return table, [
                Segment(place.segment_path(number), identity)
                for place, identity, numbers in listed
                for number in numbers
                if number > last_segment(table, identity)
            ]


def _lazily(rows: Callable[[pa.Schema], Iterator[pa.RecordBatch]], schema: pa.Schema) -> "pl.LazyFrame":
    """Batches, of whatever columns are asked for, as a lazy frame that never holds more than one of them."""
    import polars as pl
    from polars.io.plugins import register_io_source

    empty = pl.DataFrame(schema.empty_table())

    def read(
        wanted: list[str] | None, predicate: "pl.Expr | None", limit: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        some = schema if wanted is None else pa.schema([schema.field(name) for name in wanted or ["source"]])
        for batch in rows(some):
            frame = pl.DataFrame(batch)
            frame = frame.filter(predicate) if predicate is not None else frame
            yield frame if limit is None else frame.head(limit)
            limit = None if limit is None else limit - min(limit, frame.height)
            if limit == 0:
                return

    return register_io_source(read, schema=empty.schema)


def stats(directory: Path, *, dedupe_days: int = 7) -> Stats:
    """What the log holds, counted."""
    import polars as pl

    rows = scan(directory, dedupe_days=dedupe_days)
    tally = _tally(directory)
    whole = rows.select(pl.len().alias("posts"), first=pl.col("written_at").min(), last=pl.col("written_at").max())
    counted = whole.collect(engine="streaming").row(0, named=True)
    by = {name: _count(rows, name) for name in ("language", "route", "clause", "source")}
    return Stats(
        posts=counted["posts"],
        frames=tally.frames,
        lines=tally.lines,
        quarantined=sum(1 for _ in quarantine.entries(directory)),
        skipped=tally.skipped,
        by_language=by["language"],
        by_route=by["route"],
        by_clause=by["clause"],
        by_source=by["source"],
        first=counted["first"],
        last=counted["last"],
    )


def _count(rows: "pl.LazyFrame", column: str) -> dict[str, int]:
    """How many rows for each value of a column, the most frequent first."""
    import polars as pl

    if column not in rows.collect_schema():
        return {}
    counts = rows.group_by(pl.col(column).fill_null("none")).len().sort("len", column, descending=[True, False])
    return dict(counts.collect(engine="streaming").iter_rows())


def _tally(directory: Path) -> Tally:
    """What was read, of all sources: what is saved, and what only segments tell so far."""
    # Segments first: one is deleted only after what it says was saved.
    in_segments = by_source(read_frames(directory))
    saved = load_all(directory)
    for name, found in in_segments.items():
        saved[name] = with_frames(saved.get(name) or Saved(name=name), found)
    tallies = [source.tally for source in saved.values()]
    return Tally(*(sum(getattr(tally, field) for tally in tallies) for field in Tally.__struct_fields__))
