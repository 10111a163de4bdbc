"""``vigie bench``: how many posts a second this machine judges and keeps, on posts made of the patterns' own test sentences."""

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec

from vigie.app import wiring
from vigie.errors import Refused

_SEED = 20221201
_WORDS = (
    "the",
    "and",
    "it",
    "you",
    "on",
    "for",
    "with",
    "le",
    "la",
    "un",
    "de",
    "est",
    "que",
    "pour",
    "dans",
    "pas",
    "elle",
)


def _sentences(terms: Path | None) -> tuple[list[str], list[str]]:
    """The patterns' test sentences: those that the judge flags, and those that it does not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from vigie.detect import patterns
    from vigie.engine.pipeline import judge
    from vigie.records.posts import POSTS

    rows = [{"id": "1", "text": text} for p in patterns.shipped().patterns for text in (p.match, p.near_miss)]
    posts = pa.RecordBatch.from_pylist(rows, schema=POSTS)
    found = wiring.detectors(terms)
    flagged = pc.is_valid(judge(posts, wiring.rulebook(terms, found, wiring.now().date()), found).column("clause"))
    texts = posts.column("text")
    return texts.filter(flagged).to_pylist(), texts.filter(pc.invert(flagged)).to_pylist()


def _texts(terms: Path | None, count: int, share: float) -> Iterator[str]:
    """Distinct posts: sentences with ordinary words behind them, a share of which break a clause."""
    draw = random.Random(_SEED)  # noqa: S311  (a benchmark, not a secret)
    breaks, plain = _sentences(terms)
    for number in range(count):
        sentence = draw.choice(breaks if draw.random() < share else plain)
        yield f"{sentence} {' '.join(draw.choices(_WORDS, k=5))} {number}"


def _lines(texts: list[str]) -> bytes:
    """X API v2 lines."""
    posts = (
        {"id": str(n), "text": text, "author_id": str(n % 9973), "created_at": "2026-11-01T00:00:00.000Z", "lang": "en",
         "public_metrics": {"impression_count": n % 5000, "like_count": 3, "retweet_count": 1}}
        for n, text in enumerate(texts)
    )  # fmt: skip
    return b"".join(msgspec.json.encode(post) + b"\n" for post in posts)


def bench(arguments: argparse.Namespace) -> int:
    """Judge a generated stream into a temporary log, after one batch to warm up."""
    if arguments.posts < arguments.batch or not 1 <= arguments.batch <= 20_000:
        raise Refused("give --batch 1 to 20000 and --posts no smaller than --batch")
    if not 0 <= arguments.flagged_share <= 1:
        raise Refused("--flagged-share is a share between 0 and 1")
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as place:
        return _run(arguments, Path(place))


def _run(arguments: argparse.Namespace, place: Path) -> int:
    from vigie.engine.source import Task

    with wiring.compiling_said():
        wiring.first_decision(arguments.terms)
        texts = list(_texts(arguments.terms, arguments.posts, arguments.flagged_share))
        chunks = [_lines(texts[n : n + arguments.batch]) for n in range(0, len(texts), arguments.batch)]
        job = wiring.Job(place, "bench", None, "x", None, chunks[0][:65536], arguments.terms)
        worker = wiring.build(job)
        worker.work(Task(0, 0, len(chunks[0]), 1, chunks[0]))
    posts = flagged = 0
    started, processor = time.perf_counter(), time.process_time()
    for number, chunk in enumerate(chunks, 1):
        done = worker.work(Task(number, number, number + 1, 1, chunk))
        posts += done.posts
        flagged += sum(done.proposals.values())
    wall, processor = time.perf_counter() - started, time.process_time() - processor
    worker.close()
    print(_machine())
    print(
        f"{posts:,} posts of {sum(map(len, chunks)) / posts:,.0f} bytes, {flagged / posts:.1%} flagged, "
        f"batches of {arguments.batch}"
    )
    print(
        f"{posts / wall:,.0f} posts/s, from JSON to the log confirmed by the disk ({posts / processor:,.0f} a second of processor)"
    )
    print("These posts are made up. On your own: vigie moderate FILE --data $(mktemp -d)")
    return 0


def _machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor()
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numba", "pyarrow", "polars", "msgspec", "hyperscan"))
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, vigie {version('vigie')}, {libraries}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
