"""Where mail leaves, from one address: ``smtps://user:password@host`` or ``smtp://user:password@host`` (with STARTTLS)."""

from typing import Any
from urllib.parse import unquote, urlsplit

from vigie.errors import Misconfigured

_SECONDS = 10


def mail(url: str, sender: str) -> dict[str, Any]:
    """What Django needs to know to send mail; nothing where ``url`` is empty. Passwords never travel readable.

    >>> mail("smtps://vigie:p%40ss@mail.example", "vigie@network.example")["EMAIL_HOST_PASSWORD"]
    'p@ss'
    >>> mail("", "")
    {}

    Raises: Misconfigured for another kind of address, or without a sender.
    """
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Misconfigured("VIGIE_MAIL: give smtps://user:password@host, or smtp:// where the server speaks STARTTLS")
    if "@" not in sender:
        raise Misconfigured("VIGIE_MAIL_FROM: give the address from which Vigie writes, such as vigie@network.example")
    at_once = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if at_once else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": at_once,
        "EMAIL_USE_TLS": not at_once,
        "EMAIL_TIMEOUT": _SECONDS,
        "DEFAULT_FROM_EMAIL": sender,
    }


def post(address: str, subject: str, text: str) -> None:
    """Send one mail. Raises: OSError where it does not leave (errors of SMTP are such)."""
    from django.core.mail import send_mail

    send_mail(subject, text, None, [address])
