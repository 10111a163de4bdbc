"""Logs as one JSON object a line on standard error: when, how grave, where from, what, and nothing that is secret or personal."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

#: What a caller may add with ``extra=``: numbers and names of ours, never a text, an account or a token.
EXTRAS = ("case", "count", "seconds", "event", "status", "writer")


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
            "message": record.getMessage(),
        }
        line |= {name: value for name in EXTRAS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def configure(_: object = None) -> None:
    """Everything of level INFO and above goes to standard error; Django's own requests only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("django").setLevel(logging.WARNING)
