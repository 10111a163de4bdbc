"""The simulated posts go the way of all posts: judged by the real detectors, explained, and kept in the log with their hour."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from vigie.decide.rulebook import Rulebook
from vigie.demo.history import DemoAccount, DemoPost, History
from vigie.detect.detector import Detector
from vigie.journal.frame import Meta
from vigie.records.posts import POSTS

TERMS = Path(__file__).parent / "terms"
PATTERNS, DOMAINS = TERMS / "patterns", TERMS / "domains" / "scam.txt"
SOURCE = "demo"
_BATCH = 5_000  # posts judged at once
_UNDECLARED = 10  # one post in so many comes without a declared language


def domains() -> frozenset[str]:
    """The domains of the demo's swindlers that are listed."""
    from vigie.detect.links import read_list

    return read_list(DOMAINS.read_text(), str(DOMAINS))


def files() -> dict[str, str]:
    """What the terms of a demo hold beside the clauses, as path → text: the patterns that ship, and its own words and domains."""
    from vigie.detect.patterns import SHIPPED

    found = {f"patterns/{file.name}": file for file in SHIPPED.glob("*.toml")}
    found |= {f"patterns/{file.stem}.demo.toml": file for file in PATTERNS.glob("*.toml")}
    found["domains/scam.txt"] = DOMAINS
    return {name: file.read_text("utf-8") for name, file in sorted(found.items())}


def to_batches(history: History) -> Iterator[pa.RecordBatch]:
    """The posts as any network would send them (schema POSTS), in order of time; the truth stays behind."""
    accounts = {account.id: account for account in history.accounts}
    for begin in range(0, len(history.posts), _BATCH):
        rows = [_row(post, accounts[post.account]) for post in history.posts[begin : begin + _BATCH]]
        yield pa.RecordBatch.from_pylist(rows, schema=POSTS)


def _row(post: DemoPost, account: DemoAccount) -> dict[str, object]:
    return {
        "id": post.id,
        "text": post.text,
        "account": post.account,
        "created_at": post.created_at,
        "declared_language": None if int(post.id[1:]) % _UNDECLARED == 0 else post.language,
        "views": post.views_seen,
        "followers": account.followers,
        "account_created_at": account.created_at,
    }


def judged(
    history: History, rulebook: Rulebook, found: Sequence[Detector], key: bytes = bytes(16)
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """What is proposed for each post, and what is explained of those that are flagged: see ``engine.pipeline``."""
    from vigie.engine.pipeline import explain, judge

    for posts in to_batches(history):
        record = judge(posts, rulebook, found, key)
        yield record, explain(posts, record, rulebook, found)


def proposals(record: pa.RecordBatch) -> dict[str, str]:
    """The flagged posts of a record, each with the id of the clause that is proposed first."""
    flagged = record.filter(pc.is_valid(record.column("clause")))
    pairs = zip(flagged.column("id").to_pylist(), flagged.column("clause").to_pylist(), strict=True)
    return {post: cite.split("@")[0] for post, cite in pairs}


def keep(history: History, data: Path, rulebook: Rulebook, found: Sequence[Detector]) -> dict[str, str]:
    """Judge the whole history and write it to the log of an empty data directory; the flagged posts with their clause.

    One frame an hour, written when that hour ended, under the source "demo", whose stretches are counted in posts. The
    texts go into the text window, if the directory keeps one.
    """
    from vigie.engine.pipeline import model_hash
    from vigie.journal.key import secret
    from vigie.journal.text_writer import TextWriter
    from vigie.journal.writer import Writer

    said = Meta(
        source=SOURCE,
        batch=0,
        begin=0,
        end=0,
        line=1,
        lines=0,
        rulebook=rulebook.hash,
        model=model_hash(found),
        written_at=history.now,
    )
    flagged: dict[str, str] = {}
    posts = iter(history.posts)
    with Writer(data) as writer, closing(TextWriter(data, writer.name)) as window:
        for record, inbox in judged(history, rulebook, found, secret(data)):
            flagged |= proposals(record)
            told = list(islice(posts, len(record)))
            for written_at, rows in _hours([post.seen_at for post in told]):
                said = _following(said, written_at, rows)
                part = record.slice(rows.start, len(rows))
                window.keep(said, part, pa.array([told[row].text for row in rows], pa.string()))
                writer.append(said, part, inbox.filter(pc.is_in(inbox.column("id"), part.column("id"))))
    return flagged


def _hours(seen_at: Sequence[datetime]) -> Iterator[tuple[datetime, range]]:
    """Which rows the machine looked at together, and when; in order."""
    for when, group in groupby(range(len(seen_at)), key=seen_at.__getitem__):
        rows = list(group)
        yield when, range(rows[0], rows[-1] + 1)


def _following(before: Meta, written_at: datetime, rows: range) -> Meta:
    """The next frame's meta."""
    return msgspec.structs.replace(
        before,
        batch=before.batch + 1,
        begin=before.end,
        end=before.end + len(rows),
        line=before.end + 1,
        lines=len(rows),
        written_at=written_at,
    )
