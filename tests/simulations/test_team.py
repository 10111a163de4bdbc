"""Twenty moderators at once: no case is decided twice and none lost, even when processes are killed under them.

``bench/team.py`` runs the same for a minute, and with more kills. On PostgreSQL: ``python -m tests.postgres pytest …``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.instance.serving import Instance, database_of_its_own, until
from tests.simulations.team import work


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance that serves, as an operator runs it."""
    with database_of_its_own("vigie_team") as database:
        made = Instance(tmp_path / "data", database)
        made.begin("--workers", 2)
        yield made
        made.killed()


def test_no_case_is_decided_twice_and_none_is_lost(instance: Instance) -> None:
    found = work(instance, 4, cases=2_000)
    assert found.wrong == []
    assert found.acknowledged > 5
    assert instance.end() == 0


def test_a_short_queue_goes_round(instance: Instance) -> None:
    found = work(instance, 4, cases=12)
    assert found.wrong == []
    assert found.acknowledged >= 9  # those that were taken back and taken again are not counted


@pytest.mark.slow
def test_killed_five_times_under_load_every_acknowledged_decision_is_there(instance: Instance) -> None:
    found = work(instance, 10, cases=5_000, kills=5)
    assert found.wrong == []
    assert found.killed >= 4
    assert found.acknowledged > 5
    until(lambda: instance.answers("/healthz") is not None)
    assert instance.end() == 0
