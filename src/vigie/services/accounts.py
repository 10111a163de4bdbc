"""What the platform tells of accounts: the language in which they are written to, where they are, how old, how many follow."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from vigie.store.models import Account

FIELDS = ("language", "country", "followers", "age_band", "contact", "created_at")
_SOME = 500


def keep(source: str, told: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """Accounts by id, each with those of ``FIELDS`` that were told; what was not told stays as it was: how many accounts."""
    merged: dict[str, dict[str, Any]] = {}
    for key, values in told:
        merged.setdefault(key, {}).update(values)
    keys = sorted(merged)
    for begin in range(0, len(keys), _SOME):
        _keep(source, {key: merged[key] for key in keys[begin : begin + _SOME]})
    return len(keys)


@transaction.atomic
def _keep(source: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    Account.objects.bulk_create([Account(source=source, key=key) for key in told], ignore_conflicts=True)
    rows = list(Account.objects.select_for_update().filter(source=source, key__in=told).order_by("pk"))
    for row in rows:
        for name, value in told[str(row.key)].items():
            setattr(row, name, value)
    Account.objects.bulk_update(rows, FIELDS)
