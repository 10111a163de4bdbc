"""Where the time of a post goes: each stage of the path alone, on one core, over the same batches.

``judge`` and ``explain`` are also timed whole, so that what no stage accounts for shows as "between the stages".
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import judge
import machine
import mix

if TYPE_CHECKING:
    import pyarrow as pa

    from vigie.journal.writer import Writer


class Clock:
    """Seconds by stage, on the wall and of the processor: far apart, they tell of a busy machine or a slow disk."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.processor: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.processor[stage] += time.process_time() - processor
        self.wall[stage] += time.perf_counter() - wall


INSIDE_JUDGE = ("language", "fold", "hashes", "classifier", "patterns", "links", "rulebook")


def timed(path: Path, work: Path, size: int) -> tuple[dict[str, tuple[float, float]], int]:
    """Seconds by stage (wall, processor), in the order of the path, and the posts; the first batch is not counted."""
    from vigie.journal.writer import Writer

    seen_by, clock, posts = judge.ready(), Clock(), 0
    with Writer(work) as writer:
        stream = enumerate(judge.batches(path, size))
        _one(next(stream)[1], 0, seen_by, Clock(), writer)
        for number, data in stream:
            posts += _one(data, number, seen_by, clock, writer)
    wall, processor = _told_apart(clock.wall), _told_apart(clock.processor)
    return {stage: (wall[stage], processor[stage]) for stage in wall}, posts


def _told_apart(seconds: dict[str, float]) -> dict[str, float]:
    """What was timed whole, less the parts of it that were timed alone; in the order of the path."""
    found = {stage: seconds[stage] for stage in ("decode", *(s for s in seconds if s != "decode"))}
    found["between the stages"] = found.pop("judge, whole") - sum(found.get(stage, 0) for stage in INSIDE_JUDGE)
    found["write, fdatasync"] = found.pop("append") - found["encode the frame"]
    return found


def _one(data: bytes, number: int, seen_by: judge.Judge, clock: Clock, writer: "Writer") -> int:
    from vigie.intake import folding, language
    from vigie.intake.prepared import keyed, prepared, told
    from vigie.journal.frame import encode

    with clock("decode"):
        posts = judge.decode(data)
    with clock("judge, whole"):  # first: as in a stream, nothing of the batch is in the caches
        record = seen_by.record(posts)
    texts = posts.column("text")
    with clock("language"):
        told(language.identify(texts), posts.column("declared_language"))
    with clock("fold"):
        folding.folded(texts)
    ready = prepared(posts)
    with clock("hashes"):
        keyed(texts, bytes(16))
        keyed(ready.column("folded"), bytes(16))
    for detector in seen_by.detectors:
        with clock(detector.name):
            detector.score(ready)
    with clock("rulebook"):
        _proposed(seen_by, record)
    with clock("explain"):
        inbox = seen_by.inbox(posts, record)
    meta = seen_by.meta(number, len(posts))
    with clock("encode the frame"):
        encode(meta, record, inbox)
    with clock("append"):
        writer.append(meta, record, inbox)
    return len(posts)


def _proposed(seen_by: judge.Judge, record: "pa.RecordBatch") -> None:
    """What the rulebook says of a record, from Arrow to Polars included."""
    import polars as pl

    seen_by.rules.proposed(pl.DataFrame(record.select(list({"language", *seen_by.rules.reads}))))


def show(found: dict[str, tuple[float, float]], posts: int) -> None:
    """A row per stage."""
    whole = [sum(column) for column in zip(*found.values(), strict=True)]
    rows = [(stage, *seconds) for stage, seconds in found.items()]
    print(f"  {posts:,} posts, the first batch not counted")
    machine.table(
        ("stage", "µs a post", "of the processor", "share", "posts/s"),
        [
            (name, 1e6 * wall / posts, 1e6 * own / posts, f"{own / whole[1]:.1%}", posts / wall)
            for name, wall, own in [*rows, ("all", *whole)]
        ],
    )


def main() -> None:
    """Time every stage over the mix, or over another file of X posts."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 200_000)
    parser.add_argument("--batch", type=int, default=8192, metavar="N")
    a = parser.parse_args()
    seen_by = judge.ready()
    path = mix.made(a, seen_by)
    machine.header("Stages, one core", judge=seen_by.named(), batch=a.batch, file=path)
    with machine.scratch(judge.WORK) as work:
        show(*machine.pinned(timed, path, work, a.batch))


if __name__ == "__main__":
    judge.script(main)
