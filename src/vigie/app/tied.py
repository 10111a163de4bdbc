"""A process that ends when the one that began it is gone, however that went: no orphan keeps a port or a lock."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def to_parent(number: int = signal.SIGTERM) -> None:
    """From now on this process gets the signal when its parent dies."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
