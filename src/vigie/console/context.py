"""What every page knows: who is signed in with which rights, and whether this is a demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, Any]:
    """Variables of every template."""
    return {"demo": settings.DEMO, "language": getattr(request, "LANGUAGE_CODE", "en")}
