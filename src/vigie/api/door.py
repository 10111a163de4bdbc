"""Around every address: whose key, which scope, what was asked; and a refusal as a problem that a program can read."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from vigie.api.acts import Call
from vigie.api.problems import NoSuchMethod, NotJson, TooLarge, problem
from vigie.api.reading import decoded
from vigie.api.routes import Route
from vigie.errors import Malformed, Unreachable, VigieError
from vigie.services import keys
from vigie.services.acts import NotFound
from vigie.services.keys import NoKey

Clock = Callable[[], datetime]
_LONGEST_ID = 200


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


def address(routes: Mapping[str, Route], clock: Clock = now) -> Callable[..., HttpResponse]:
    """What answers at one address: a route for each method."""
    decoders = {method: msgspec.json.Decoder(one.takes) for method, one in routes.items() if one.takes and not one.raw}

    def answer(request: HttpRequest, post: str = "", number: str = "0") -> HttpResponse:
        method = str(request.method)
        try:
            client = keys.client(_token(request), clock())
            route = routes.get(method)
            if route is None:
                raise NoSuchMethod(sorted(routes))
            keys.may(client, route.scope)
            _sensible(post, int(number))
            call = Call(client, clock(), post, int(number), _asked(request, route, decoders.get(method)))
            return HttpResponse(
                msgspec.json.encode(route.handle(call)), content_type="application/json", status=route.status
            )
        except VigieError as error:
            return problem(error)
        except OperationalError:
            return problem(Unreachable("the database does not answer: try again in a few seconds"))

    return csrf_exempt(answer)


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Any address that does not exist."""
    return problem(NotFound("there is no such address: see /api/v1/openapi.json"))


def _token(request: HttpRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NoKey("send Authorization: Bearer and a key (`vigie key make`)")
    return token.strip()


def _sensible(post: str, number: int) -> None:
    if len(post) > _LONGEST_ID or "\0" in post:
        raise Malformed(f"an id has at most {_LONGEST_ID} characters, and no NUL")
    if number >= 2**63:
        raise NotFound(f"there is no {number}")


def _asked(request: HttpRequest, route: Route, decoder: "msgspec.json.Decoder[Any] | None") -> Any:
    if route.query is not None:
        try:
            return msgspec.convert(request.GET.dict(), type=route.query, strict=False)
        except msgspec.ValidationError as error:
            raise Malformed(str(error)) from None
    if route.takes is None:
        return None
    body = _body(request)
    if decoder is None:
        return body
    return decoded(decoder, b"{}" if route.optional and not body else body)


def _body(request: HttpRequest) -> bytes:
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise TooLarge(f"the body is longer than {most >> 20} MiB: send fewer posts at once")
    try:
        return request.body
    except UnreadablePostError:
        raise NotJson("the body did not arrive whole") from None
