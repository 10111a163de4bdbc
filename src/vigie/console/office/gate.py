"""Who enters a room of the office, and who may change something there; everyone else is refused, and so is whoever is invited."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from vigie.services.rights import require
from vigie.store.models import User
from vigie.store.people import Role

View = Callable[..., HttpResponse]


def room(*change: str, read: tuple[str, ...] = ()) -> Callable[[View], View]:
    """A page that those who may change something, those who may ``read``, and auditors see; only the first may send forms.

    Without ``change`` nothing can be sent. Nothing of it is kept by a cache.
    """

    def within(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *rest: Any, **named: Any) -> HttpResponse:
            reads = (*dict.fromkeys((*change, *read, Role.AUDITOR)),)
            require(person(request), *(reads if request.method in ("GET", "HEAD") else change))
            return view(request, *rest, **named)

        methods = ["GET", "HEAD", "POST"] if change else ["GET", "HEAD"]
        return never_cache(login_required(require_http_methods(methods)(guarded)))

    return within


def deed(*change: str) -> Callable[[View], View]:
    """An address that only takes forms, of those who may."""

    def within(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *rest: Any, **named: Any) -> HttpResponse:
            require(person(request), *change)
            return view(request, *rest, **named)

        return never_cache(login_required(require_http_methods(["POST"])(guarded)))

    return within


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    return cast(User, request.user)


def may(request: HttpRequest, *roles: str) -> bool:
    """Is a form shown to this person? It is asked again when the form is sent."""
    user = person(request)
    return user.has(*roles) and not user.has(Role.INVITED)


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)
