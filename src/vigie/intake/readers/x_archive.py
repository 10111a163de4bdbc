"""Posts as a person downloads them from X (``tweets.js``), and the older interface (version 1.1) of the same shape."""

from collections.abc import Sequence
from typing import Any

import msgspec

from vigie.intake.readers.paths import Plan, row_at
from vigie.intake.readers.records import Buffer, Found
from vigie.intake.readers.rows import Bad, Row

_PATHS = {
    "id": ["tweet.id_str", "id_str", "tweet.id", "id"],
    "text": ["tweet.full_text", "extended_tweet.full_text", "full_text", "tweet.text", "text"],
    "account": ["user.id_str", "user.id"],  # an archive is of one account and does not repeat it
    "created_at": ["tweet.created_at", "created_at"],
    "declared_language": ["tweet.lang", "lang"],
    "followers": ["user.followers_count"],
    "account_created_at": ["user.created_at"],
}
_plan = Plan(_PATHS)
_lines = msgspec.json.Decoder(_plan.struct)


class XArchive:
    """Elements such as ``{"tweet": {"id_str": …, "full_text": …}}``."""

    name = "x-archive"

    def many(self, records: Buffer) -> Found:
        """Posts, typed."""
        return Found(_plan.values(_lines.decode_lines(records)))

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The post of one element; the ``delete`` and ``limit`` notices of the older stream are none."""
        notice = len(record) == 1 and record.keys() <= {"delete", "limit"}
        return [] if notice else [row_at(record, _PATHS)]
