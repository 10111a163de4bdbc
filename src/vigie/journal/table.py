"""The log as a table (Delta): its columns, what has been put in, and how more is put in.

Its columns are those of the posts that were judged, whatever the model of the day, and those that a frame adds. Columns
come and go with models: where one was not there yet, it is null. File statistics, which Delta keeps long after rows are
gone, leave out ``id`` and ``account``: an erased person must not stay on as the least or greatest of a file.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from vigie.errors import Misconfigured
from vigie.journal.disk import operator_mends, said_in_words, sync_directory

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable, WriterProperties

_TIME = pa.timestamp("us", tz="UTC")
_FIRST = [
    pa.field("source", pa.string()),
    pa.field("id", pa.string()),
    pa.field("account", pa.string()),
    pa.field("created_at", _TIME),
    pa.field("text_hash", pa.int64()),
]
_LAST = [
    pa.field("batch", pa.int64()),
    pa.field("writer", pa.string()),
    pa.field("rulebook", pa.string()),
    pa.field("model", pa.string()),
    pa.field("written_at", _TIME),
]
_NAMED_AT_ONCE = 1000  # posts in one SQL statement
_SETTINGS = {"delta.dataSkippingStatsColumns": "source,created_at,written_at"}
_SIGNED = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.int64()}


def columns(schemas: Iterable[pa.Schema], table: "DeltaTable | None" = None) -> pa.Schema:
    """The columns of the table, and those that posts of these schemas add. ``Misconfigured`` if two disagree on one.

    >>> columns([pa.schema([("id", pa.string()), ("hate", pa.float16())])]).field("hate").type
    DataType(float)
    """
    known = {field.name: field for field in _FIRST}
    held = [pa.schema(table.schema().to_arrow())] if table else []
    for schema in [*held, *schemas]:
        for field in schema:
            plain = pa.field(field.name, _plain(field.type))
            before = known.setdefault(field.name, plain)
            if before.type != plain.type:
                raise Misconfigured(
                    f"column '{field.name}' is {before.type} in one part of the log and {plain.type} in another: "
                    "the detector that gives it must take a new name for it"
                )
    known.update({field.name: field for field in _LAST})
    return pa.schema(list(known.values()))


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type that Delta has for it: nothing unsigned, no half floats, no dictionaries, times in microseconds UTC."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_timestamp(kind):
        return _TIME
    return pa.float32() if pa.types.is_float16(kind) else _SIGNED.get(kind, kind)


def open_table(directory: Path) -> "DeltaTable | None":
    """The table as it is now; None if nothing has been put in yet."""
    if not (directory / "log" / "_delta_log").is_dir():
        return None
    from deltalake import DeltaTable

    return DeltaTable(_place(directory))


def _place(directory: Path) -> str:
    """Absolute: Delta would take a directory such as ``s3:`` for the beginning of an address."""
    return str((directory / "log").absolute())


def lazy(directory: Path, table: "DeltaTable | None") -> "pl.LazyFrame | None":
    """The rows of the table as it was when opened, to be asked; None if there are none."""
    import polars as pl

    paths = files(directory, table)
    own = pl.DataFrame(columns([], table).empty_table()).schema
    return _parquet(paths, own) if paths else None


def parts(directory: Path, table: "DeltaTable | None", columns: "pl.Schema") -> "list[pl.LazyFrame]":
    """The same rows file by file, each with all these columns."""
    return [_parquet(path, columns) for path in files(directory, table)]


def files(directory: Path, table: "DeltaTable | None") -> list[Path]:
    """The files that hold the rows of the table. Its own ``file_uris`` name none that exists if a name has a space."""
    found = pa.table(table.get_add_actions()).column("path").to_pylist() if table else []
    return [directory / "log" / name for name in found]


def _parquet(source: "Path | list[Path]", columns: "pl.Schema") -> "pl.LazyFrame":
    import polars as pl

    return pl.scan_parquet(source, schema=columns, missing_columns="insert", glob=False)


def last_segment(table: "DeltaTable | None", writer: str) -> int:
    """Up to which segment of a writer the table holds; 0 if none."""
    return (table.transaction_version(writer) or 0) if table else 0


def put_in(directory: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], upto: dict[str, int]) -> None:
    """Put rows in, and in the same commit that the table now holds these writers' segments ``upto`` these numbers.

    Delta itself accepts the same number twice, and the rows twice: the caller looks first, holding the lock.
    """
    from deltalake import CommitProperties, Transaction, write_deltalake

    with _changing(directory):
        write_deltalake(
            _place(directory),
            pa.RecordBatchReader.from_batches(schema, batches),
            mode="append",
            schema_mode="merge",
            configuration=_SETTINGS if open_table(directory) is None else None,
            writer_properties=_written(),
            commit_properties=CommitProperties(app_transactions=[Transaction(w, n) for w, n in upto.items()]),
        )


@contextmanager
def _changing(directory: Path) -> Iterator[None]:
    """A full disk is the operator's, though Delta says so in words; what a failed commit has written is deleted."""
    try:
        with operator_mends(directory / "log"):
            try:
                yield
            except Exception as error:
                raise said_in_words(error) or error from error
    except Exception:
        with suppress(Exception):
            clear(directory)
        raise


def forget(directory: Path, source: str, posts: Sequence[tuple[str, int]]) -> None:
    """Make ``id`` and ``account`` null in the rows of these posts (id, hash of text) of a source.

    Delta keeps the condition of an update in its history, and not what is done to the rows that meet it: the condition
    names hashes of texts, which are in the log anyway, and the ids are in the other.
    """
    table = open_table(directory)
    if table is None:
        return
    for start in range(0, len(posts), _NAMED_AT_ONCE):
        some = posts[start : start + _NAMED_AT_ONCE]
        those = f"id IN ({', '.join(sorted({_literal(post) for post, _ in some}))})"
        hashes = ", ".join(sorted({str(text) for _, text in some}))
        with _changing(directory):
            table.update(
                {name: f"CASE WHEN {those} THEN CAST(NULL AS STRING) ELSE {name} END" for name in ("id", "account")},
                predicate=f"source = {_literal(source)} AND text_hash IN ({hashes})",
                writer_properties=_written(),
            )


def _literal(words: str) -> str:
    """Words as a literal of SQL."""
    return "'" + words.replace("'", "''") + "'"


def clear(directory: Path) -> None:
    """Delete at once the files that the table no longer needs, and those that a crash left uncommitted."""
    if (table := open_table(directory)) is not None:
        with operator_mends(directory / "log"):
            table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)


def _written() -> "WriterProperties":
    """Small row groups: whoever reads the table holds several of them in memory."""
    from deltalake import WriterProperties

    return WriterProperties(compression="ZSTD", max_row_group_size=1 << 17)


def settle(directory: Path) -> None:
    """Make the table survive a power cut: Delta writes its files and does not wait for the disk."""
    log = directory / "log"
    if not log.is_dir():
        return
    with operator_mends(log):
        for path in (p for p in log.rglob("*") if p.is_file()):
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        for place in (log / "_delta_log", log, directory):
            sync_directory(place)
