"""API keys: who of the platform's programs asks, for which stream, and what it may do. A key is shown once.

A key is 32 random bytes, kept as SHA-256. Slow hashes protect what people choose, because that can be guessed; of 2^256
nothing is guessed, and a slow hash would only make every request slow.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from vigie.errors import Refused
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.rates import Rates
from vigie.services.rights import require
from vigie.store.models import ApiKey, User
from vigie.store.people import Role

#: scope → what a key that has it may do
SCOPES = {
    "posts:write": "send posts, edits, deletions and views",
    "accounts:write": "send what is known of accounts",
    "decisions:read": "fetch decisions, endpoints and deliveries",
    "decisions:write": "confirm decisions, change endpoints, send messages again",
}
_PREFIX = "vigie_"  # so that scanners for leaked secrets know it
#: How long a process trusts what it read of a key: a revoked key ends everywhere within this time.
TRUSTED = timedelta(seconds=1)
_MOST_KNOWN = 1_000


class NoKey(NotAllowed):
    """Nobody's key: missing, unknown or revoked; HTTP 401."""


class TooMany(Refused):
    """More requests than the key's rate; HTTP 429. ``wait``: whole seconds until the next may come."""

    def __init__(self, message: str, wait: int):
        super().__init__(message)
        self.wait = wait


class Client(NamedTuple):
    """Whoever asks: the number of its key, its stream, what it may do, requests a minute."""

    key: int
    source: str
    scopes: frozenset[str]
    rate: int


class MadeKey(NamedTuple):
    """A new key, and the words that its program sends: they are shown now and never again."""

    key: ApiKey
    token: str


@transaction.atomic
def make(
    name: str, source: str, scopes: Iterable[str], *, at: datetime, by: User | None = None, rate: int = 60_000
) -> MadeKey:
    """A key for one stream; ``by`` None: from the command line of the machine. Raises: NotAllowed, Refused."""
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    wanted = sorted(set(scopes))
    if unknown := [one for one in wanted if one not in SCOPES] or ([] if wanted else ["(none)"]):
        raise Refused(f"there is no scope {unknown[0]}: choose from {', '.join(SCOPES)}")
    if not name.strip() or not source.strip() or len(name) > 100 or len(source) > 200:
        raise Refused("a key needs a name of at most 100 characters and a source of at most 200")
    if rate < 1:
        raise Refused("the rate is requests a minute: at least 1")
    token = _PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name.strip(), hash=_hashed(token), scopes=wanted, source=source.strip(), rate=rate, made_by=by, made_at=at
    )
    return MadeKey(key, token)


@transaction.atomic
def revoke(key_id: int, *, at: datetime, by: User | None = None) -> ApiKey:
    """End a key, within a second on every machine. Raises: NotAllowed, NotFound."""
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound(f"there is no API key {key_id}")
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
    return key


def client(token: str, at: datetime) -> Client:
    """Whose token this is, once it is within its rate. Raises: NoKey, TooMany."""
    found = _known.find(token, at)
    wait = _rates().take(found.key, found.rate, at.timestamp())
    if wait:
        raise TooMany(f"more than {found.rate} requests a minute: wait, or ask for a higher rate", math.ceil(wait))
    return found


def may(client: Client, scope: str) -> None:
    """Raises: NotAllowed unless the key has the scope."""
    if scope not in client.scopes:
        raise NotAllowed(f"this key may not {SCOPES[scope]}: make one with the scope {scope}")


@transaction.atomic
def note_use() -> int:
    """Write down when each key was last used on this machine, from the buckets; done now and then, never while one waits."""
    changed = []
    for key in ApiKey.objects.filter(revoked_at=None):
        last = _rates().last(key.pk)
        used = None if last is None else datetime.fromtimestamp(last, UTC)
        if used is not None and (key.last_used_at is None or used > key.last_used_at):
            key.last_used_at = used
            changed.append(key)
    ApiKey.objects.bulk_update(changed, ["last_used_at"])
    return len(changed)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _rates() -> Rates:
    return Rates(settings.DATA / "rates")


class _Known:
    """Keys that were looked up within the last second, for all threads of a process: by hash, never by token."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._clients: dict[str, tuple[datetime, Client]] = {}

    def find(self, token: str, at: datetime) -> Client:
        hashed = _hashed(token)
        with self._lock:
            read_at, found = self._clients.get(hashed, (None, None))
        if found is None or read_at is None or not timedelta(0) <= at - read_at < TRUSTED:
            found = _read(hashed)
            with self._lock:
                if len(self._clients) >= _MOST_KNOWN:
                    self._clients.clear()
                self._clients[hashed] = at, found
        return found


def _read(hashed: str) -> Client:
    key = ApiKey.objects.filter(hash=hashed, revoked_at=None).first()
    if key is None or not hmac.compare_digest(key.hash, hashed):
        raise NoKey("no such API key, or it was revoked: send Authorization: Bearer and a key (`vigie key make`)")
    return Client(key.pk, key.source, frozenset(key.scopes), key.rate)


_known = _Known()
