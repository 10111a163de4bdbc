"""What many tests share: where the shared data lies, and a clock that stands still."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")

SHARED = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture
def now() -> datetime:
    """An instant."""
    return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def real_posts() -> Path:
    """The 52,345 real posts; skips where they are not."""
    path = SHARED / "data" / "posts" / "x_api_v2.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the shared posts are not here ({path}); set VIGIE_SHARED")
    return path


@pytest.fixture
def labelled() -> Path:
    """The labelled rows; skips where they are not."""
    path = SHARED / "data" / "hate"
    if not path.is_dir():
        pytest.skip(f"the shared labelled rows are not here ({path}); set VIGIE_SHARED")
    return path
