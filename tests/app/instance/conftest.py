"""An instance for each test, with nothing left of it afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .serving import Instance, database_of_its_own


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance that has not begun yet."""
    with database_of_its_own("vigie_instance") as database:
        made = Instance(tmp_path / "data", database)
        yield made
        made.killed()
