"""Batches to write, and short ways to look at a log."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from vigie.journal.frame import Meta
from vigie.journal.log import scan
from vigie.journal.segment import Position
from vigie.journal.writer import Writer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def meta(begin: int = 0, end: int = 100, *, source: str = "s", batch: int = 1, at: datetime = NOW, **more: int) -> Meta:
    return Meta(
        source=source,
        batch=batch,
        begin=begin,
        end=end,
        line=1,
        lines=2,
        rulebook="r",
        model="m",
        written_at=at,
        **more,
    )


def posts(ids: Sequence[str], *, score: str = "hate", seed: int = 7, edited: int = 0) -> pa.RecordBatch:
    dice, n = random.Random(seed), len(ids)
    return pa.record_batch(
        {
            "id": pa.array(ids, pa.string()),
            "account": pa.array([f"account-of-{i}" for i in ids], pa.string()),
            "created_at": pa.array([NOW - timedelta(days=1)] * n, pa.timestamp("us", tz="UTC")),
            "language": pa.array([dice.choice(["fr", "en", None]) for _ in ids], pa.string()),
            "views": pa.array(range(n), pa.int64()),
            "text_hash": pa.array([hash_of(i) + edited for i in ids], pa.int64()),
            "fingerprint": pa.array(range(n), pa.int64()),
            score: pa.array([dice.random() for _ in ids], pa.float32()),
            "clause": pa.array([dice.choice(["hate.racism@1", None]) for _ in ids], pa.string()),
            "also": pa.array([["spam@1", "insult@2"]] * n, pa.list_(pa.string())),
            "route": pa.array([dice.choice(["review", "machine", None]) for _ in ids], pa.string()),
            "restriction": pa.array([None] * n, pa.string()),
        }
    )


def hash_of(post: str) -> int:
    return int.from_bytes(post.encode().ljust(8, b"\0")[:8], "big", signed=True)


def inbox(ids: Sequence[str]) -> pa.RecordBatch:
    return pa.record_batch({"id": list(ids), "text": [f"The words of {i}." for i in ids]})


def write(
    directory: Path, *batches: Sequence[str], source: str = "s", at: datetime = NOW, flagged: bool = False
) -> list[Position]:
    """Each batch as a frame of one writer; batch n covers the bytes [100 n, 100 n + 100)."""
    with Writer(directory) as writer:
        return [
            writer.append(
                meta(100 * n, 100 * n + 100, source=source, batch=n, at=at),
                posts(ids),
                inbox(ids[:1]) if flagged else None,
            )
            for n, ids in enumerate(batches)
        ]


def ids_in(directory: Path, **how: int) -> list[str | None]:
    found = scan(directory, **how).select("id").collect()["id"].to_list()
    return sorted(found, key=lambda i: (i is None, i or ""))


def segments(directory: Path) -> list[Path]:
    return sorted((directory / "journal").glob("w*/*.seg"))
