"""Posts of Mastodon (statuses), from its interface or from its stream of events. Reblogs repeat a post: skipped."""

from collections.abc import Sequence
from typing import Any

import msgspec

from vigie.intake.readers.batches import Doubt
from vigie.intake.readers.markup import plain_text
from vigie.intake.readers.paths import dig, pick
from vigie.intake.readers.records import Buffer, Found, patiently
from vigie.intake.readers.rows import Bad, Row, row

_POSTED = "update", "status.update"


class _Account(msgspec.Struct, gc=False, frozen=True):
    id: str | int | None = None
    acct: str | None = None
    followers_count: int | None = None
    created_at: str | None = None


class _Anything(msgspec.Struct, gc=False):
    """An object whose fields do not matter."""


class _Status(msgspec.Struct, gc=False):
    id: str | int
    content: str
    spoiler_text: str | None = None
    account: _Account = _Account()
    created_at: str | None = None
    language: str | None = None
    reblog: _Anything | None = None


class _Event(msgspec.Struct, gc=False):
    event: str
    payload: str | None = None


_statuses, _events = msgspec.json.Decoder(_Status), msgspec.json.Decoder(_Event)


class Mastodon:
    """Statuses, or events ``{"event": "update", "payload": "{…}"}``."""

    name = "mastodon"

    def many(self, records: Buffer) -> Found:
        """Statuses, else events, typed."""
        try:
            return _found(_statuses.decode_lines(records))
        except msgspec.ValidationError:
            return _streamed(_events.decode_lines(records))

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The post of one status or event; deletions, notifications and reblogs are none."""
        if "event" in record:
            if record["event"] not in _POSTED:
                return []
            payload = record.get("payload")
            status = patiently(payload.encode("utf-8", "replace")) if isinstance(payload, str) else payload
        else:
            status = record
        if not isinstance(status, dict):
            return [Bad("the payload of the event is not a JSON object")]
        return [] if status.get("reblog") else [_row(status)]


def _row(status: dict[str, Any]) -> Row | Bad:
    content, warning = status.get("content"), status.get("spoiler_text")
    return row(
        status.get("id"),
        _words(content, warning if isinstance(warning, str) else None) if isinstance(content, str) else content,
        pick(status, ["account.id", "account.acct"]),
        status.get("created_at"),
        status.get("language"),
        None,
        dig(status, "account.followers_count"),
        dig(status, "account.created_at"),
    )


def _words(content: str, warning: str | None) -> str:
    text = plain_text(content)
    return f"{warning}\n{text}" if warning else text


def _streamed(events: Sequence[_Event]) -> Found:
    payloads = [event.payload or "" for event in events if event.event in _POSTED]
    # The same reasoning as for lines: a payload in braces holds at least one record, so equal numbers mean one each.
    if not all(payload.startswith("{") and payload.endswith("}") for payload in payloads):
        raise Doubt
    found = _found(_statuses.decode_lines("\n".join(payloads)))
    if len(found.values[0]) + found.skipped != len(payloads):
        raise Doubt
    return Found(found.values, found.skipped + len(events) - len(payloads))


def _found(statuses: Sequence[_Status]) -> Found:
    kept = [status for status in statuses if status.reblog is None]
    accounts = [status.account for status in kept]
    values: list[list[object]] = [
        [status.id for status in kept],
        [_words(status.content, status.spoiler_text) for status in kept],
        [account.acct if account.id is None else account.id for account in accounts],
        [status.created_at for status in kept],
        [status.language for status in kept],
        [None] * len(kept),  # Mastodon does not count views
        [account.followers_count for account in accounts],
        [account.created_at for account in accounts],
    ]
    return Found(values, len(statuses) - len(kept))
