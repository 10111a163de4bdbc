"""Who is signed in, with a second factor where one is due."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client

from vigie.store.models import User


@pytest.fixture(autouse=True)
def no_counts_of_before() -> None:
    """Counts and rate limits of another test are forgotten."""
    cache.clear()


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A client in which a person is signed in, as fully as the person needs to be."""

    def enter(user: User | None, **options: bool) -> Client:
        client = Client(**options)
        if user is not None:
            if user.decides:
                TOTP.activate(user, generate_totp_secret())
            client.force_login(user)
        return client

    return enter
