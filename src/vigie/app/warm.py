"""``vigie warm``: compile every kernel now, so that no first post waits for the compiler."""

import argparse
import os
import time

from vigie.app import wiring
from vigie.errors import Misconfigured


def warm(arguments: argparse.Namespace) -> int:
    """Judge one text, which compiles and keeps everything that a decision needs."""
    wiring.kernels_kept(arguments.data)
    from vigie.intake import compiling

    if not compiling.KEPT:
        raise Misconfigured(
            "nowhere to keep compiled kernels: set XDG_CACHE_HOME or HOME to a writable directory, or give --data"
        )
    started = time.monotonic()
    with wiring.compiling_said():
        wiring.first_decision(None)
    print(f"ready in {time.monotonic() - started:.1f} s; kernels are kept in {os.environ['NUMBA_CACHE_DIR']}")
    return 0
