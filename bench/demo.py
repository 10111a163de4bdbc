"""The demo, from nothing: seconds until it is ready, megabytes on the disk, cases and decisions, and its two figures.

Hateful posts and their views are counted in the log, against the truth that the demo keeps beside it.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import machine
from vigie.demo import truth
from vigie.journal.log import scan

READY, SIZE = 60.0, 200.0  # seconds, MB


def built(data: Path, posts: int, port: int) -> tuple[float, float]:
    """Seconds, and seconds of processor, until ``/readyz`` answers and the instance has stopped again."""
    command = [sys.executable, "-m", "vigie", "up", "--demo", str(posts), "--data", str(data), "--check"]
    ours = {name for name in os.environ if name.startswith("VIGIE_")} | set(machine.ONE_THREAD)
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    began, used = time.perf_counter(), machine.used_by_children()
    subprocess.run([*command, "--port", str(port)], env=environment, check=True)
    return time.perf_counter() - began, machine.used_by_children() - used


def changes(data: Path) -> tuple[float, float]:
    """Hateful posts and their views after the event, for one before."""
    made = truth.made(data)
    assert made is not None
    told = pl.read_parquet(truth.place(data) / "truth.parquet").filter("hateful").select("id", "views")
    logged = scan(data).select("id", after=pl.col("created_at") >= made.event_at).collect().join(told, on="id")
    sums = logged.group_by("after").agg(pl.len().alias("posts"), pl.col("views").sum()).sort("after")
    return sums["posts"][1] / sums["posts"][0], sums["views"][1] / sums["views"][0]


def counted(data: Path, question: str) -> int:
    """A number from the database."""
    with sqlite3.connect(data / "vigie.db") as database:
        return int(database.execute(question).fetchone()[0])


def main() -> None:
    """Build it, and say what it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40_000)
    parser.add_argument("--port", type=int, default=8499)
    arguments = parser.parse_args()
    machine.header("The demo", kernels="compiled before, as by the first command of the README")
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    try:
        seconds, processor = built(place / "demo", arguments.posts, arguments.port)
        size = sum(file.stat().st_size for file in (place / "demo").rglob("*") if file.is_file()) / 1e6
        posts, views = changes(place / "demo")
        cases, decisions = (
            counted(place / "demo", f"select count(*) from store_{one}") for one in ("case", "decision")
        )
    finally:
        shutil.rmtree(place)
    print(f"  {cases:,} cases, {decisions:,} decisions; {processor:.1f} s of the processor, web processes included")
    machine.verdict(seconds <= READY, f"from nothing to ready, and stopped again: ≤ {READY:.0f} s", f"{seconds:.1f} s")
    machine.verdict(size <= SIZE, f"on the disk: ≤ {SIZE:.0f} MB", f"{size:.1f} MB")
    machine.verdict(round(posts, 2) == 1.47, "hateful posts: +47 %", f"{posts - 1:+.1%}")
    machine.verdict(round(views, 2) == 0.67, "views of hateful posts: -33 %", f"{views - 1:+.1%}")


if __name__ == "__main__":
    main()
