"""How a public page is answered: in the reader's language, cacheable, without a cookie."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

#: Seconds for which a cache may answer without asking.
FRESH = 300

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """A page that anybody may read. ``?lang=`` decides the language, else what the reader chose before, else their browser."""
    answered: View = conditional_page(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = request.GET.get("lang")
        language = asked if asked in dict(settings.LANGUAGES) else request.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = answered(request, *args, **kwargs)
        response.headers["Content-Language"] = language
        patch_cache_control(response, public=True, max_age=FRESH)
        return response

    found: View = require_safe(wrapped)
    return found
