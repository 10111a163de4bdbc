"""The doors: where one arrives, the language switch, and the one-time link that sets an account up."""

from datetime import UTC, datetime

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from vigie.console.context import places
from vigie.console.middleware import COOKIE
from vigie.services import people


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Those who work here to the first place that is theirs, everyone else to signing in."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect(next((place.url for place in places(request)), "mfa_index"))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language for a year and go back."""
    back = request.POST.get("back", "/")
    safe = back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/"
    response = redirect(safe)
    response.set_cookie(
        COOKIE, request.POST.get("language", "en")[:2], max_age=31_536_000, samesite="Lax", httponly=True
    )
    return response


@require_GET
def start(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link: signs in once, then a password and a second factor are set."""
    user = people.use_link(secret, datetime.now(UTC))
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("account_set_password" if not user.has_usable_password() else "home")


def goodbye(request: HttpRequest) -> HttpResponse:
    """Whoever was invited for one case has judged it: thanks, and the door closes."""
    logout(request)
    return render(request, "office/goodbye.html")
