"""How fast each API key may ask: one small file that all web processes of a machine share, so that two are not twice as fast.

Each key has a bucket that fills at its rate and holds ten seconds' worth; a request takes one. 16 bytes a key: what is in
the bucket, and when it was last asked (seconds since 1970; 0: never), which is also when the key was last used.
"""

import fcntl
import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from vigie.journal.disk import PRIVATE_FILE, make_directory, operator_mends

BURST = 10.0  # seconds' worth of requests that a bucket holds
_BUCKET = struct.Struct("<dd")


class Rates:
    """The buckets of a machine."""

    def __init__(self, path: Path):
        make_directory(path.parent)
        with operator_mends(path):
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        self._lock = Lock()

    def take(self, key: int, rate: int, at: float) -> float:
        """Take one request of ``rate`` a minute from a key's bucket: 0.0, or how many seconds until there is one.

        >>> import tempfile
        >>> rates = Rates(Path(tempfile.mkdtemp()) / "rates")
        >>> [rates.take(7, 12, at) for at in (100.0, 100.0, 101.0)], rates.take(7, 12, 105.0)
        ([0.0, 0.0, 4.0], 0.0)
        """
        a_second, most = rate / 60, max(1.0, rate / 60 * BURST)
        with self._held(key) as place:
            held, last = self._read(place)
            held = most if last == 0 else min(most, held + max(0.0, at - last) * a_second)
            enough = held >= 1 - 1e-9
            os.pwrite(self._fd, _BUCKET.pack(held - 1 if enough else held, at), place)
        return 0.0 if enough else (1 - held) / a_second if a_second > 0 else math.inf

    def last(self, key: int) -> float | None:
        """When a key was last used on this machine, in seconds since 1970; None: never."""
        return self._read(key * _BUCKET.size)[1] or None

    def _read(self, place: int) -> tuple[float, float]:
        data = os.pread(self._fd, _BUCKET.size, place)
        return _BUCKET.unpack(data) if len(data) == _BUCKET.size else (0.0, 0.0)

    @contextmanager
    def _held(self, key: int) -> Iterator[int]:
        """A key's bucket, locked: against other processes by the system, against our threads by ourselves."""
        place = key * _BUCKET.size
        with self._lock:
            fcntl.lockf(self._fd, fcntl.LOCK_EX, _BUCKET.size, place)
            try:
                yield place
            finally:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, _BUCKET.size, place)
