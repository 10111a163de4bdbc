"""Resident memory of ``vigie moderate`` over millions of posts from a pipe, sampled every second: flat, below 1 GiB.

The mix is sent again and again; each pass has ids of its own, so that no post is one that was seen before.
"""

import argparse
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np

import judge
import machine
import mix

MOST = 1 << 30
FLAT = 10.0  # MiB a million posts
EARLY = 0.2  # share of the run in which buffers and caches fill
CHUNK = 2_000  # lines sent at a time


class Feeder(threading.Thread):
    """Sends posts to a command's standard input and counts them."""

    def __init__(self, path: Path, posts: int, pipe: IO[bytes]):
        super().__init__(daemon=True)
        self._path, self._posts, self._pipe, self.sent = path, posts, pipe, 0

    def run(self) -> None:
        """Pass after pass over the mix; the first two digits of an id are the pass."""
        with self._pipe:
            passes = 10
            while self.sent < self._posts:
                for data in judge.batches(self._path, min(CHUNK, self._posts - self.sent)):
                    self._pipe.write(data.replace(b'{"id":"90', b'{"id":"%02d' % passes))
                    self.sent += data.count(b"\n")
                    if self.sent >= self._posts:
                        break
                passes += 1


def sampled(path: Path, posts: int, data: Path, batch: int) -> np.ndarray:
    """Rows of seconds, posts sent, bytes resident: one a second until the command has ended."""
    command = [
        *judge.COMMAND,
        "moderate",
        "-",
        "--format",
        "x",
        "--source",
        "memory",
        "--data",
        str(data),
        "--batch",
        str(batch),
        "--quiet",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        feeder = Feeder(path, posts, process.stdin)
        feeder.start()
        started, rows = time.monotonic(), []
        while process.poll() is None:
            rows.append((time.monotonic() - started, feeder.sent, machine.resident(process.pid)))
            time.sleep(1.0)
        if process.returncode:
            raise SystemExit(f"vigie moderate ended with {process.returncode}")
    return np.array([row for row in rows if row[1] and row[2]], float)


def slope(rows: np.ndarray) -> float:
    """MiB that a million posts add, by least squares, once the first fifth of the posts is through."""
    late = rows[rows[:, 1] >= EARLY * rows[-1, 1]]
    return float(np.polyfit(late[:, 1] / 1e6, late[:, 2] / machine.MIB, 1)[0]) if len(late) > 2 else float("nan")


def main() -> None:
    """Feed, sample, and say whether it stays flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 200_000)
    parser.add_argument("--stream", type=int, default=5_000_000, metavar="N", help="posts to send (default: 5,000,000)")
    parser.add_argument("--batch", type=int, default=8192, metavar="N")
    a, seen_by = parser.parse_args(), judge.ready()
    path = mix.made(a, seen_by)
    judge.warm()
    machine.header("Resident memory", judge=seen_by.named(), mix=path, stream=a.stream, batch=a.batch)
    with machine.scratch(judge.WORK) as work:
        rows = sampled(path, a.stream, work / "data", a.batch)
        kept = sum(file.stat().st_size for file in (work / "data").rglob("*") if file.is_file())
    shown = rows[np.unique(np.linspace(0, len(rows) - 1, 12).astype(int))]
    machine.table(
        ("seconds", "posts sent", "MiB resident"), [(f"{s:.0f}", int(n), m / machine.MIB) for s, n, m in shown]
    )
    most, grows = rows[:, 2].max(), slope(rows)
    print(f"  {grows:+.2f} MiB a million posts after the first fifth; the log is {kept / a.stream:.1f} bytes a post\n")
    machine.verdict(most <= MOST, "≤ 1 GiB resident", f"{most / machine.MIB:,.0f} MiB over {a.stream:,} posts")
    machine.verdict(grows <= FLAT, f"flat: ≤ {FLAT:.0f} MiB a million posts", f"{grows:+.2f}")


if __name__ == "__main__":
    judge.script(main)
