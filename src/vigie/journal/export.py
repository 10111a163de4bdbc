"""The log as a file for someone else: an auditor, a researcher, the platform's own tools."""

import os
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from vigie.errors import Refused
from vigie.journal.disk import operator_mends
from vigie.journal.log import batches

if TYPE_CHECKING:
    import polars as pl

Format = Literal["jsonl", "csv", "parquet"]
_INSTANT = "%Y-%m-%dT%H:%M:%S%.6fZ"  # UTC
#: What a condition on rows may not contain, in the names that Polars gives to parts of an expression.
_NOT_OF_ONE_ROW = {"Agg", "Over", "Explode", "SubPlan", "Len", "Window"}
_WINDOW, _QUOTED = re.compile(r"\bover\s*\(", re.IGNORECASE), re.compile(r"'[^']*'")


def export(
    directory: Path,
    *,
    columns: list[str] | None = None,
    where: str | None = None,
    format: Format = "jsonl",
    out: Path | IO[bytes],
    dedupe_days: int = 7,
) -> None:
    """Write rows of the log: these ``columns`` (None: all) of the rows ``where`` a SQL condition is true (None: all).

    Memory stays bounded, however long the log. ``out`` is a path, which appears when it is complete, or an open file.
    In CSV a list is written as its values with spaces between. Raises ``Refused`` if a column is unknown or the
    condition is not one on single rows.
    """
    found = batches(directory, lambda part: _asked(part, columns, where), dedupe_days=dedupe_days)
    rows = chain([next(found)], found)  # what is refused is refused here, before anything is written
    if isinstance(out, Path):
        _to_path(rows, format, out)
    else:
        _WRITE[format](rows, out)


def _asked(rows: "pl.LazyFrame", columns: list[str] | None, where: str | None) -> "pl.LazyFrame":
    names = rows.collect_schema().names()
    if unknown := [name for name in columns or [] if name not in names]:
        raise Refused(f"the log has no column {', '.join(unknown)}; it has: {', '.join(names)}")
    return (rows if where is None else rows.filter(condition(where, rows))).select(columns or names)


def condition(where: str, rows: "pl.LazyFrame") -> "pl.Expr":
    """A condition in SQL on single rows, ready to filter these. Raises ``Refused`` if it is not one."""
    import json

    import polars as pl
    from polars.exceptions import PolarsError

    try:
        found = pl.sql_expr(where)
        rows.collect_schema().to_frame().filter(found)
        words = _words(json.loads(found.meta.serialize(format="json")))
    except (PolarsError, ValueError) as error:
        names = ", ".join(rows.collect_schema().names())
        why = str(error).split("\n")[0]
        raise Refused(f"where: '{where}': {why}. Columns: {names}. Write a day as date '2026-11-01'") from error
    if words & _NOT_OF_ONE_ROW or _WINDOW.search(_QUOTED.sub("", where)):
        raise Refused(f"where: '{where}': each row must be judged by itself, without sums, ranks or sub-queries")
    return found


def _words(tree: object) -> set[str]:
    """Every name of a part of an expression, but not the columns and values in it."""
    if isinstance(tree, dict):
        inside = (part for word, part in tree.items() if word not in ("Column", "Literal"))
        return set(tree) | {word for part in inside for word in _words(part)}
    if isinstance(tree, list):
        return {word for part in tree for word in _words(part)}
    return {tree} if tree == "Len" else set()


def _to_path(rows: "Iterator[pl.DataFrame]", format: Format, out: Path) -> None:
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    with operator_mends(out.parent), draft.open("wb") as file:
        try:
            _WRITE[format](rows, file)
            file.flush()
            draft.replace(out)
        except BaseException:
            draft.unlink()
            raise


def _write_jsonl(rows: "Iterator[pl.DataFrame]", out: IO[bytes]) -> None:
    import polars.selectors as cs

    for batch in rows:
        batch.with_columns(cs.datetime().dt.to_string(_INSTANT)).write_ndjson(out)


def _write_csv(rows: "Iterator[pl.DataFrame]", out: IO[bytes]) -> None:
    import polars.selectors as cs

    for number, batch in enumerate(rows):
        flat = batch.with_columns(cs.list().list.join(" "))
        flat.write_csv(out, include_header=number == 0, datetime_format=_INSTANT)


def _write_parquet(rows: "Iterator[pl.DataFrame]", out: IO[bytes]) -> None:
    from polars import CompatLevel
    from pyarrow.parquet import ParquetWriter

    first = next(rows).to_arrow(compat_level=CompatLevel.oldest())
    with ParquetWriter(out, first.schema, compression="zstd") as file:
        for batch in rows:
            file.write_table(batch.to_arrow(compat_level=CompatLevel.oldest()))


_WRITE = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}
