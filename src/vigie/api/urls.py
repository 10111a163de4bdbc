"""The addresses of the API, from the table of routes."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_GET

from vigie.api.door import address, nowhere
from vigie.api.openapi import document
from vigie.api.routes import ROUTES, Route


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The document that describes this API; it needs no key."""
    return HttpResponse(document(), content_type="application/json")


#: An id may hold slashes and line breaks: a server gives the path decoded, so %2F is one.
_PARTS = {"{post}": r"(?P<post>[\s\S]+)", "{number}": r"(?P<number>[0-9]{1,19})"}


def _patterns() -> list[URLPattern]:
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    return [re_path(f"^v1{_expression(where)}\\Z", address(routes)) for where, routes in by_path.items()]


def _expression(where: str) -> str:
    for name, part in _PARTS.items():
        where = where.replace(name, part)
    return where


urlpatterns = [path("v1/openapi.json", openapi), *_patterns(), re_path(r"^[\s\S]*\Z", nowhere)]
