"""Who comes into the workshop: policy leads change, those who must know read."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from vigie.services.rights import require
from vigie.services.workshop import READ
from vigie.store.models import User

View = Callable[..., HttpResponse]


def readers(view: View) -> View:
    """Refuses whoever has no right to read the workshop."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        require(user_of(request), *READ)
        return view(request, *args, **kwargs)

    return wrapped


def user_of(request: HttpRequest) -> User:
    """Who asks."""
    return cast(User, request.user)


def now() -> datetime:
    """The clock of the instance, UTC."""
    return datetime.now(UTC)


def data() -> Path:
    """The data directory."""
    return settings.DATA
