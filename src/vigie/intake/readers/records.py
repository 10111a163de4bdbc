"""From many records to posts: all at once while they are in order, fewer and fewer at a time around one that is not."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from vigie.intake.readers.batches import Doubt, Values, batch, batch_of_rows, joined
from vigie.intake.readers.rows import Bad, Row, row

Buffer = bytes | memoryview
Offsets = np.ndarray[Any, np.dtype[np.int64]]

_ODD = (Doubt, msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_FEW = 64  # from here on, one by one is faster
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_BRACES = ord("{"), ord("}")


class Found(NamedTuple):
    """Eight lists of values, one per post, and how many records are no posts."""

    values: Values
    skipped: int = 0


class Records(Protocol):
    """What the records of one network look like, however they are laid out in a file."""

    name: str

    def many(self, records: Buffer) -> Found:
        """White-space separated JSON objects, typed and fast. Raises for any record that is not quite as expected."""

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The posts of one record, with patience for odd types; none at all when it is not a post."""


class Gathered(NamedTuple):
    """Posts in order, records skipped, and for each bad record its number and the reason."""

    posts: pa.RecordBatch
    skipped: int
    bad: list[tuple[int, str]]


def gather(data: bytes, starts: Offsets, ends: Offsets, records: Records) -> Gathered:
    """Read the records that lie at ``data[start:end]``. What one record says never changes how another is read."""
    work = _Gathering(data, starts, ends, records)
    work.part(0, len(starts))
    work.keep_rows()
    return Gathered(joined(work.batches), work.skipped, work.bad)


class _Gathering:
    def __init__(self, data: bytes, starts: Offsets, ends: Offsets, records: Records):
        self.view, self.starts, self.ends, self.records = memoryview(data), starts, ends, records
        octets = np.frombuffer(data, np.uint8)
        self.braced = (octets[starts] == _BRACES[0]) & (octets[ends - 1] == _BRACES[1])
        self.batches: list[pa.RecordBatch] = []
        self.rows: list[Row] = []
        self.skipped = 0
        self.bad: list[tuple[int, str]] = []

    def part(self, low: int, high: int) -> None:
        if low == high or self.at_once(low, high):
            return
        if high - low <= _FEW:
            self.each(low, high)
            return
        step = -(-(high - low) // 8)
        for start in range(low, high, step):
            self.part(start, min(start + step, high))

    def at_once(self, low: int, high: int) -> bool:
        # A line that ends with } before one that starts with { ends a record, so as many records as lines
        # means one record per line: none is spread over two, none shares a line.
        if not self.braced[low:high].all():
            return False
        try:
            found = self.records.many(self.view[self.starts[low] : self.ends[high - 1]])
            if len(found.values[0]) + found.skipped != high - low:
                return False
            posts = batch(found.values)
        except _ODD:
            return False
        self.keep_rows()
        self.batches.append(posts)
        self.skipped += found.skipped
        return True

    def each(self, low: int, high: int) -> None:
        for number in range(low, high):
            record = bytes(self.view[self.starts[number] : self.ends[number]]).strip(_BLANK)
            record = record.removeprefix(_BOM)
            if not record:
                continue
            seen = _closely(record, self.records)
            self.rows += [post for post in seen if isinstance(post, Row)]
            self.bad += [(number, fault.reason) for fault in seen if isinstance(fault, Bad)]
            self.skipped += not seen

    def keep_rows(self) -> None:
        if self.rows:
            self.batches.append(batch_of_rows(self.rows))
            self.rows = []


def _closely(record: bytes, records: Records) -> Sequence[Row | Bad]:
    """One record alone: as typed if it can be, else value by value."""
    try:
        found = records.many(record)
        rows = [row(*values) for values in zip(*found.values, strict=True)]
        if len(rows) + found.skipped == 1 and not any(isinstance(post, Bad) for post in rows):
            return rows
    except _ODD:
        pass
    decoded = patiently(record)
    if isinstance(decoded, Bad):
        return [decoded]
    if not isinstance(decoded, dict):
        return [Bad("the record is not a JSON object")]
    return records.one(decoded)


def patiently(record: bytes) -> Any:
    """The JSON value of a record, or ``Bad``.

    Half an emoji (a lone surrogate) and NaN are not JSON, yet common programs write them: the post is read, with
    U+FFFD for the half.

    >>> patiently(b'{"text": "\\\\ud83d", "views": NaN}')
    {'text': '\ufffd', 'views': nan}
    >>> patiently(b'{"text": ')
    Bad(reason='not valid JSON: it ends too early')
    """
    try:
        return msgspec.json.decode(record)
    except UnicodeDecodeError:
        return Bad("not valid UTF-8")
    except RecursionError:
        return Bad("nested too deeply")
    except msgspec.DecodeError as fault:
        reason = f"not valid JSON: {_plainly(fault)}"
    try:
        return _mended(json.loads(record.decode()))
    except RecursionError:
        return Bad("nested too deeply")
    except UnicodeDecodeError:
        return Bad("not valid UTF-8")
    except ValueError:
        return Bad(reason)


def _plainly(fault: msgspec.DecodeError) -> str:
    return str(fault).removeprefix("JSON is malformed: ").replace("Input data was truncated", "it ends too early")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list) else value
