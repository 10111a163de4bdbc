"""From a body to posts in columns: all at once while they are in order, and one by one around one that is not."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError

from vigie.api.asked import MOST, Post
from vigie.api.problems import NotJson, TooLarge
from vigie.engine.door import ASKED
from vigie.errors import Malformed
from vigie.intake.readers.batches import Doubt, batch, batch_of_rows
from vigie.intake.readers.records import patiently
from vigie.intake.readers.rows import Bad, Row, row

_TIMES = ("created_at", "account_created_at")


class Read(NamedTuple):
    """Posts (schema ``ASKED``), and of those that are none the index in the request and the reason. ``single``: one was sent."""

    posts: pa.RecordBatch
    refused: Mapping[int, str]
    single: bool


class _Many(Struct):
    posts: list[Post] | UnsetType = UNSET


class _Each(Struct):
    posts: list[Raw] | UnsetType = UNSET


_MANY, _RAW, _ONE = (msgspec.json.Decoder(kind) for kind in (_Many, _Each, Post))
_FIELDS = ("id", "text", "account", "created_at", "language", "views", "followers", "account_created_at")
_GET = [attrgetter(name) for name in _FIELDS]


def read(body: bytes) -> Read:
    """The posts of a request: one object, or ``{"posts": […]}``.

    >>> found = read(b'{"posts": [{"id": "1", "text": "bonjour"}, {"id": 2}]}')
    >>> found.posts.column("id").to_pylist(), found.refused
    (['1'], {1: 'Object missing required field `text`'})

    Raises: NotJson, TooLarge, Malformed.
    """
    try:
        return _read(body)
    except NotJson:
        mended = patiently(body)  # half an emoji spoils no batch
        if isinstance(mended, Bad):
            raise
        return _read(msgspec.json.encode(mended))


def _read(body: bytes) -> Read:
    try:
        found = decoded(_MANY, body).posts
    except NotJson:
        raise
    except Malformed:
        return _each(body)
    if found is UNSET:
        return _columns([decoded(_ONE, body)], single=True)
    assert not isinstance(found, UnsetType)
    _few(len(found))
    return _columns(found)


def decoded(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    """The value of a body. Raises: NotJson, Malformed, with the place."""
    try:
        return decoder.decode(body)
    except ValidationError as error:
        raise Malformed(str(error)) from None
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(f"the body is not JSON: {error}") from None


def _few(count: int) -> None:
    if count > MOST:
        raise TooLarge(f"{count:,} posts: send at most {MOST:,} at once")


def _each(body: bytes) -> Read:
    """Post by post: what one says never changes how another is read."""
    found = decoded(_RAW, body).posts
    if found is UNSET:
        return _columns([decoded(_ONE, body)], single=True)
    _few(len(found))
    posts: list[Post] = []
    refused: dict[int, str] = {}
    at: list[int] = []
    for index, raw in enumerate(found):
        try:
            posts.append(decoded(_ONE, bytes(raw)))
            at.append(index)
        except Malformed as error:
            refused[index] = str(error)
    good = _columns(posts)
    return good._replace(refused=refused | {at[n]: why for n, why in good.refused.items()})


def _columns(posts: Sequence[Post], *, single: bool = False) -> Read:
    values = [list(map(get, posts)) for get in _GET]
    try:
        columns, bad = batch(values), dict[int, str]()
    except Doubt:
        rows = [row(*each) for each in zip(*values, strict=True)]
        bad = {n: one.reason for n, one in enumerate(rows) if isinstance(one, Bad)}
        columns = batch_of_rows([one if isinstance(one, Row) else Row("-", "") for one in rows])
    for name in _TIMES:
        sent = values[_FIELDS.index(name)]
        if columns.column(name).null_count > sent.count(None):
            read = columns.column(name).is_valid().to_pylist()
            unread = (n for n, value in enumerate(sent) if value is not None and not read[n])
            bad |= {n: f"{name} is no time between 1970 and 2200" for n in unread if n not in bad}
    columns = columns.append_column(ASKED.field("context"), _contexts(posts))
    if bad:
        columns = columns.filter(pa.array([n not in bad for n in range(len(posts))]))
    return Read(columns, bad, single)


def _contexts(posts: Sequence[Post]) -> pa.Array:
    sent = [post.context for post in posts]
    if sent.count(None) == len(sent):
        return pa.nulls(len(sent), pa.string())
    return pa.array([None if one is None else msgspec.json.encode(one).decode() for one in sent], pa.string())


def flagged(record: pa.RecordBatch) -> list[bool]:
    """Of which posts a clause is proposed."""
    found: list[bool] = pc.is_valid(record.column("clause")).to_pylist()
    return found
