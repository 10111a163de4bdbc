"""Two workers on two cores against one, and in the same run what two copies of a plain kernel gain on this machine.

The file is not compressed, so that each worker reads its own bytes. Posts a second are counted from the tenth batch to
the last but ten, when every worker is at work; the whole run, start included, stands beside it.
"""

import argparse
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import judge
import machine
import mix

EDGE = 10  # batches at both ends that are not counted
KERNEL_SECONDS = 2.0


def worked(path: Path, data: Path, workers: int, batch: int) -> tuple[float, float]:
    """Posts a second while all workers work, and of the whole run, by the engine's own workers."""
    from vigie.app import wiring
    from vigie.engine.source import Input
    from vigie.engine.workers import alone, together
    from vigie.journal.intervals import Intervals

    started, stamps = time.perf_counter(), []
    job = wiring.Job(data=data, source="scaling", path=path, format="x", columns=None, head=b"", terms=None)
    with path.open("rb") as stream:
        source = Input(path, stream, lambda: False)
        tasks = source.tasks(wiring.reader_of(job), Intervals(), batch)
        build = wiring.builder(job)
        for done in alone(build, tasks) if workers == 1 else together(build, tasks, workers):
            stamps.append((time.perf_counter(), done.posts))
    busy = stamps[EDGE : len(stamps) - EDGE] or stamps
    steady = sum(posts for _, posts in busy[1:]) / max(busy[-1][0] - busy[0][0], 1e-9)
    return steady, sum(posts for _, posts in stamps) / (stamps[-1][0] - started)


def kernel(core: int, begin: float) -> float:
    """Rounds a second of a plain loop over 1 MiB of bytes and a table of 512 KiB, on one core, from an instant on."""
    from numba import njit

    machine.take([core])
    octets = np.random.default_rng(1).integers(0, 256, 1 << 20, np.uint8)
    cells = np.arange(1 << 16, dtype=np.int64)

    @njit
    def walk(octets, cells):  # type: ignore[no-untyped-def]
        total, h = 0, np.uint32(0)
        for octet in octets:
            h = (h ^ np.uint32(octet)) * np.uint32(0x01000193)
            total += cells[h & np.uint32(0xFFFF)]
        return total

    walk(octets, cells)
    time.sleep(max(0.0, begin - time.time()))
    rounds, started = 0, time.perf_counter()
    while time.perf_counter() - started < KERNEL_SECONDS:
        walk(octets, cells)
        rounds += 1
    return rounds / (time.perf_counter() - started)


def copies(cores: list[int]) -> float:
    """Rounds a second of all copies together, one on each core, at the same time."""
    with ProcessPoolExecutor(len(cores), get_context("spawn")) as pool:
        return sum(pool.map(kernel, cores, [time.time() + 5.0] * len(cores)))


def main() -> None:
    """Measure one and two, in turns, and compare the gains."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 1_000_000)
    parser.add_argument(
        "--rounds", type=int, default=3, metavar="N", help="one, two, kernel, so many times; medians (default: 3)"
    )
    parser.add_argument("--batch", type=int, default=8192, metavar="N")
    a, seen_by = parser.parse_args(), judge.ready()
    path, cores = mix.made(a, seen_by), machine.cores()[:2]
    judge.warm()
    machine.header("Two workers on two cores", judge=seen_by.named(), mix=path, batch=a.batch, cores=str(cores))
    found: dict[str, list[float]] = {
        name: [] for name in ("one", "two", "one, whole run", "two, whole run", "kernel", "two kernels")
    }
    for _ in range(a.rounds):
        for name, count in (("one", 1), ("two", 2)):
            with machine.scratch(judge.WORK) as work:
                steady, whole = machine.pinned(worked, path, work, count, a.batch, on=cores[:count])
            found[name].append(steady)
            found[f"{name}, whole run"].append(whole)
        found["kernel"].append(copies(cores[:1]))
        found["two kernels"].append(copies(cores))
    show({name: statistics.median(values) for name, values in found.items()})


def show(rates: dict[str, float]) -> None:
    """The three pairs, and the bar."""
    pairs = (
        ("posts/s, all at work", "one", "two"),
        ("posts/s, whole run", "one, whole run", "two, whole run"),
        ("plain kernel, rounds/s", "kernel", "two kernels"),
    )
    gains = {what: rates[two] / rates[one] for what, one, two in pairs}
    machine.table(
        ("", "one", "two", "gain"), [(what, rates[one], rates[two], f"{gains[what]:.2f} ×") for what, one, two in pairs]
    )
    ours, reference = gains["posts/s, all at work"], gains["plain kernel, rounds/s"]
    bar = "two workers ≥ 1.8 × one, or ≥ 90 % of the gain of two plain kernels"
    machine.verdict(
        ours >= 1.8 or ours >= 0.9 * reference,
        bar,
        f"{ours:.2f} ×, which is {ours / reference:.0%} of the kernels' {reference:.2f} ×",
    )


if __name__ == "__main__":
    judge.script(main)
