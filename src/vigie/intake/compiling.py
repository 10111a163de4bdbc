"""Where compiled kernels are kept between runs, so that only the first start on a machine waits for the compiler."""

import os
from pathlib import Path


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def cache_directory(environ: dict[str, str], data: Path | None = None) -> Path | None:
    """The first writable place: the user's cache, else the data directory, else none.

    An empty or relative ``XDG_CACHE_HOME`` counts as unset (numba would write into the working directory).

    >>> cache_directory({"XDG_CACHE_HOME": "", "HOME": "/proc/nobody"}) is None
    True
    """
    candidates = []
    if environ.get("XDG_CACHE_HOME", "").startswith("/"):
        candidates.append(Path(environ["XDG_CACHE_HOME"]) / "vigie")
    elif environ.get("HOME", "").startswith("/"):
        candidates.append(Path(environ["HOME"]) / ".cache" / "vigie")
    if data is not None:
        candidates.append(data.absolute() / "cache")
    return next((place / "kernels" for place in candidates if _writable(place)), None)


def prepare(data: Path | None = None) -> bool:
    """Tell numba where to keep compiled kernels; must run before it is first imported. False: nowhere to keep them."""
    if not os.environ.get("NUMBA_CACHE_DIR"):
        place = cache_directory(dict(os.environ), data)
        if place is None:
            return False
        os.environ["NUMBA_CACHE_DIR"] = str(place)
    return True


#: Whether kernels are kept between runs; settled when the first kernel is imported.
KEPT = prepare(Path(os.environ["VIGIE_DATA"]) if os.environ.get("VIGIE_DATA") else None)


def kept(name: str) -> Path | None:
    """Where another compiled thing of this name may be kept; None when there is nowhere."""
    place = os.environ.get("NUMBA_CACHE_DIR")
    return Path(place).parent / name if KEPT and place else None
