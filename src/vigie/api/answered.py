"""What the API answers, field by field. The OpenAPI document is made from these."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from vigie.records.evidence import Evidence


class Result(Struct, kw_only=True, omit_defaults=True, gc=False):
    """What is proposed for a post: nothing (only its ``id``), or a clause that it may break. Never a restriction: people decide.

    ``duplicate``: the same text of this post came before, and counts once. ``refused``: why the post cannot be read, with
    its ``index`` in the request.
    """

    id: str | UnsetType = UNSET
    duplicate: bool = False
    clause: Annotated[str, Meta(description="clause@version; absent: nothing is proposed")] | UnsetType = UNSET
    also: Annotated[list[str], Meta(description="further clauses, gravest first")] | UnsetType = UNSET
    route: Annotated[str, Meta(description="human, or machine where its precision is proven")] | UnsetType = UNSET
    restriction: str | UnsetType = UNSET
    language: Annotated[str, Meta(description="in which it was judged")] | UnsetType = UNSET
    scores: Annotated[Raw, Meta(extra_json_schema={"type": "object", "additionalProperties": {"type": "number"}})] | (
        UnsetType
    ) = UNSET
    evidence: (
        Annotated[
            Raw,
            Meta(extra_json_schema={"type": "array", "items": {"$ref": f"#/components/schemas/{Evidence.__name__}"}}),
        ]
        | UnsetType
    ) = UNSET
    index: int | UnsetType = UNSET
    refused: str | UnsetType = UNSET


class Results(Struct, kw_only=True):
    """One result for each post, in the order of the request; all of them are in the log when this is answered."""

    results: list[Result]
    flagged: int
    refused: int
    rulebook: str
    model: str


class Changed(Struct, kw_only=True, omit_defaults=True):
    """``known``: whether anything is kept here of the post, because somebody must look at it."""

    known: bool
    result: Result | UnsetType = UNSET


class Kept(Struct, kw_only=True):
    """Of how many posts something is kept here, and of how many not, because nobody must look at them yet.

    The views of the others are kept for seven days, should somebody have to.
    """

    known: int
    unknown: int


class Count(Struct, kw_only=True):
    """How many were kept."""

    kept: int


class About(Struct, kw_only=True):
    """A post that a decision is about."""

    source: str
    id: str | None


class Message(Struct, kw_only=True):
    """A decision as the platform hears of it, by webhook and here alike."""

    number: int
    decision: int
    event: Annotated[str, Meta(description="decided, or replaced where another decision stood before")]
    posts: list[About]
    breach: bool
    clause: str
    restriction: str | None
    scope: Annotated[list[str], Meta(description="countries, ISO 3166; empty: everywhere")]
    until: str | None
    strikes: int
    at: str
    reasons: Annotated[dict[str, str], Meta(description="what the person is told, by language")] | UnsetType = UNSET


class Decisions(Struct, kw_only=True):
    """Decisions in the order in which they left; ask again with ``after`` = ``last``."""

    decisions: list[Message]
    last: int


class Confirmed(Struct, kw_only=True):
    """What is on record now."""

    decision: int
    outcome: str
    at: datetime


class Endpoint(Struct, kw_only=True):
    """An address that is told of decisions."""

    id: int
    url: str
    made_at: datetime


class Endpoints(Struct, kw_only=True):
    """All addresses."""

    endpoints: list[Endpoint]


class MadeEndpoint(Struct, kw_only=True):
    """A new address, and the secret that signs what is sent there: it is shown now and never again."""

    id: int
    url: str
    made_at: datetime
    secret: str


class Delivery(Struct, kw_only=True):
    """A message that an endpoint has not heard: tried again at ``next_at``, or dead since ``dead_at``."""

    id: int
    endpoint: int
    number: int
    attempts: int
    next_at: datetime | None
    dead_at: datetime | None
    error: str


class Deliveries(Struct, kw_only=True):
    """Messages that have not been heard; ask again with ``after`` = ``last``."""

    deliveries: list[Delivery]
    last: int


class Problem(Struct, kw_only=True, omit_defaults=True):
    """Why it was not done, for programs and people. Source: RFC 9457. ``error`` is the class, by who can mend it."""

    title: str
    status: int
    detail: str
    error: str
    where: Annotated[str, Meta(description="place in the body, such as $.posts[3].id")] = ""
    gaps: Annotated[list[str], Meta(description="what is missing, each with its article")] = []
