"""Signing in: nobody registers by themselves, and signing in leads to the console."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How accounts work here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by an administrator."""
        return False
