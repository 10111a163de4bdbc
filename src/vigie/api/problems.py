"""What a refusal looks like to a program: RFC 9457, by who can mend it."""

from http import HTTPStatus

import msgspec
from django.http import HttpResponse

from vigie.api.answered import Problem
from vigie.errors import Incomplete, Malformed, Misconfigured, OutOfOrder, Unreachable, VigieError
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.keys import NoKey, TooMany

RETRY = 2  # seconds, where we do not know better


class NotJson(Malformed):
    """The body is no JSON; HTTP 400."""


class TooLarge(Malformed):
    """More than one request may hold; HTTP 413."""


class NoSuchMethod(Malformed):
    """The address exists, and does not do this; HTTP 405."""

    def __init__(self, allowed: list[str]):
        super().__init__(f"this address answers to {', '.join(allowed)}")
        self.allowed = allowed


#: class → status; the first that fits. Everything else that the caller can mend is 422.
_STATUS: tuple[tuple[type[VigieError], int], ...] = (
    (NoKey, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (NoSuchMethod, 405),
    (OutOfOrder, 409),
    (TooLarge, 413),
    (TooMany, 429),
    (NotJson, 400),
    (Unreachable, 503),
    (Misconfigured, 503),
    (VigieError, 422),
)


def status(error: VigieError) -> int:
    """The HTTP status of a refusal.

    >>> status(Unreachable("the disk")), status(NotFound("case"))
    (503, 404)
    """
    return next(code for kind, code in _STATUS if isinstance(error, kind))


def problem(error: VigieError) -> HttpResponse:
    """A refusal as an answer."""
    code = status(error)
    told, _, where = str(error).partition(" - at `")
    # What only the operator can mend names his files and disks: that is for his log.
    detail = "this instance cannot do that now: its operator must look" if isinstance(error, Misconfigured) else told
    body = Problem(
        title=HTTPStatus(code).phrase, status=code, detail=detail, error=type(error).__name__,
        where=where.rstrip("`"), gaps=error.gaps if isinstance(error, Incomplete) else [],
    )  # fmt: skip
    answer = HttpResponse(msgspec.json.encode(body), content_type="application/problem+json", status=code)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.wait)
    elif code == 503:
        answer.headers["Retry-After"] = str(RETRY)
    elif isinstance(error, NoKey):
        answer.headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, NoSuchMethod):
        answer.headers["Allow"] = ", ".join(error.allowed)
    return answer
