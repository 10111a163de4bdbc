"""The machine that a figure was measured on, and how every bench runs and prints: a figure without these says nothing.

Importing this holds every library to one thread, so that a core is a core.
"""

import multiprocessing
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_IO_THREADS")
for _name in ONE_THREAD:  # read by each library when it is first imported
    os.environ.setdefault(_name, "1")

PACKAGES = (
    "vigie",
    "numpy",
    "numba",
    "pyarrow",
    "polars",
    "msgspec",
    "hyperscan",
    "google-re2",
    "scikit-learn",
    "lingua-language-detector",
    "django",
    "granian",
    "psycopg",
)
MIB = 1 << 20


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def header(title: str, **facts: object) -> None:
    """What was measured, on what, with what."""
    held = f"{os.cpu_count()} cores ({len(cores())} ours), {_memory():.0f} GiB, load {os.getloadavg()[0]:.1f}"
    lines = {
        "machine": f"{_cpu()}, {held}",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {_version(name)}" for name in PACKAGES if _version(name)),
    }
    print(f"\n{title}")
    for name, value in (lines | facts).items():
        print(f"  {name.replace('_', ' '):<10}{f'{value:,}' if isinstance(value, int) else value}")
    print(flush=True)


def _cpu() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table whose first column is words and whose others are figures."""
    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    for row in cells:
        figures = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([f"  {row[0]:<{widths[0]}}", *figures]).rstrip())
    print(flush=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def verdict(met: bool, bar: str, found: str) -> bool:
    """One line that says whether a bar is met; nothing ever fails for it."""
    print(f"  {'met    ' if met else 'NOT MET'}  {bar}: {found}", flush=True)
    return met


def quantiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile and greatest, in milliseconds."""
    ordered = sorted(seconds)
    return (
        1e3 * statistics.median(ordered),
        1e3 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
        1e3 * ordered[-1],
    )


def resident(process: int | str = "self") -> int:
    """Bytes of a process that are in memory now; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def pinned(function: Callable[..., Any], *arguments: object, on: Collection[int] | None = None) -> Any:
    """What a function gives in a fresh process that has one core (or those of ``on``) to itself."""
    chosen = list(on or cores()[:1])
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=take, initargs=(chosen,)) as pool:
        return pool.submit(function, *arguments).result()


def take(chosen: Collection[int]) -> None:
    """Stay on these cores from now on."""
    os.sched_setaffinity(0, chosen)


class Ended(NamedTuple):
    """A command that has ended: seconds from its start to its end and of processor, exit code, what it printed."""

    seconds: float
    processor: float
    code: int
    out: str
    err: str


def run(command: Sequence[str], *, on: Collection[int] | None = None, env: dict[str, str] | None = None) -> Ended:
    """Run a command on some cores, to its end."""
    chosen = list(on or cores())
    started, used = time.perf_counter(), used_by_children()
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, preexec_fn=lambda: take(chosen), check=False
    )
    return Ended(time.perf_counter() - started, used_by_children() - used, done.returncode, done.stdout, done.stderr)


def used_by_children() -> float:
    """Seconds of processor that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def must(ended: Ended) -> Ended:
    """The same, or the end of the bench with what the command said."""
    if ended.code:
        sys.exit(f"a command under test ended with {ended.code}:\n{ended.out}{ended.err}")
    return ended


@contextmanager
def scratch(work: Path) -> Iterator[Path]:
    """An empty directory on the disk that is measured, gone afterwards."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=work) as name:
        yield Path(name)
