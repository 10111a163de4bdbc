"""What the platform's programs may send, field by field. Unknown fields are ignored, so that a platform may send its own objects.

Types are strict: a number in quotes is refused, with the place where it stands. The OpenAPI document is made from these.
"""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

MOST = 10_000  # posts, views or accounts in one request
_LARGEST = 2**63 - 1
_MANY = Meta(extra_json_schema={"maxItems": MOST})
_PLAIN = r"^[^\x00]*$"  # databases refuse NUL

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Number = Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)]
Key = Annotated[str, Meta(min_length=1, max_length=200)] | Number
Count = Annotated[int, Meta(ge=0, le=_LARGEST)]
Time = Annotated[
    Annotated[str, Meta(max_length=64)] | int | float,
    Meta(description="ISO 8601, or seconds or milliseconds since 1970; UTC where no zone is given"),
]
Instant = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(max_length=1_000_000)]
Language = Annotated[str, Meta(max_length=64, description="BCP 47, as the platform knows it")]


class Said(Struct, kw_only=True, omit_defaults=True):
    """A post of the thread in which the post stands, for whoever must judge it."""

    text: Annotated[str, Meta(max_length=10_000)]
    account: Annotated[str, Meta(max_length=200)] | None = None
    at: Annotated[str, Meta(max_length=64)] | None = None


class Context(Struct, kw_only=True, omit_defaults=True):
    """What surrounds a post. It is kept for flagged posts only, and shown beside them. Media are linked to, not fetched."""

    thread: Annotated[list[Said], Meta(max_length=50, description="what was said before, oldest first")] = []
    url: Annotated[str, Meta(max_length=2_000)] | None = None
    media: Annotated[list[Annotated[str, Meta(max_length=2_000)]], Meta(max_length=50)] = []


class Post(Struct, kw_only=True, gc=False):
    """A post as it is now. What is not known is left out, or null."""

    id: Key
    text: Text
    account: Annotated[str, Meta(max_length=200)] | Number | None = None
    created_at: Time | None = None
    language: Language | None = None
    views: Count | None = None
    followers: Annotated[Count, Meta(description="of the account")] | None = None
    account_created_at: Time | None = None
    context: Context | None = None


class Posts(Struct, kw_only=True):
    """Many posts. One that cannot be read is answered as refused; the others are judged."""

    posts: Annotated[list[Post], _MANY]


class PostChange(Struct, kw_only=True):
    """What is new of a post: another text is judged again, views are counted."""

    text: Text | UnsetType = UNSET
    account: Annotated[str, Meta(max_length=200)] | Number | None = None
    created_at: Time | None = None
    language: Language | None = None
    views: Count | None = None
    followers: Count | None = None
    account_created_at: Time | None = None
    context: Context | None = None


class View(Struct, kw_only=True):
    """How often a post had been seen at an instant."""

    id: Name | Number
    views: Count
    at: Instant


class Views(Struct, kw_only=True):
    """Views of many posts."""

    views: Annotated[list[View], _MANY]


class Account(Struct, kw_only=True):
    """What is known of an account. What is left out stays as it was."""

    id: Name | Number
    language: Annotated[str, Meta(max_length=8, pattern=_PLAIN, description="ISO 639-1")] | UnsetType = UNSET
    country: Annotated[str, Meta(pattern="^([A-Z]{2})?$", description="ISO 3166")] | UnsetType = UNSET
    followers: Count | UnsetType | None = UNSET
    age_band: Annotated[str, Meta(max_length=16, pattern=_PLAIN, description='such as "13-15"')] | UnsetType = UNSET
    contact: (
        Annotated[str, Meta(max_length=500, pattern=_PLAIN, description="opaque: the platform delivers")] | UnsetType
    ) = UNSET
    created_at: Instant | UnsetType | None = UNSET


class Accounts(Struct, kw_only=True):
    """Many accounts."""

    accounts: Annotated[list[Account], _MANY]


class Confirmation(Struct, kw_only=True):
    """What became of a decision; of one of its posts, or of all."""

    post: Name | None = None
    detail: Annotated[str, Meta(max_length=2_000, pattern=_PLAIN)] = ""


class NewEndpoint(Struct, kw_only=True):
    """Where to send decisions."""

    url: Annotated[str, Meta(min_length=1, max_length=500)]


class Since(Struct, kw_only=True):
    """The part of a list that comes next."""

    after: Annotated[Count, Meta(description="the last number that you have")] = 0
    limit: Annotated[int, Meta(ge=1, le=1_000, description="how many at most")] = 100
