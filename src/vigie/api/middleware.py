"""Programs are answered before anything is done that only people need."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

Respond = Callable[[HttpRequest], HttpResponse]


class Programs:
    """What is asked of the API goes straight to its address: no session, language, form token or policy for pages."""

    def __init__(self, respond: Respond):
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if not request.path_info.startswith("/api/"):
            return self._respond(request)
        request.get_host()  # refuses a name that is not ours
        view, arguments, named = resolve(request.path_info)
        answer: HttpResponse = view(request, *arguments, **named)
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer
