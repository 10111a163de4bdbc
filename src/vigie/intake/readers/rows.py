"""One post as every reader hands it on, and the little that makes a record unreadable: no identifier, or no text."""

import math
from typing import NamedTuple

LONGEST_TEXT = 1_000_000  # characters
LONGEST_NAME = 2_000  # bytes of an identifier or account: the log keeps them, so they stay small
LONGEST_LANGUAGE = 64  # bytes
_LARGEST = 2**63 - 1


class Row(NamedTuple):
    """One post, in the order of the columns of ``POSTS``; times as the source wrote them."""

    id: str
    text: str
    account: str | None = None
    created_at: str | int | float | None = None
    declared_language: str | None = None
    views: int | None = None
    followers: int | None = None
    account_created_at: str | int | float | None = None


class Bad(NamedTuple):
    """Why a record is not a post, in plain words that quote nothing of it."""

    reason: str


def row(  # noqa: PLR0913, PLR0917 -- one argument per column
    id: object,
    text: object,
    account: object = None,
    created_at: object = None,
    declared_language: object = None,
    views: object = None,
    followers: object = None,
    account_created_at: object = None,
) -> Row | Bad:
    """A post from whatever its record held: an odd value becomes null, save an odd identifier or text.

    >>> row(12, "bonjour", views="7", account={})
    Row(id='12', text='bonjour', account=None, created_at=None, declared_language=None, views=7, followers=None, \
account_created_at=None)
    >>> row("", "bonjour")
    Bad(reason='the id is empty')
    """
    identifier = name(id, LONGEST_NAME)
    if identifier is None:
        return Bad(_why_no_identifier(id))
    if not isinstance(text, str):
        return Bad("no text" if text is None else "the text is not a string")
    if len(text) > LONGEST_TEXT:
        return Bad(f"the text is longer than {LONGEST_TEXT:,} characters")
    return Row(
        identifier,
        text,
        name(account, LONGEST_NAME),
        moment(created_at),
        name(declared_language, LONGEST_LANGUAGE),
        count(views),
        count(followers),
        moment(account_created_at),
    )


def name(value: object, longest: int) -> str | None:
    """An identifier, account or language tag of 1 to ``longest`` bytes. Databases refuse NUL, so it has none."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST**2:
        return str(value)  # Python refuses to print enormous numbers
    usable = isinstance(value, str) and value and "\0" not in value and len(value.encode()) <= longest
    return str(value) if usable else None


def moment(value: object) -> str | int | float | None:
    """A time as it was written; ``instants`` reads it later, a column at a time."""
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def count(value: object) -> int | None:
    """A number of views or followers, also when it was written as a string or a float.

    >>> count("1024"), count(3.0), count(-1), count("many")
    (1024, 3, None, None)
    """
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None


def _why_no_identifier(value: object) -> str:
    if value is None:
        return "no id"
    if value == "":
        return "the id is empty"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return "the id is neither a string nor a whole number"
    if isinstance(value, str) and "\0" in value:
        return "the id holds a NUL character"
    return f"the id is longer than {LONGEST_NAME:,} bytes"
