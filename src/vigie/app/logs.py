"""Logs as one JSON object a line on standard error: when, how grave, where from, what, and nothing that is secret or personal."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import msgspec

#: What a caller may add with ``extra=``: numbers and names of ours, never a text, an account or a token.
EXTRAS = ("case", "count", "seconds", "event", "status", "writer")


def trace(error: BaseException) -> list[str]:
    """Where a bug is, and of what kind; not its words: those of a database quote what it was given.

    >>> trace(ValueError("camille@example.org"))
    ['ValueError']
    """
    told: list[str] = []
    one: BaseException | None = error
    while one is not None:
        places = [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in traceback.extract_tb(one.__traceback__)]
        told += [type(one).__name__, *reversed(places)]
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return told


def _asked(record: logging.LogRecord) -> str | None:
    """A request by the pattern of its address: the address itself can hold a one-time link or a name."""
    request = getattr(record, "request", None)
    if request is None or not record.name.startswith("django."):
        return None
    match = getattr(request, "resolver_match", None)
    return (
        f"{getattr(record, 'status_code', '')} {request.method} {match.route if match else '(no such address)'}".strip()
    )


class Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON.

        >>> Lines().format(logging.LogRecord("vigie", logging.INFO, "", 0, "started", None, None)).partition("Z")[2]
        '","level":"info","from":"vigie","message":"started"}'
        """
        line: dict[str, object] = {
            "at": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
            "level": record.levelname.lower(),
            "from": record.name,
            "message": _asked(record) or record.getMessage(),
        }
        line |= {name: value for name in EXTRAS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = trace(record.exc_info[1])
        return msgspec.json.encode(line).decode()


def configure(_: object = None) -> None:
    """Everything of level INFO and above goes to standard error; Django's own requests only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("django").setLevel(logging.WARNING)
