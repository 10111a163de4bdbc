"""What a watcher asks: does it live, can it serve, and how far are cases behind posts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import override_settings

from tests.services.given import NOW
from tests.services.test_inbox import flagged
from vigie.services import inbox, terms

pytestmark = pytest.mark.django_db


def fails(*_: Any, **__: Any) -> None:
    raise OperationalError("connection refused")


def test_it_lives_and_can_serve(client: Client) -> None:
    assert (client.get("/healthz").json(), client.get("/readyz").json()) == ({"alive": True}, {"ready": True})


def test_it_cannot_serve_while_a_migration_waits(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="store").order_by("-pk").first().delete()  # type: ignore[union-attr]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "1 migrations wait" in answer.json()["why"]


def test_without_a_database_it_lives_and_says_what_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor", fails)
    monkeypatch.setattr("vigie.app.metrics.pulse", fails)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    answer = client.get("/metrics")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")


def test_how_far_cases_are_behind_posts_is_a_metric(client: Client, tmp_path: Path) -> None:
    terms.import_terms(NOW)
    written = datetime.now(UTC) - timedelta(minutes=10)
    flagged(tmp_path, ("1", None, "hate.racism@1"), at=written)
    flagged(tmp_path, ("2", None, "hate.racism@1"), at=written + timedelta(minutes=5))

    def lag() -> float:
        with override_settings(DATA=tmp_path):
            text = client.get("/metrics").content.decode()
        return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("vigie_case_lag_seconds "))

    assert lag() >= 600
    inbox.pull(tmp_path, lambda: NOW)
    assert lag() == 0
