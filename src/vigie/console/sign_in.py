"""Signing in: nobody registers by themselves; whoever has set a password goes on to the second factor, then to work."""

from datetime import UTC, datetime, timedelta
from typing import cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse

from vigie.store.models import User

#: So long after the first second factor its recovery codes can be read without the password.
FIRST_STEPS = timedelta(minutes=5)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How accounts work here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by an administrator."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """A new password leads to the second factor where one is still due, else to work."""
        return reverse("mfa_activate_totp" if _due(cast(User, request.user)) else "home")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Changing a second factor takes the password again; not the first one, nor reading its recovery codes."""
        user = self.request.user
        return not (app == "allauth.mfa" and user.is_authenticated and (_due(user) or _new(user)))


def _due(user: User) -> bool:
    return user.decides and not is_mfa_enabled(user)


def _new(user: User) -> bool:
    """Was the first second factor set up only just now?"""
    oldest = Authenticator.objects.filter(user=user).order_by("created_at").first()
    return oldest is not None and oldest.created_at > datetime.now(UTC) - FIRST_STEPS
