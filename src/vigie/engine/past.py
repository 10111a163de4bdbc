"""The posts of the past, opened for a backtest: rows of the log for a changed condition, kept texts for a changed pattern."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from vigie.decide.again import Side
from vigie.decide.backtest import KEYS, Rows
from vigie.journal.log import batches, scan
from vigie.journal.texts import count_texts, read_texts


def first_day(now: datetime, days: int) -> date:
    """The first of the last ``days`` days, today included, in UTC."""
    return now.astimezone(UTC).date() - timedelta(days=days - 1)


def logged(directory: Path, *sides: Side, now: datetime, days: int) -> Rows:
    """The posts judged in the last ``days`` days as the log has them, with the columns that these sides read."""
    recent = _since(now, days)
    wanted = {*KEYS, *(name for side in sides for name in side.reads)}
    count = scan(directory).filter(recent).select(pl.len()).collect(engine="streaming").item()
    return Rows(batches(directory, partial(_chosen, recent, frozenset(wanted))), count)


def _chosen(recent: pl.Expr, wanted: frozenset[str], part: pl.LazyFrame) -> pl.LazyFrame:
    return part.filter(recent).select(name for name in part.collect_schema().names() if name in wanted)


def _since(now: datetime, days: int) -> pl.Expr:
    return pl.col("written_at") >= datetime.combine(first_day(now, days), time.min, UTC)


def kept(directory: Path, *, now: datetime, days: int) -> Rows:
    """The posts judged in the last ``days`` days whose texts are kept. Raises ``Refused`` if the text window is off."""
    return Rows(_frames(directory, now, days), count_texts(directory, now=now, days=days))


def _frames(directory: Path, now: datetime, days: int) -> Iterator[pl.DataFrame]:
    for batch in read_texts(directory, now=now, days=days):
        yield pl.DataFrame(batch)


def last_model(directory: Path, *, now: datetime, days: int) -> str | None:
    """The hash of the detectors that judged last, within the last ``days`` days; None if nothing was judged."""
    models = scan(directory).filter(_since(now, days)).group_by("model").agg(pl.col("written_at").max())
    found = models.collect(engine="streaming").sort("written_at", "model")["model"].to_list()
    return found[-1] if found else None
