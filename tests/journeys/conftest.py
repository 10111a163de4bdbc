"""What journeys need: a browser whose console stays silent, and Django that lets Playwright's loop be."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.browser import DESKTOP, browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all journeys."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browser() as one:
        yield one


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """A new visitor's page in a language; what the browser complains of (scripts, CSP) fails the journey."""
    contexts, complaints = [], []

    def begin(language: str, **options: Any) -> Any:
        context = chromium.new_context(locale=language, viewport=DESKTOP, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(10_000)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert [said for said in complaints if "422" not in said] == []  # a form that comes back is no fault
