"""Each post is counted once: which rows repeat an earlier one, because a batch was read again after a crash.

A post is known by its source, its id and the hash of its text: edited, it is another. The first row wins: what is in
the table, then what was written first. Another is a repeat if it was written within ``days`` of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from vigie.journal.erasures import Erasures
from vigie.journal.segment import Frame

if TYPE_CHECKING:
    import polars as pl

_KEY = ["source", "id", "text_hash"]
_AT_ONCE = 5_000_000  # rows whose keys are in memory at once, some 80 bytes each


class Repeats:
    """Which rows of some frames repeat an earlier row, of those frames or of the ``table``."""

    def __init__(
        self,
        frames: Sequence[Frame],
        table: "pl.LazyFrame | None",
        gone: Erasures,
        *,
        days: int,
        at_once: int = _AT_ONCE,
    ) -> None:
        passes = 1 + sum(frame.meta.posts for frame in frames) // at_once
        self._rows: dict[int, list[int]] = {}
        for part in range(passes):
            keys = _keys(frames, gone, part, passes)
            if keys is not None and not keys.is_empty():
                for number, row in _repeats(keys, table, timedelta(days=days)).iter_rows():
                    self._rows.setdefault(number, []).append(row)

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def without(self, number: int, posts: pa.RecordBatch) -> pa.RecordBatch:
        """The posts of the frame of this number, less those that repeat an earlier one."""
        if number not in self._rows:
            return posts
        keep = [True] * posts.num_rows
        for row in self._rows[number]:
            keep[row] = False
        return posts.filter(pa.array(keep))


def _keys(frames: Sequence[Frame], gone: Erasures, part: int, passes: int) -> "pl.DataFrame | None":
    """The keys of all posts, or of those that fall to this pass: one row each, in the order of the log."""
    import polars as pl

    found = []
    for number, frame in enumerate(frames):
        posts = frame.posts(["id", "text_hash"])
        ids, hashes = posts.column("id"), posts.column("text_hash")
        keys = pl.DataFrame(
            {"id": pl.from_arrow(ids.cast(pa.string())), "text_hash": pl.from_arrow(hashes)}
        ).with_columns(
            source=pl.lit(frame.meta.source),
            written_at=pl.lit(frame.meta.written_at).cast(pl.Datetime("us", "UTC")),
            gone=pl.Series(gone.counted(frame.meta.source, ids.to_pylist(), hashes.to_pylist()), dtype=pl.Boolean)
            if gone
            else pl.lit(False),
            frame=pl.lit(number),
            row=pl.int_range(pl.len()),
        )
        found.append(keys.filter(pl.col("id").hash() % passes == part) if passes > 1 else keys)
    return pl.concat(found) if found else None


def _repeats(keys: "pl.DataFrame", table: "pl.LazyFrame | None", window: timedelta) -> "pl.DataFrame":
    """Columns frame, row: those that repeat a row of the table, or an earlier one of these."""
    import polars as pl

    place = ["frame", "row"]
    found = [_again(keys, _earlier(keys, table, window), _KEY, window)] if table is not None else []
    if table is not None and keys["gone"].any():
        erased = keys.filter("gone")
        found.append(_again(erased, _earlier(erased, table, window, erased=True), ["source", "text_hash"], window))
    repeated = pl.concat([keys.head(0).select(place), *(again.select(place) for again in found)]).unique()
    rest = keys.join(repeated, on=place, how="anti").sort("written_at", *place)
    return pl.concat([repeated, _later(rest, window).select(place)])


def _span(keys: "pl.DataFrame") -> tuple[datetime, datetime]:
    """The times at which the first and the last of these were written."""
    times: list[datetime] = keys["written_at"].unique().sort().to_list()
    return times[0], times[-1]


def _earlier(keys: "pl.DataFrame", table: "pl.LazyFrame", window: timedelta, *, erased: bool = False) -> "pl.DataFrame":
    """The rows of the table, near in time, that have the key of one of these; of an erased row only a part is left."""
    import polars as pl

    key = ["source", "text_hash"] if erased else _KEY
    first, last = _span(keys)
    near = pl.col("written_at").is_between(first - window, last + window)
    rows = table.filter(near & (pl.col("id").is_null() if erased else pl.col("id").is_not_null()))
    wanted = keys.lazy().select(key).unique()
    return rows.select(*key, "written_at").join(wanted, on=key, how="semi").unique().collect(engine="streaming")


def _again(keys: "pl.DataFrame", earlier: "pl.DataFrame", on: list[str], window: timedelta) -> "pl.DataFrame":
    """Those of the keys that are among the earlier ones, within the window."""
    import polars as pl

    apart = (pl.col("written_at") - pl.col("written_at_right")).abs()
    return keys.join(earlier, on=on, how="inner").filter(apart <= window)


def _later(keys: "pl.DataFrame", window: timedelta) -> "pl.DataFrame":
    """Those of the keys that come after the same key, within the window of the one that is kept."""
    import polars as pl

    again = keys.filter(pl.col("id").is_not_null()).filter(pl.struct(_KEY).is_duplicated())
    first, last = _span(again) if len(again) else (datetime.max, datetime.max)
    if last - first <= window:
        return again.filter(pl.struct(_KEY).is_first_distinct().not_())
    kept: dict[tuple[object, ...], list[object]] = {}
    later = []
    for *key, at in again.select(*_KEY, "written_at").iter_rows():
        times = kept.setdefault(tuple(key), [])
        later.append(any(abs(at - earlier) <= window for earlier in times))
        if not later[-1]:
            times.append(at)
    return again.filter(pl.Series(later))
