"""A real browser for journeys: skipped, with the reason, where there is none; axe says what a reader with a machine would miss."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path(os.environ.get("VIGIE_CHROMIUM", "/usr/bin/chromium"))
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not there: set VIGIE_CHROMIUM")


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield chromium
        finally:
            chromium.close()


def faults(page: Any) -> list[str]:
    """What axe finds on the page, at desktop and phone width, light and dark: an empty list is what we want."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for one in Axe().run(page).response["violations"]:
                nodes = [node["html"][:120] for node in one["nodes"][:3]]
                found.append(f"{page.url} {size['width']} {scheme}: {one['id']}: {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{page.url} {size['width']}: the page is {wide} pixels too wide")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    return found
