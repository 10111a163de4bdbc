"""A change of rules tried on the past, in a process of its own: it takes half a minute of a core, and moderators do not wait."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_NICE = 10


class Trials:
    """Begins the trials that were asked for, one at a time, and says of one that died that it did."""

    def __init__(self, data: Path, clock: Callable[[], datetime]):
        self._data, self._clock = data, clock
        self._process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Begin the next trial unless one is under way."""
        from vigie.services import trials

        if self._process is not None and self._process.poll() is None:
            return
        self._process = None
        trials.end_dead(self._clock())
        waiting = trials.next_waiting()
        if waiting is not None:
            command = [sys.executable, "-m", "vigie.app.trial", str(self._data), str(waiting), str(os.getpid())]
            self._process = subprocess.Popen(command)  # noqa: S603  (our own command)


def run(data: Path, change: int, parent: int) -> None:
    """Try one change; ends with the process that asked for it."""
    from vigie.app import preparing, wiring
    from vigie.services import trials

    os.nice(_NICE)
    wiring.kernels_kept(data)
    preparing.configure(data, demo=os.environ.get("VIGIE_DEMO") == "1")
    trials.run(change, data, lambda: datetime.now(UTC), wanted=lambda: os.getppid() == parent)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
