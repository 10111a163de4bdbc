"""An instance for each test, with nothing left of it afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .serving import Instance, database_of_its_own


def _one(data: Path, name: str) -> Iterator[Instance]:
    with database_of_its_own(name) as database:
        made = Instance(data, database)
        yield made
        made.killed()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance that has not begun yet."""
    yield from _one(tmp_path / "data", "vigie_instance")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Instance]:
    """Another, where a backup is restored."""
    yield from _one(tmp_path / "restored", "vigie_restored")
