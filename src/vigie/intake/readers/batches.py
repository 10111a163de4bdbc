"""Posts as columns, built a whole batch at a time; refuses to guess, so that one odd record is looked at alone."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vigie.intake.readers.instants import instants
from vigie.intake.readers.rows import LONGEST_LANGUAGE, LONGEST_NAME, LONGEST_TEXT, Row, name
from vigie.records.posts import POSTS

#: Eight lists of values, in the order of ``POSTS``.
Values = Sequence[Sequence[object]]


class Doubt(Exception):
    """At least one of many records needs a closer look. Nothing is lost: they are read again, fewer at a time."""


def batch(values: Values) -> pa.RecordBatch:
    """Posts from eight lists, one value per post. Raises ``Doubt`` unless ``row`` would give the same of each post."""
    ids, texts, accounts, created_at, languages, views, followers, account_created_at = values
    try:
        arrays = [
            _whole(_names(ids, LONGEST_NAME)),
            _short(_whole(pa.array(texts, pa.string()))),
            _names(accounts, LONGEST_NAME),
            instants(created_at),
            _names(languages, LONGEST_LANGUAGE),
            _counts(views),
            _counts(followers),
            instants(account_created_at),
        ]
    except (pa.ArrowException, OverflowError) as odd:
        raise Doubt from odd
    return pa.RecordBatch.from_arrays(arrays, schema=POSTS)


def batch_of_rows(rows: Sequence[Row]) -> pa.RecordBatch:
    """The same, post by post.

    >>> batch_of_rows([Row("1", "bonjour")]).column("text").to_pylist()
    ['bonjour']
    """
    return batch(list(zip(*rows, strict=True)) or [()] * len(POSTS))


def joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches in one."""
    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches(batches) if batches else batch_of_rows([])


def _whole(array: pa.Array) -> pa.Array:
    if array.null_count:
        raise Doubt
    return array


def _short(texts: pa.Array) -> pa.Array:
    # Bytes are counted first: that is cheap, and no text has more characters than bytes.
    for length in (pc.binary_length, pc.utf8_length):
        if not len(texts) or pc.max(length(texts)).as_py() <= LONGEST_TEXT:
            return texts
    raise Doubt


def _names(values: Sequence[object], longest: int) -> pa.Array:
    try:
        array = pa.array(values, pa.string())
    except pa.ArrowTypeError:  # numbers among them
        return pa.array([name(value, longest) for value in values], pa.string())
    if array.null_count == len(array):
        return array
    sizes = pc.min_max(pc.binary_length(array)).as_py()
    if sizes["max"] > longest or b"\0" in array.buffers()[2].to_pybytes():
        raise Doubt
    return array if sizes["min"] else pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def _counts(values: Sequence[object]) -> pa.Array:
    array = pa.array(values, pa.int64())
    if array.null_count < len(array) and pc.min(array).as_py() < 0:
        raise Doubt
    return array
