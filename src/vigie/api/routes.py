"""Every address of the API: what it does, takes and answers, and the scope it needs. Addresses and document come from here."""

from collections.abc import Callable
from typing import Any, NamedTuple

from vigie.api import acts, answered, asked
from vigie.api.acts import Call

ROOT = "/api/v1"


class Route(NamedTuple):
    """One method of one address. ``takes`` the body is, or ``query`` says what may follow the question mark.

    ``{post}`` in a path is a post's id, percent-encoded; ``{number}`` a number that we gave. ``raw``: the body is read by
    what handles it. ``optional``: no body says the same as an empty object.
    """

    method: str
    path: str
    summary: str
    scope: str
    handle: Callable[[Call], Any]
    gives: Any
    takes: Any = None
    query: Any = None
    status: int = 200
    raw: bool = False
    optional: bool = False

    def problems(self) -> tuple[int, ...]:
        """The refusals that may be answered."""
        body = (400, 413, 422) if self.takes is not None else ()
        query = (422,) if self.query is not None else ()
        path = (404, 422) if "{" in self.path else ()
        return tuple(sorted({401, 403, 429, 503, *body, *query, *path}))


_WRITE, _ACCOUNTS, _READ, _TELL = "posts:write", "accounts:write", "decisions:read", "decisions:write"

ROUTES = (
    Route(
        "POST", "/posts", "Send posts, get proposals; they are in the log when this is answered", _WRITE,
        acts.send_posts, answered.Results, takes=asked.Posts | asked.Post, raw=True,
    ),
    Route(
        "PATCH", "/posts/{post}", "Say what changed of a post: another text is judged again, views are counted", _WRITE,
        acts.change_post, answered.Changed, takes=asked.PostChange,
    ),
    Route(
        "DELETE", "/posts/{post}", "Say that a post is gone from the platform", _WRITE,
        acts.delete_post, answered.Changed,
    ),
    Route("POST", "/views", "Say how often posts were seen", _WRITE, acts.send_views, answered.Kept, takes=asked.Views),
    Route(
        "POST", "/accounts", "Say what is known of accounts", _ACCOUNTS,
        acts.send_accounts, answered.Count, takes=asked.Accounts,
    ),
    Route(
        "GET", "/decisions", "Fetch decisions that have left, in order", _READ,
        acts.list_decisions, answered.Decisions, query=asked.Since,
    ),
    Route(
        "POST", "/decisions/{number}/applied", "Confirm that a decision is in force", _TELL,
        acts.applied, answered.Confirmed, takes=asked.Confirmation, optional=True,
    ),
    Route(
        "POST", "/decisions/{number}/failed", "Say that a decision could not be carried out", _TELL,
        acts.failed, answered.Confirmed, takes=asked.Confirmation, optional=True,
    ),
    Route("GET", "/endpoints", "The addresses that are told of decisions", _READ, acts.list_endpoints, answered.Endpoints),
    Route(
        "POST", "/endpoints", "Have another address told; its secret is answered once", _TELL,
        acts.make_endpoint, answered.MadeEndpoint, takes=asked.NewEndpoint, status=201,
    ),
    Route(
        "DELETE", "/endpoints/{number}", "Have an address told nothing more", _TELL, acts.end_endpoint, answered.Count
    ),
    Route(
        "GET", "/deliveries", "Messages that no endpoint has heard", _READ,
        acts.list_deliveries, answered.Deliveries, query=asked.Since,
    ),
    Route(
        "POST", "/deliveries/{number}/again", "Send a message again, from its first attempt on", _TELL,
        acts.send_again, answered.Count,
    ),
)  # fmt: skip
