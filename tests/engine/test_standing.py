"""What judges is loaded when terms or the day change, and at no other time."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from vigie.engine.standing import Judge, Standing, judge_of


def test_what_was_begun_serves_until_the_day_changes(tmp_path: Path) -> None:
    now, loaded = datetime(2026, 12, 1, 23, 59, tzinfo=UTC), []

    def load(terms: Path | None, day: date) -> Judge:
        loaded.append((terms, day))
        return begun

    begun = judge_of(None, now.date())
    standing = Standing(tmp_path, lambda: now, load, begun=((None, now.date()), begun))
    assert standing() is begun
    assert not loaded
    now += timedelta(minutes=1)
    assert standing() is standing()
    assert loaded == [(None, date(2026, 12, 2))]
