"""Kill -9 at random moments after the log has grown, restart each time: every post once in the log, the same flagged.

A directory suffers a sixth of the kills, is finished in peace and compared with an undisturbed run; then the next one
begins, in turn with a plain file, a compressed one, and a plain one with two workers, until that was all.
"""

import argparse
import gzip
import shutil
import subprocess
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

import judge
import machine

SOURCE = "crashes"
LATEST = 0.6  # seconds after the log has grown at which the kill comes at the latest


class Stream(NamedTuple):
    """One way of reading the same posts."""

    name: str
    path: Path
    workers: int


class Outcome(NamedTuple):
    """What is in a log: how often each id, how often each flagged line; posts by its own count."""

    ids: Counter[str]
    flagged: Counter[bytes]
    posts: int


def command(stream: Stream, data: Path, batch: int) -> list[str]:
    """The command that is killed and started again, always the same."""
    asked = ["moderate", str(stream.path), "--source", SOURCE, "--format", "x", "--data", str(data), "--quiet"]
    return [
        *judge.COMMAND,
        *asked,
        "--flagged",
        str(_flagged(data)),
        "--batch",
        str(batch),
        "--workers",
        str(stream.workers),
    ]


def _flagged(data: Path) -> Path:
    return data.with_suffix(".flagged")


def grown(data: Path) -> int:
    """Bytes of all segments."""
    return sum(segment.stat().st_size for segment in (data / "journal").glob("w*/*.seg"))


def killed(stream: Stream, data: Path, batch: int, delay: float) -> bool:
    """Start, wait until the log grows and then ``delay`` seconds, kill -9. False: it had ended by itself, all done."""
    before = grown(data)
    with subprocess.Popen(command(stream, data, batch), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None and grown(data) <= before:
            time.sleep(0.002)
        deadline = time.monotonic() + delay
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        said = process.stderr.read() if process.stderr else b""
    if process.returncode not in {0, -9}:
        raise SystemExit(f"{stream.name}: vigie moderate ended with {process.returncode}:\n{said.decode()}")
    return process.returncode == -9


def outcome(data: Path) -> Outcome:
    """What a log and its file of flagged posts say."""
    log = [*judge.COMMAND, "log"]
    ids = machine.must(
        machine.run([*log, "export", "--columns", "id", "--format", "csv", "--data", str(data)])
    ).out.split()[1:]
    stats = msgspec.json.decode(machine.must(machine.run([*log, "stats", "--json", "--data", str(data)])).out)
    return Outcome(Counter(ids), Counter(_flagged(data).read_bytes().splitlines()), stats["posts"])


def compared(name: str, kills: int, found: Outcome, expected: Outcome) -> tuple[str, int, int, int, int, int, int]:
    """A row: kills, posts, ids missing and twice, flagged lines missing and too many."""
    lost, added = expected.ids - found.ids, found.ids - expected.ids
    missing, odd = expected.flagged - found.flagged, found.flagged - expected.flagged
    return (name, kills, found.posts, lost.total(), added.total(), missing.total(), odd.total())


def inputs(given: Path, work: Path) -> list[Stream]:
    """The three ways of reading the posts of a gzip file."""
    unpacked = work / "posts.jsonl"
    with gzip.open(given) as packed, unpacked.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return [Stream("plain", unpacked, 1), Stream("gzip", given, 1), Stream("plain, two workers", unpacked, 2)]


def main() -> None:
    """Run undisturbed once, then be disturbed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--file", type=Path, default=judge.SHARED / "posts" / "x_api_v2.jsonl.gz", help="posts of X, gzip"
    )
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="default: 50")
    parser.add_argument(
        "--batch", type=int, default=200, metavar="N", help="posts a batch: small, so that there is much to interrupt"
    )
    parser.add_argument("--seed", type=int, default=20261123)
    a, seen_by = parser.parse_args(), judge.ready()
    judge.warm()
    machine.header(
        "Kill -9 and restart", judge=seen_by.named(), file=a.file, kills=a.kills, batch=a.batch, seed=str(a.seed)
    )
    random, left, rows = Random(a.seed), a.kills, []
    with machine.scratch(judge.WORK) as work:
        streams = inputs(a.file, work)
        machine.must(machine.run(command(streams[0], work / "undisturbed", a.batch)))
        expected = outcome(work / "undisturbed")
        rows.append(compared("undisturbed", 0, expected, expected))
        for number, stream in enumerate(cycle(streams)):
            if not left:
                break
            data, kills = work / f"disturbed-{number}", 0
            while left and kills < -(-a.kills // 6) and killed(stream, data, a.batch, random.uniform(0, LATEST)):
                kills, left = kills + 1, left - 1
            machine.must(machine.run(command(stream, data, a.batch)))
            rows.append(compared(stream.name, kills, outcome(data), expected))
    machine.table(
        ("directory", "kills", "posts", "ids missing", "ids twice", "flagged missing", "flagged too many"), rows
    )
    machine.verdict(not any(sum(row[3:5]) for row in rows), "every post once in the log", f"after {a.kills} kills")
    machine.verdict(
        not any(sum(row[5:]) for row in rows),
        "flagged set equal to an undisturbed run",
        f"{expected.flagged.total():,} flagged",
    )


if __name__ == "__main__":
    judge.script(main)
