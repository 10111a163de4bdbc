"""Posts of Bluesky: from Jetstream, its stream in JSON, or as its interface shows them; likes and such are skipped."""

from collections.abc import Sequence
from typing import Any

import msgspec

from vigie.intake.readers.batches import Doubt
from vigie.intake.readers.paths import dig, pick
from vigie.intake.readers.records import Buffer, Found
from vigie.intake.readers.rows import Bad, Row, row

POST = "app.bsky.feed.post"
_WRITTEN = "create", "update"


class _Record(msgspec.Struct, gc=False):
    text: str | None = None
    createdAt: str | None = None
    langs: list[str] | None = None


class _Commit(msgspec.Struct, gc=False):
    operation: str
    collection: str
    rkey: str
    record: _Record | None = None


class _Message(msgspec.Struct, gc=False):
    did: str
    kind: str
    time_us: int | None = None
    commit: _Commit | None = None


class _Author(msgspec.Struct, gc=False):
    did: str


class _View(msgspec.Struct, gc=False):
    uri: str
    author: _Author
    record: _Record
    indexedAt: str | None = None


_messages, _views = msgspec.json.Decoder(_Message), msgspec.json.Decoder(_View)


class Bluesky:
    """Jetstream messages, post views ``{"uri", "author", "record"}`` and listed records ``{"uri", "value"}``."""

    name = "bluesky"

    def many(self, records: Buffer) -> Found:
        """Messages, else post views, typed."""
        try:
            return _from_messages(_messages.decode_lines(records))
        except msgspec.ValidationError:
            return _from_views(_views.decode_lines(records))

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The post of one message or view; likes, follows, deletions and changes of identity are none."""
        if "kind" in record and "did" in record:
            commit = record.get("commit")
            return [_message(record, commit)] if isinstance(commit, dict) and _is_post(record, commit) else []
        return _viewed(record)


def _is_post(message: dict[str, Any], commit: dict[str, Any]) -> bool:
    return (message["kind"], commit.get("collection")) == ("commit", POST) and commit.get("operation") in _WRITTEN


def _message(message: dict[str, Any], commit: dict[str, Any]) -> Row | Bad:
    did, rkey = message["did"], commit.get("rkey")
    if not isinstance(did, str) or not isinstance(rkey, str):
        return Bad("no id: did or commit.rkey is missing")
    return _row(_uri(did, rkey), did, commit.get("record"), message.get("time_us"))


def _viewed(view: dict[str, Any]) -> Sequence[Row | Bad]:
    uri = view.get("uri")
    if not isinstance(uri, str) or not uri.startswith("at://"):
        return [Bad("no id: the record has no at:// uri")]
    if not _of_post(uri):
        return []
    account = pick(view, ["author.did"], str) or uri.split("/")[2]
    return [_row(uri, account, view.get("record") or view.get("value"), view.get("indexedAt"))]


def _row(uri: str, account: object, record: object, seen_at: object) -> Row | Bad:
    langs = dig(record, "langs")
    language = langs[0] if isinstance(langs, list) and langs else None
    created_at = dig(record, "createdAt")
    return row(uri, dig(record, "text"), account, seen_at if created_at is None else created_at, language)


def _uri(did: str, rkey: str) -> str:
    return f"at://{did}/{POST}/{rkey}"


def _of_post(uri: str) -> bool:
    return uri.split("/", 4)[3:4] == [POST]


def _from_messages(messages: Sequence[_Message]) -> Found:
    posts = [
        (message.did, commit.rkey, commit.record or _Record(), message.time_us)
        for message in messages
        if (commit := message.commit) is not None
        and commit.collection == POST
        and message.kind == "commit"
        and commit.operation in _WRITTEN
    ]
    ids = [_uri(did, rkey) for did, rkey, _, _ in posts]
    accounts = [did for did, _, _, _ in posts]
    return _found(ids, accounts, [post[2] for post in posts], [post[3] for post in posts], len(messages))


def _from_views(views: Sequence[_View]) -> Found:
    if not all(view.uri.startswith("at://") for view in views):
        raise Doubt
    posts = [view for view in views if _of_post(view.uri)]
    ids, accounts = [post.uri for post in posts], [post.author.did for post in posts]
    return _found(ids, accounts, [post.record for post in posts], [post.indexedAt for post in posts], len(views))


def _found(ids: list[str], accounts: list[str], records: list[_Record], seen_at: Sequence[object], total: int) -> Found:
    none: list[object] = [None] * len(ids)
    values: list[Sequence[object]] = [
        ids,
        [record.text for record in records],
        accounts,
        [at if record.createdAt is None else record.createdAt for record, at in zip(records, seen_at, strict=True)],
        [record.langs[0] if record.langs else None for record in records],
        *(none, none, none),
    ]
    return Found(values, total - len(ids))
