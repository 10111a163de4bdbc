"""``vigie key``: keys for the platform's programs, made, listed and ended on the machine itself."""

import argparse

from vigie.app import preparing, wiring


def key(arguments: argparse.Namespace) -> int:
    """Make, list or revoke; a new key is printed once, alone on standard output."""
    preparing.configure(arguments.data)
    preparing.migrate(arguments.data.absolute(), wiring.now())
    {"make": _make, "list": _list, "revoke": _revoke}[arguments.step](arguments)
    return 0


def _make(arguments: argparse.Namespace) -> None:
    from vigie.services import keys

    scopes = arguments.scopes or list(keys.SCOPES)
    made = keys.make(arguments.name, arguments.source, scopes, at=wiring.now(), rate=arguments.rate)
    print(made.token)


def _list(arguments: argparse.Namespace) -> None:
    from vigie.store.models import ApiKey

    for one in ApiKey.objects.order_by("pk"):
        state = (
            f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "in use" if one.last_used_at else "not used yet"
        )
        print(f"{one.pk}  {one.name}  source {one.source}  {' '.join(one.scopes)}  {one.rate} a minute  {state}")


def _revoke(arguments: argparse.Namespace) -> None:
    from vigie.services import keys

    keys.revoke(arguments.number, at=wiring.now())
    print(f"key {arguments.number} ends within a second")
