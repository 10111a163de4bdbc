"""Posts of X as its interface (version 2) gives them: plain, with their authors beside them, or a page per line."""

from collections.abc import Sequence
from typing import Any

import msgspec

from vigie.intake.readers.paths import Plan, dig, row_at
from vigie.intake.readers.records import Buffer, Found
from vigie.intake.readers.rows import Bad, Row

_POST = {
    "id": ["id"],
    "text": ["note_tweet.text", "text"],  # of a long post, `text` is only the beginning
    "account": ["author_id"],
    "created_at": ["created_at"],
    "declared_language": ["lang"],
    "views": ["public_metrics.impression_count"],
}
_FLAT = _POST | {"followers": ["author.public_metrics.followers_count"], "account_created_at": ["author.created_at"]}
_flat, _post = Plan(_FLAT), Plan(_POST)


class _Metrics(msgspec.Struct, gc=False, frozen=True):
    followers_count: int | None = None


class _User(msgspec.Struct, gc=False):
    id: str
    public_metrics: _Metrics = _Metrics()
    created_at: str | None = None


class _Includes(msgspec.Struct, gc=False, frozen=True):
    users: list[_User] = []


_NOBODY = _User("")
_Streamed = msgspec.defstruct("_Streamed", [("data", _post.struct), ("includes", _Includes, _Includes())], gc=False)
_lines, _streamed = msgspec.json.Decoder(_flat.struct), msgspec.json.Decoder(_Streamed)


class X:
    """Lines such as ``{"id": …, "text": …}``, ``{"data": {…}, "includes": {"users": […]}}``, ``{"data": [{…}, …]}``."""

    name = "x"

    def many(self, records: Buffer) -> Found:
        """Plain posts, else posts with their authors; pages are read one by one."""
        try:
            return Found(_flat.values(_lines.decode_lines(records)))
        except msgspec.ValidationError:
            return _with_authors(_streamed.decode_lines(records))

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The posts of one line. A line with neither post nor data (an empty page, a notice of the stream) has none."""
        if "data" not in record:
            return [] if "id" not in record and ("meta" in record or "errors" in record) else [row_at(record, _FLAT)]
        data, users = record["data"], dig(record, "includes.users")
        authors = {str(dig(user, "id")): user for user in reversed(users)} if isinstance(users, list) else {}
        return [_entry(entry, authors) for entry in (data if isinstance(data, list) else [data])]


def _entry(entry: Any, authors: dict[str, Any]) -> Row | Bad:
    if not isinstance(entry, dict):
        return Bad("an entry of data is not a JSON object")
    return row_at({**entry, "author": authors.get(str(entry.get("author_id")))}, _FLAT)


def _with_authors(lines: list[Any]) -> Found:
    values = _post.values([line.data for line in lines])
    authors = [_author(line.includes.users, account) for line, account in zip(lines, values[2], strict=True)]
    values[6] = [author.public_metrics.followers_count for author in authors]
    values[7] = [author.created_at for author in authors]
    return Found(values)


def _author(users: Sequence[_User], account: object) -> _User:
    return next((user for user in users if user.id == account), _NOBODY)
