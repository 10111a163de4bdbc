"""The process that makes the day's forecast of the queue; at most one at a time for a data directory.

``python -m vigie.app.forecasting DIR``: begun by whoever asks for the page first, in the background, at low priority.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def run(data: Path) -> bool:
    """Make the forecast, unless somebody makes it already."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.app.settings")
    import django

    from vigie.journal.disk import make_directory, take

    django.setup()
    from vigie.services import capacity

    lock = take(make_directory(data / "locks") / "capacity")
    if lock is None:
        return False
    try:
        capacity.make(data, datetime.now(UTC))
    finally:
        os.close(lock)
    return True


if __name__ == "__main__":
    os.nice(10)
    run(Path(sys.argv[1]))
