"""The last weeks, read back from the database as they were; and the forecast that is kept for a day."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.services.given import NOW, case, person
from vigie.services import capacity
from vigie.store.models import Case, Decision, User

pytestmark = pytest.mark.django_db
START = NOW - timedelta(weeks=4)


def weeks(anne: User, each_day: int = 3) -> None:
    """Four weeks: every day some cases at 9:10, decided one after the other by one person, 20 minutes each."""
    case("first")
    Case.objects.all().update(opened_at=NOW - timedelta(hours=2), harm=8.0)
    for day in range(28):
        for n in range(each_day):
            opened = START + timedelta(days=day, minutes=10)
            done = opened + timedelta(minutes=20 * (n + 1))
            one = Case.objects.create(
                source="s", clause="hate.racism", area="hate", language="fr", opened_at=opened, probability=0.5,
                gravity=4, harm=20.0, status="decided", decided_by=anne, decided_at=done,
            )  # fmt: skip
            Decision.objects.create(case=one, at=done, by=anne, breach=n == 0, took=1200.0)


def test_what_happened_is_read_back() -> None:
    anne = person("anne")
    weeks(anne)
    found = capacity.last_weeks(NOW)
    history = found.history
    assert len(history.on_duty) == 4 * 168
    assert history.arrival[:3].tolist() == pytest.approx([1 / 6] * 3)
    assert history.taken[:3].tolist() == pytest.approx([1 / 6, 1 / 6 + 1 / 3, 1 / 6 + 2 / 3])
    assert history.handling[:3].tolist() == pytest.approx([1 / 3] * 3)
    assert history.views[0] == pytest.approx(10.0)
    assert history.breach[:3].tolist() == [1.0, 0.0, 0.0]
    assert np.isinf(history.taken).sum() == 1
    assert history.on_duty[:3].tolist() == [1, 1, 0]
    assert found.shifts.sum() == 14  # two hours of each day of the week
    assert found.shifts[0, (history.first_hour + 1) % 168]


def test_there_is_somebody_between_two_cases_of_one_stretch() -> None:
    hour = timedelta(hours=1)
    worked = [
        (2, NOW + 13 * hour, NOW + 13 * hour),
        (1, NOW, NOW),
        (1, NOW + 3 * hour, NOW + 3 * hour),
        (1, NOW + 9 * hour, NOW + 9 * hour),
    ]
    assert capacity.on_duty(worked, NOW, NOW + 12 * hour)[0].nonzero()[0].tolist() == [0, 1, 2, 3, 9]


def test_too_little_history_is_said() -> None:
    found = capacity.forecast(NOW, runs=1)
    assert not found.rows
    assert "30 decided cases" in found.refused


def test_the_forecast_is_kept_with_its_progress(tmp_path: Path) -> None:
    weeks(person("anne"))
    assert capacity.made(tmp_path) is None
    made = capacity.make(tmp_path, NOW, runs=2)
    assert capacity.made(tmp_path) == made
    assert {"now", "half"} <= {row.scenario.key for row in made.rows}
    assert next(row.people for row in made.rows if row.scenario.key == "half") == 0
    assert made.check is not None
    assert made.cases == 85
    assert capacity.progress(tmp_path) is None


def test_a_forecast_is_begun_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []

    class Child:
        def __init__(self, command: list[str], **_: object):
            begun.append(command)

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(capacity.subprocess, "Popen", Child)
    from datetime import UTC, datetime

    at = datetime.now(UTC)
    assert [capacity.begin(tmp_path, at) for _ in range(2)] == [True, False]
    assert capacity.begin(tmp_path, at + timedelta(hours=1))
    assert [command[2] for command in begun] == ["vigie.app.forecasting"] * 2
