"""What earlier versions wrote is brought up to this one."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from tests.services.given import NOW, case, person
from vigie.services import decisions, outbox, receipts, review
from vigie.services.decisions import Verdict
from vigie.store import migrations
from vigie.store.models import Outbox

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Une phrase.", explanation="Elle abaisse un groupe.")


def test_what_was_confirmed_before_stays_confirmed() -> None:
    anne, made = person("anne"), []
    for key, outcome in (("a", "applied"), ("b", "failed")):
        one = case(key)
        review.claim(one.pk, anne, NOW)
        made.append(decisions.settle(one.pk, RACISM, by=anne, at=NOW))
        outbox.release(NOW.replace(hour=12))
        receipts.confirm("s", made[-1].pk, outcome, NOW)
    Outbox.objects.update(confirmed_at=None)
    name = next(Path(migrations.__path__[0]).glob("*_told_and_alarms.py")).stem
    import_module(f"vigie.store.migrations.{name}").confirm(apps, connection.schema_editor())
    assert list(Outbox.objects.order_by("pk").values_list("confirmed_at", flat=True)) == [NOW, None]
