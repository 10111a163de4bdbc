"""What happens around every page: its language, who must have a second factor, and what a refusal looks like."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from vigie.console import saying
from vigie.errors import Refused
from vigie.services.acts import NotAllowed, NotFound
from vigie.store.models import User
from vigie.store.people import Role

Respond = Callable[[HttpRequest], HttpResponse]
COOKIE = "vigie_language"


class Language:
    """The reader's language: as chosen on the page (remembered), else as the browser asks."""

    def __init__(self, respond: Respond):
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language."""
        chosen = request.COOKIES.get(COOKIE)
        language = chosen if chosen in dict(settings.LANGUAGES) else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self._respond(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class Refusals:
    """What the caller can mend is said on the page it came from, or on one of its own, with the right status."""

    def __init__(self, respond: Respond):
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; to whom a sign-in, a bookmark or a reload led to what only a form is sent to, with a page."""
        response = self._respond(request)
        if response.status_code == 405 and request.method == "GET" and not request.path.startswith("/api/"):
            said = _("Something was to be done here, and nothing was: it is done by a button, not by an address.")
            page = render(request, "console/refused.html", {"said": said, "status": 405}, status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal becomes a page; anything else is a bug and stays one."""
        if not isinstance(error, Refused) or request.path.startswith("/api/"):
            return None
        status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, NotAllowed) else 409
        said = saying.refusal(error, request.LANGUAGE_CODE)
        if request.headers.get("HX-Request"):  # a part of a page cannot say it: the page is read again, and does
            messages.error(request, said)
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        back = request.headers.get("Referer", "")
        if request.method == "POST" and status == 409 and url_has_allowed_host_and_scheme(back, {request.get_host()}):
            messages.error(request, said)
            return redirect(back)
        return render(
            request, "console/refused.html", {"said": said, "status": status} | _mender(request), status=status
        )


def _mender(request: HttpRequest) -> dict[str, list[str]]:
    """Who can give rights, for those who work here."""
    if not request.user.is_authenticated:
        return {}
    people = [user for user in User.objects.filter(is_active=True) if user.has(Role.ADMINISTRATOR)]
    return {"administrators": [user.shown_as for user in people]}


class SecondFactor:
    """Everyone who decides needs a second factor: until they have one, they see the page that sets it up and no other."""

    _FREE = ("/accounts/", "/static/", "/language/", "/terms", "/healthz", "/readyz", "/metrics", "/api/", "/start/")

    def __init__(self, respond: Respond):
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or send to the set-up."""
        user = cast(User, request.user)
        if settings.DEMO or not user.is_authenticated or request.path.startswith(self._FREE):
            return self._respond(request)
        from allauth.mfa.utils import is_mfa_enabled

        if user.decides and not is_mfa_enabled(user):
            return redirect("mfa_index")
        return self._respond(request)
