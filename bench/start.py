"""How long a person waits: for help, for a first decision when all is warm, and for one where nothing is compiled yet.

The fresh machine is simulated: no cache of compiled kernels; then also site-packages and the source mounted read-only
(by ``unshare``, which needs the right to mount) with no HOME, so that only the data directory can be written.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import NamedTuple

import judge
import machine
import vigie

TEXT = "Bonjour à tous, quelle belle journée !"
WARM, FRESH = "warm", "nothing compiled"
INTO_DATA, NOWHERE = "read-only packages, no HOME: into --data", "read-only packages, no HOME, nowhere to keep"
NOT_FOR_HELP = ("numba", "polars", "django", "pyarrow", "numpy")


class Waited(NamedTuple):
    """Seconds to the end, of processor, and to the first line of progress (None: there was none); exit code."""

    seconds: float
    processor: float
    progress: float | None
    code: int


def waited(command: list[str], env: dict[str, str]) -> Waited:
    """Run a command and note when its standard error first speaks."""
    started, used, first = time.perf_counter(), machine.used_by_children(), None
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env) as process:
        for line in process.stderr or ():
            if first is None and "compiling" in line and " s so far" in line:
                first = time.perf_counter() - started
    return Waited(time.perf_counter() - started, machine.used_by_children() - used, first, process.returncode)


def environment(without: tuple[str, ...] = (), **changes: str) -> dict[str, str]:
    """Ours, with changes, and without what says where compiled kernels are kept: the command must find out."""
    unset = {"NUMBA_CACHE_DIR", "VIGIE_DATA", *without}
    return {name: value for name, value in os.environ.items() if name not in unset} | changes


def help_imports() -> list[str]:
    """Which heavy packages ``vigie --help`` imports: there should be none."""
    program = f"""
import sys
from vigie.app.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(*(name for name in {NOT_FOR_HELP!r} if name in sys.modules), file=sys.stderr)
"""
    return machine.run([sys.executable, "-c", program]).err.split()


def read_only(command: list[str]) -> list[str] | None:
    """The command in a world where our source and site-packages cannot be written; None where that cannot be made."""
    places = {str(Path(vigie.__file__).parent), sysconfig.get_path("purelib")}
    mounts = " && ".join(
        f"mount --bind '{place}' '{place}' && mount -o remount,bind,ro '{place}'" for place in sorted(places)
    )
    if not shutil.which("unshare") or machine.run(["unshare", "--mount", "sh", "-c", mounts]).code:
        return None
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *command]


def first_decisions(work: Path) -> dict[str, Waited | None]:
    """The first decision in each situation."""
    explain = [*judge.COMMAND, "explain", TEXT]
    posts = work / "posts.jsonl"
    posts.write_text('{"id": "1", "text": "Bonjour"}\n')
    moderate = [*judge.COMMAND, "moderate", str(posts), "--format", "jsonl", "--data", str(work / "data"), "--quiet"]
    empty, homeless = environment(XDG_CACHE_HOME=str(work / "empty")), environment(without=("HOME", "XDG_CACHE_HOME"))
    warm = sorted(waited(explain, environment()) for _ in range(3))[1]
    found: dict[str, Waited | None] = {WARM: warm, FRESH: waited(explain, empty), "… and again": waited(explain, empty)}
    closed, nowhere = read_only(moderate), read_only(explain)
    found[INTO_DATA] = waited(closed, homeless) if closed else None
    found["… and again, nothing new"] = waited(closed, homeless) if closed else None
    found[NOWHERE] = waited(nowhere, homeless) if nowhere else None
    return found


def main() -> None:
    """Measure each wait."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=10, metavar="N", help="of --help, of which the median is taken (default: 10)"
    )
    a, seen_by = parser.parse_args(), judge.ready()
    machine.header("Starts", judge=seen_by.named())
    helps = [machine.must(machine.run([sys.executable, "-m", "vigie", "--help"])).seconds for _ in range(a.runs)]
    imported = help_imports()
    with machine.scratch(judge.WORK) as work:
        found = first_decisions(work)
        kept = sum(1 for _ in (work / "data" / "cache").rglob("*.nbc")) if (work / "data" / "cache").exists() else 0
    rows = [
        (name, w.seconds, w.processor, w.progress or "–", w.code) if w else (name, *"----") for name, w in found.items()
    ]
    help_row = ("vigie --help", statistics.median(helps), "–", "–", 0)
    machine.table(
        ("seconds (-: cannot mount here)", "all", "of processor", "to the first line of progress", "exit"),
        [help_row, *rows],
    )
    print(f"  {kept} compiled kernels were kept in the data directory\n")
    machine.verdict(statistics.median(helps) <= 0.5, "vigie --help ≤ 0.5 s", f"{statistics.median(helps):.2f} s")
    machine.verdict(not imported, f"help imports none of {', '.join(NOT_FOR_HELP)}", ", ".join(imported) or "none")
    for name, limit in ((WARM, 3.0), (FRESH, 30.0), (INTO_DATA, 30.0), (NOWHERE, 30.0)):
        if (w := found[name]) is not None:
            met = w.seconds <= limit and w.code == 0 and (w.seconds < 3 or (w.progress or 99) < 3)
            machine.verdict(
                met, f"{name}: ≤ {limit:.0f} s, progress from second 2", f"{w.seconds:.1f} s, exit {w.code}"
            )


if __name__ == "__main__":
    judge.script(main)
