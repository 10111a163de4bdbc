"""How a message reaches the platform: one POST, no redirect, no address inside our own network unless the operator says so.

A thread of the background process does it, so that an endpoint that hangs holds up no case, no clock and no hold.
"""

import ipaddress
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

log = logging.getLogger("vigie.sending")

_SECONDS = 10.0
_PAUSE = 0.5  # seconds between rounds
_ROUND = 30.0  # seconds that one may take: messages are signed with the time at which it began
_MAIL_EVERY = 300.0  # seconds between looks at what must be mailed; also after a mail that did not leave


class Sending:
    """The messages that leave, sent beside everything else: ``keep`` sees that it goes on, ``end`` ends it."""

    def __init__(self, send: "Callable[[str, bytes, dict[str, str]], int | str]", clock: Callable[[], datetime]):
        self._send, self._clock = send, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._next_mail = 0.0

    def keep(self) -> None:
        """Begin the thread if it is not there."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self._thread is not None:
            log.error("sending has ended and is begun again")
        self._thread = threading.Thread(target=self._rounds, name="sending", daemon=True)
        self._thread.start()

    def end(self, within: float = _SECONDS) -> None:
        """The message in hand is the last. One that takes longer than ``within`` seconds is sent again at the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(within)

    def _rounds(self) -> None:
        from django.db import close_old_connections, connection

        from vigie.services import outbox

        while not self._stop.is_set():
            wanted = partial(self._wanted, time.monotonic() + _ROUND)
            try:
                outbox.deliver(self._send, self._clock(), wanted=wanted)
                self._mail(time.monotonic())
            except Exception:  # a bug or the database: the next round tries again
                log.exception("sending failed and is tried again")
                close_old_connections()
            self._stop.wait(_PAUSE)
        connection.close()

    def _wanted(self, until: float) -> bool:
        return not self._stop.is_set() and time.monotonic() < until

    def _mail(self, at: float) -> None:
        from django.conf import settings

        from vigie.app.mail import post
        from vigie.services import alarms

        if settings.MAIL and at >= self._next_mail:
            self._next_mail = at + _MAIL_EVERY
            alarms.mail(post, self._clock())


def send(url: str, body: bytes, headers: dict[str, str]) -> int | str:
    """The status of the answer, or in words why there is none.

    The name is looked up once, every address of it is checked, and the connection goes to the address that was checked.
    """
    import httpx2

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return "the address must begin with https:// or http://"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return f"{host} has no address: {error}"
    addresses = [str(info[4][0]) for info in found]
    if os.environ.get("VIGIE_PRIVATE_WEBHOOKS") != "1" and not all(
        ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses
    ):
        return f"{host} is an address inside a private network: refused"
    literal = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    try:
        with httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(
                "POST", target, content=body, headers={**headers, "Host": parts.netloc.rpartition("@")[2]}
            )
            request.extensions["sni_hostname"] = host
            return client.send(request).status_code
    except httpx2.HTTPError as error:
        return f"{type(error).__name__}: {error}"
