"""The one database of the instance: SQLite in the data directory, or PostgreSQL by one setting."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from vigie.errors import Misconfigured

_SQLITE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-64000;"


def database(url: str | None, data: Path) -> dict[str, Any]:
    """What Django needs to know of the database. ``url``: ``postgresql://user:password@host:port/name``; None: SQLite.

    SQLite takes the write lock when a transaction begins: a transaction that read first and wants to write then would
    find that another has written meanwhile, and fail.

    >>> database("postgresql://vigie:p%40ss@db/vigie", Path("x"))["PASSWORD"]
    'p@ss'
    >>> database(None, Path("/srv/vigie"))["NAME"]
    '/srv/vigie/vigie.db'

    Raises: Misconfigured for another kind of address.
    """
    if not url:
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data / "vigie.db"), "OPTIONS": options}
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise Misconfigured(
            "VIGIE_DATABASE: give postgresql://user:password@host:port/name, or leave it out for SQLite"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or dict(parse_qsl(parts.query)).get("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
