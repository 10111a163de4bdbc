"""``vigie backtest`` on two cores: one changed condition over the log, one changed pattern over the text window.

Both are made of posts that the judge has seen, again and again under other ids, over 30 days; in the log each with scores a
hair different, judged again by the rulebook. The whole command is timed, start included. Beside it, on the same two cores:
Polars alone on that condition and nothing else, and the reading of the window with nothing done to the texts.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import judge
import machine
import mix

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 30.0  # seconds
DAYS = 30
FRAME = 8192
COMPACT_EVERY = 300  # frames: as a service that compacts regularly
OLD_CONDITION, NEW_CONDITION = '"racism >= review"', '"racism >= 0.35 AND views > 100"'
STARTER = Path(judge.HERE).parents[1] / "src" / "vigie" / "terms" / "starter"
NEW_PATTERN = """
[[pattern]]
regex = '(?:this|that) (?:is|was)'
score = 0.9
why = "ordinary words, for the bench"
match = "this is"
near_miss = "these are"
"""


def judged(path: Path, seen_by: judge.Judge) -> "tuple[pa.RecordBatch, pa.Array]":
    """The records of a mix, and its texts."""
    import pyarrow as pa

    pairs = [(seen_by.record(posts), posts.column("text")) for posts in map(judge.decode, judge.batches(path, FRAME))]
    records = pa.Table.from_batches([record for record, _ in pairs]).combine_chunks().to_batches()[0]
    return records, pa.concat_arrays([texts for _, texts in pairs])


def frames(posts: int, of: int) -> Iterator[tuple[int, np.ndarray]]:
    """The number of each frame, and which of the ``of`` records its posts are: round and round."""
    for number, first in enumerate(range(0, posts, FRAME)):
        yield number, np.arange(first, min(first + FRAME, posts)) % of


def renamed(record: "pa.RecordBatch", number: int) -> "pa.RecordBatch":
    """The same posts under ids and hashes of texts that no other frame has."""
    import pyarrow as pa

    ranks = np.arange(number * FRAME, number * FRAME + len(record), dtype=np.int64)
    hashes = pa.array(ranks * np.int64(-7046029254386353131))  # odd: no two are the same
    for name, column in (("id", pa.array(ranks).cast(pa.string())), ("text_hash", hashes)):
        record = record.set_column(record.schema.get_field_index(name), name, column)
    return record


def shaken(record: "pa.RecordBatch", seen_by: judge.Judge, draw: np.random.Generator) -> "pa.RecordBatch":
    """The same posts with scores a hair different, as no two posts have the same, and what is proposed for them."""
    import polars as pl
    import pyarrow as pa

    for detector in seen_by.detectors:
        for name in detector.signals:
            scores = record.column(name).to_numpy() * (1 - draw.random(len(record), np.float32) / 512)
            record = record.set_column(record.schema.get_field_index(name), name, pa.array(scores.astype(np.float32)))
    proposed = seen_by.rules.propose(pl.DataFrame(record))
    for name in ("clause", "also", "route", "restriction"):
        at = record.schema.get_field_index(name)
        record = record.set_column(at, name, proposed[name].to_arrow().cast(record.schema.field(name).type))
    return record


def make_log(data: Path, posts: int, records: "pa.RecordBatch", seen_by: judge.Judge) -> None:
    """So many posts in the log, compacted, evenly over the days."""
    from vigie.journal.compact import compact
    from vigie.journal.writer import Writer

    draw, now, count = np.random.default_rng(mix.SEED), datetime.now(UTC), -(-posts // FRAME)
    with Writer(data) as writer:
        for number, which in frames(posts, len(records)):
            record = shaken(renamed(records.take(which), number), seen_by, draw)
            writer.append(dated(seen_by, number, count, now), record)
            if number % COMPACT_EVERY == COMPACT_EVERY - 1:
                compact(data, now=now)
    compact(data, now=now)
    for place in (data / "journal").glob("w*"):
        print(f"  {sum(file.stat().st_size for file in place.glob('*.seg')) >> 20} MiB of segments left", flush=True)


def make_texts(data: Path, posts: int, records: "pa.RecordBatch", texts: "pa.Array", seen_by: judge.Judge) -> None:
    """So many texts in the window, evenly over the days, and a log of its last frame."""
    import pyarrow as pa

    from vigie.journal.text_writer import TextWriter
    from vigie.journal.texts import keep_texts
    from vigie.journal.writer import Writer

    now, count = datetime.now(UTC), -(-posts // FRAME)
    keep_texts(data, DAYS)
    with Writer(data) as writer:
        window = TextWriter(data, writer.name)
        for number, which in frames(posts, len(records)):
            record = renamed(records.take(which), number)
            window.keep(dated(seen_by, number, count, now), record, texts.take(pa.array(which)))
        window.close()
        writer.append(dated(seen_by, count - 1, count, now), record)


def dated(seen_by: judge.Judge, number: int, count: int, now: datetime) -> "object":
    """What a frame says of itself: the last was written now, the first 29 days ago."""
    import msgspec

    back = timedelta(days=DAYS - 1) * (1 - (number + 1) / count)
    return msgspec.structs.replace(seen_by.meta(number, FRAME), written_at=now - back)


def terms(place: Path, *, pattern: bool) -> Path:
    """The starter set with one condition changed, or with its own patterns, one more than ship."""
    from vigie.detect import patterns

    shutil.copytree(STARTER, place)
    if pattern:
        (place / "patterns").mkdir()
        for file in patterns.SHIPPED.glob("*.toml"):
            more = NEW_PATTERN if file.name == "spam_words.en.toml" else ""
            (place / "patterns" / file.name).write_text(file.read_text() + more)
        return place
    file = place / "hate.racism.toml"
    text = file.read_text()
    assert OLD_CONDITION in text, "the condition that is changed is not there any more"
    file.write_text(text.replace(OLD_CONDITION, NEW_CONDITION))
    return place


def two_threads() -> dict[str, str]:
    """The environment of who has two cores."""
    return {name: value for name, value in os.environ.items() if name not in machine.ONE_THREAD}


def ours(data: Path, changed: Path) -> machine.Ended:
    """The command that people run."""
    command = [*judge.COMMAND, "backtest", "--data", str(data), "--terms", str(changed)]
    return machine.must(machine.run(command, on=machine.cores()[:2], env=two_threads()))


def alone(what: str, data: Path) -> float:
    """Seconds of a reference on the same two cores, in a process of its own, once started."""
    command = [sys.executable, __file__, "--reference", what, str(data)]
    return float(machine.must(machine.run(command, on=machine.cores()[:2], env=two_threads())).out)


def reference(what: str, data: Path) -> None:
    """Polars alone on the one condition that changed, or the reading of the window."""
    started = time.perf_counter()
    if what == "condition":
        import polars as pl

        rows = pl.scan_parquet(data / "log" / "*.parquet", missing_columns="insert")
        changed = (pl.col("racism") >= 0.35) & (pl.col("views") > 100)
        counts = rows.group_by(pl.col("written_at").dt.date(), "language", changed.alias("changed"), "clause").len()
        counts.collect(engine="streaming")
    else:
        from vigie.journal.texts import read_texts

        for _ in read_texts(data, now=datetime.now(UTC)):
            pass
    print(time.perf_counter() - started)


def show(what: str, posts: int, ended: list[machine.Ended], reference_of: tuple[str, float]) -> None:
    """The table and the bar."""
    ended = sorted(ended, key=lambda one: one.seconds)
    best = ended[len(ended) // 2]
    name, seconds = reference_of
    rows = [
        ("vigie backtest, whole command", best.seconds, best.processor, posts / best.seconds),
        (name, seconds, "", posts / seconds),
    ]
    machine.table((what, "seconds", "of processor", "posts/s"), rows)
    print("\n".join(f"    {line}" for line in best.out.splitlines()[:8]), flush=True)
    machine.verdict(
        best.seconds <= MOST, f"one changed {what} over {posts:,} posts ≤ {MOST:.0f} s", f"{best.seconds:.1f} s"
    )
    shown = sum("left" in line for line in best.err.splitlines())
    machine.verdict(shown > 0, "progress shown", f"{shown} lines")


def main() -> None:
    """Make a log and a window, change a rule and a pattern, and time what the command says of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 100_000)
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="posts in the log")
    parser.add_argument("--texts", type=int, default=1_000_000, metavar="N", help="texts in the window")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each; the median counts")
    parser.add_argument("--reference", nargs=2, metavar=("WHAT", "DIR"), help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.reference:
        reference(a.reference[0], Path(a.reference[1]))
        return
    seen_by = judge.ready()
    records, texts = judged(mix.made(a, seen_by), seen_by)
    judge.warm()
    machine.header("Backtests, two cores", judge=seen_by.named(), rows=a.rows, texts=a.texts, runs=a.runs)
    with machine.scratch(judge.WORK) as work:
        if a.rows:
            make_log(work / "log", a.rows, records, seen_by)
            ended = [ours(work / "log", terms(work / f"c{n}", pattern=False)) for n in range(a.runs)]
            show("condition", a.rows, ended, ("Polars alone, that condition", alone("condition", work / "log")))
        if a.texts:
            make_texts(work / "texts", a.texts, records, texts, seen_by)
            ended = [ours(work / "texts", terms(work / f"p{n}", pattern=True)) for n in range(a.runs)]
            show("pattern", a.texts, ended, ("reading the texts alone", alone("texts", work / "texts")))


if __name__ == "__main__":
    judge.script(main)
