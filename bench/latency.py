"""How long a batch of 1,000 posts takes: to be judged and explained, to be safe in the log; and the disk alone."""

import argparse
import os
import time
from itertools import cycle, islice
from pathlib import Path

import judge
import machine
import mix

BATCH = 1_000
WARM = 20  # batches that are not counted


def timed(path: Path, work: Path, count: int) -> dict[str, list[float]]:
    """Seconds of each batch: computing, computing and keeping; and of the disk, given the same bytes, alone."""
    from vigie.journal.frame import encode
    from vigie.journal.writer import Writer

    seen_by = judge.ready()
    lines = list(judge.batches(path, BATCH))
    compute, kept, disk = [], [], []
    alone = os.open(work / "alone", os.O_RDWR | os.O_CREAT)
    at = 0
    with Writer(work / "data") as writer:
        for number, data in enumerate(islice(cycle(lines), count + WARM)):
            started = time.perf_counter()
            posts = judge.decode(data)
            record = seen_by.record(posts)
            inbox = seen_by.inbox(posts, record)
            compute.append(time.perf_counter() - started)
            writer.append(seen_by.meta(number, BATCH), record, inbox)
            kept.append(time.perf_counter() - started)
            frame = encode(seen_by.meta(number, BATCH), record, inbox)
            started = time.perf_counter()
            os.pwrite(alone, frame, at)
            os.fdatasync(alone)
            disk.append(time.perf_counter() - started)
            at += len(frame)
    os.close(alone)
    return {"compute": compute[WARM:], "kept": kept[WARM:], "disk": disk[WARM:]}


def main() -> None:
    """Measure on one core and compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 200_000)
    parser.add_argument("--batches", type=int, default=1_000, metavar="N", help="batches of 1,000 (default: 1,000)")
    a, seen_by = parser.parse_args(), judge.ready()
    path = mix.made(a, seen_by)
    judge.warm()
    machine.header("Latency of a batch of 1,000, one core", judge=seen_by.named(), mix=path, batches=a.batches)
    with machine.scratch(judge.WORK) as work:
        found = {
            name: machine.quantiles(seconds) for name, seconds in machine.pinned(timed, path, work, a.batches).items()
        }
    told = {
        "compute": "compute: decode, judge, explain",
        "kept": "compute, then append with fdatasync",
        "disk": "the disk alone: the same bytes, fdatasync",
    }
    machine.table(("milliseconds", "p50", "p99", "most"), [(told[name], *values) for name, values in found.items()])
    compute, kept, disk = (found[name][1] for name in ("compute", "kept", "disk"))
    machine.verdict(compute <= 10, "p99 of compute ≤ 10 ms", f"{compute:.1f} ms")
    machine.verdict(kept <= 10 + disk, f"p99 with fdatasync ≤ 10 ms + the disk's {disk:.1f} ms", f"{kept:.1f} ms")


if __name__ == "__main__":
    judge.script(main)
