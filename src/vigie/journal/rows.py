"""From frames to rows of the log: each post once, with what its frame says of it, and no names of erased people."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from vigie.journal.erasures import Erasures
from vigie.journal.frame import Meta
from vigie.journal.once import Repeats
from vigie.journal.segment import Frame


def log_rows(frames: Sequence[Frame], repeats: Repeats, gone: Erasures, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows that these frames add to the log, in batches of one frame, with these columns; no others are read."""
    names = {"id", "account"} & set(schema.names) if gone else set()
    needed = {*schema.names, "id", *(("account", "created_at") if names else ())}
    for number, frame in enumerate(frames):
        posts = repeats.without(number, frame.posts(needed))
        if names:
            posts = without_names(posts, erased(gone, frame.meta.source, posts))
        if posts.num_rows:
            yield aligned(frame.meta, posts, schema)


def aligned(meta: Meta, posts: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Posts as rows with these columns: theirs, those of their frame's meta, and nulls where neither has one."""
    added = {
        "source": meta.source,
        "batch": meta.batch,
        "writer": meta.writer,
        "rulebook": meta.rulebook,
        "model": meta.model,
        "written_at": meta.written_at,
    }
    arrays = [
        pa.repeat(pa.scalar(added[field.name], field.type), posts.num_rows)
        if field.name in added
        else posts.column(field.name).cast(field.type)
        if field.name in posts.schema.names
        else pa.nulls(posts.num_rows, field.type)
        for field in schema
    ]
    return pa.record_batch(arrays, schema=schema)


def erased(gone: Erasures, source: str, posts: pa.RecordBatch) -> list[bool]:
    """Which of these posts were erased before they came (again)."""
    if not gone:
        return [False] * posts.num_rows
    ids, accounts, created = (values(posts, column) for column in ("id", "account", "created_at"))
    return gone.matches(source, ids, accounts, created)


def values(posts: pa.RecordBatch, column: str) -> list[Any]:
    """The values of a column, nulls if there is no such column."""
    return posts.column(column).to_pylist() if column in posts.schema.names else [None] * posts.num_rows


def without_names(posts: pa.RecordBatch, which: Sequence[bool]) -> pa.RecordBatch:
    """The same posts, ``id`` and ``account`` null in some rows.

    >>> without_names(pa.record_batch({"id": ["1", "2"], "hate": [0.1, 0.9]}), [False, True]).to_pylist()
    [{'id': '1', 'hate': 0.1}, {'id': None, 'hate': 0.9}]
    """
    if not any(which):
        return posts
    for name in {"id", "account"} & set(posts.schema.names):
        at, field = posts.schema.get_field_index(name), posts.schema.field(name).with_nullable(True)
        values = pa.array(
            [None if hide else v for hide, v in zip(which, posts.column(name).to_pylist(), strict=True)], field.type
        )
        posts = posts.set_column(at, field, values)
    return posts
