"""Why a post was flagged, in spans of the text that its author wrote."""

import msgspec


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One reason, shown to a moderator beside the post.

    ``start`` and ``end`` count characters (Unicode code points) of the original text; ``words`` is
    that part of it; ``why`` says in a few words what a moderator should check; ``weight`` in [0, 1]
    orders the reasons of one post.
    """

    signal: str
    detector: str
    start: int
    end: int
    words: str
    why: str
    weight: float
