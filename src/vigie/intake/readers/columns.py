"""Which field of a file of unknown make feeds which column: sensible names, and the operator's own."""

import msgspec

from vigie.errors import Refused
from vigie.intake.readers.paths import Paths

#: What the operator writes → the column of ``POSTS``.
_FIELDS = {
    "id": "id",
    "text": "text",
    "account": "account",
    "created_at": "created_at",
    "language": "declared_language",
    "views": "views",
    "followers": "followers",
    "account_created_at": "account_created_at",
}


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """For each column the names under which a file may hold it, tried in turn; a dot leads into a nested object."""

    id: tuple[str, ...] = ("id", "post_id", "_id", "uri")
    text: tuple[str, ...] = ("text", "body", "content", "message")
    account: tuple[str, ...] = (
        *("author_id", "account", "user", "author", "username"),
        *("user.id", "author.id", "account.id"),
    )
    created_at: tuple[str, ...] = ("created_at", "timestamp", "date", "time", "created_utc")
    language: tuple[str, ...] = ("lang", "language")
    views: tuple[str, ...] = ("views", "impression_count", "view_count")
    followers: tuple[str, ...] = ("followers", "followers_count")
    account_created_at: tuple[str, ...] = ("account_created_at", "author_created_at", "user_created_at")

    def paths(self) -> Paths:
        """The same by column of ``POSTS``."""
        return {column: getattr(self, field) for field, column in _FIELDS.items()}


def parse_map(words: str) -> Columns:
    """Columns from ``--map``: ``id=ID,text=body``; ``views=seen|shown`` tries two names. Raises ``Refused``.

    >>> parse_map("id=ID, text=post.body").text
    ('post.body',)
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for pair in words.split(","):
        field, equals, names = (part.strip() for part in pair.partition("="))
        ways = tuple(name.strip() for name in names.split("|"))
        if field not in _FIELDS or not equals or not all(all(way.split(".")) for way in ways):
            raise Refused(f"--map does not understand {pair.strip()!r}: write pairs such as id=ID,text=body. {_VALID}")
        if field in chosen:
            raise Refused(f"--map names {field!r} twice: write it once, with | between the names to try.")
        chosen[field] = ways
    return Columns(**chosen)


_VALID = f"The fields are {', '.join(_FIELDS)}."
