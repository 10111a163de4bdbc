"""Posts a second on one core, from 1 KB JSON and from Arrow to a durable log with inbox and evidence; and references.

From JSON it is the command that people run, ``vigie moderate``: the whole process, and again without its start. From
Arrow it is what a program would call: judge, explain, append. Timings are never asserted in tests.
"""

import argparse
import gzip
import re
import shutil
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

import judge
import machine
import mix
import reference
import stages

_SAID = re.compile(r"^([\d,]+) posts judged in [\d.,]+ s \(([\d,]+) posts/s\)", re.MULTILINE)


class Rate(NamedTuple):
    """Posts a second: of the whole process; for each second of processor that it took; and once it is ready."""

    posts: int
    whole: float
    processor: float
    ready: float


def moderated(path: Path, work: Path, batch: int) -> Rate:
    """One run of ``vigie moderate`` on one core into an empty data directory."""
    data = work / "data"
    shutil.rmtree(data, ignore_errors=True)
    command = [
        *judge.COMMAND,
        "moderate",
        str(path),
        "--format",
        "x",
        "--data",
        str(data),
        "--batch",
        str(batch),
        "--quiet",
    ]
    ended = machine.must(machine.run(command, on=machine.cores()[:1]))
    said = _SAID.search(ended.out)
    assert said, ended.out
    posts = int(said[1].replace(",", ""))
    return Rate(posts, posts / ended.seconds, posts / ended.processor, float(said[2].replace(",", "")))


def median(path: Path, work: Path, batch: int, runs: int) -> Rate:
    """The median of several runs."""
    found = [moderated(path, work, batch) for _ in range(runs)]
    return Rate(found[0].posts, *(statistics.median(column) for column in list(zip(*found, strict=True))[1:]))


def in_log(data: Path) -> tuple[int, int]:
    """Posts that the log holds, and how many of them are flagged: what was counted as work was kept."""
    ended = machine.must(machine.run([*judge.COMMAND, "log", "stats", "--json", "--data", str(data)]))
    stats = msgspec.json.decode(ended.out)
    return stats["posts"], stats["posts"] - stats["by_clause"].get("none", 0)


def from_arrow(path: Path, work: Path, batch: int, runs: int) -> Rate:
    """Posts that are Arrow batches in memory already: judge, explain, append with fdatasync."""
    from vigie.journal.writer import Writer

    seen_by, rates = judge.ready(), []
    posts = [judge.decode(data) for data in judge.batches(path, batch)]
    count = sum(len(one) for one in posts)
    for run in range(-1, runs):
        started = time.perf_counter()
        with Writer(work) as writer:
            for number, one in enumerate(posts if run >= 0 else posts[:1]):
                record = seen_by.record(one)
                writer.append(seen_by.meta(number, len(one)), record, seen_by.inbox(one, record))
        rates.append(count / (time.perf_counter() - started))
    return Rate(count, 0.0, 0.0, statistics.median(rates[1:]))


def plain_file(path: Path, work: Path) -> Path:
    """The same file without its compression."""
    out = work / path.stem
    with gzip.open(path) as packed, out.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return out


def options() -> argparse.Namespace:
    """What can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 1_000_000)
    parser.add_argument("--hateful", type=Path, default=judge.SHARED / "posts" / "x_api_v2.jsonl.gz", metavar="FILE")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of which the median is taken (default: 3)")
    parser.add_argument("--batch", type=int, default=8192, metavar="N")
    parser.add_argument(
        "--plain-posts", type=int, default=3000, metavar="N", help="posts for the plain references (default: 3,000)"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, print, and say which bars are met."""
    a, seen_by = options(), judge.ready()
    path = mix.made(a, seen_by)
    judge.warm()
    machine.header("Throughput, one core", judge=seen_by.named(), mix=path, runs=f"median of {a.runs}", batch=a.batch)
    with machine.scratch(judge.WORK) as work:
        json = median(path, work, a.batch, a.runs)
        kept, flagged = in_log(work / "data")
        arrow = machine.pinned(from_arrow, path, work / "arrow", a.batch, a.runs)
        rows = [
            ("1 %-flagged mix, from 1 KB JSON", *json),
            ("the same, from Arrow", arrow.posts, "–", "–", arrow.ready),
        ]
        if a.hateful.exists():
            hateful = median(plain_file(a.hateful, work), work, a.batch, a.runs)
            rows.append(("the hate-heavy file as it is (no bar)", *hateful))
        machine.table(("posts/s", "posts", "whole process", "per s of processor", "once started"), rows)
        print(f"  the log holds {kept:,} posts of the mix, {flagged / kept:.2%} flagged\n")
        plain = machine.pinned(reference.measured, path, a.plain_posts)
        machine.table(("references, one core, same run", "posts", "posts/s"), plain)
        stages.show(*machine.pinned(stages.timed, path, work / "stages", a.batch))
    machine.verdict(kept == json.posts, "every post is in the log", f"{kept:,} of {json.posts:,}")
    machine.verdict(abs(flagged / kept - 0.01) <= 0.002, "1.0 % ± 0.2 flagged", f"{flagged / kept:.2%}")
    machine.verdict(
        json.whole >= 100_000, "from JSON ≥ 100,000 posts/s, whole process (stretch 200,000)", f"{json.whole:,.0f}"
    )
    machine.verdict(json.ready >= 100_000, "from JSON ≥ 100,000 posts/s, once started", f"{json.ready:,.0f}")
    machine.verdict(arrow.ready >= 200_000, "from Arrow ≥ 200,000 posts/s (stretch 300,000)", f"{arrow.ready:,.0f}")


if __name__ == "__main__":
    judge.script(main)
