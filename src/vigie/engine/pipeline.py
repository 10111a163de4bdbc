"""One batch is judged: a pure function that the command line, a web process, a worker and a backtest all call."""

import hashlib
from collections.abc import Sequence

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from vigie.decide.rulebook import Rulebook
from vigie.detect.detector import Detector, Post, scored
from vigie.intake.prepared import keyed, prepared
from vigie.records.evidence import Evidence
from vigie.records.posts import CONTEXT

_KEPT = ("id", "account", "created_at", "language", "declared_language", "views", "followers")
_KNOWN = ("id", "account", "created_at", "language", "views", "followers")
_SECONDS_PER_DAY = 86_400


def model_hash(detectors: Sequence[Detector]) -> str:
    """What looked at the posts: changes whenever a score may change."""
    content = "\n".join(f"{d.name} {d.version}" for d in sorted(detectors, key=lambda d: d.name))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def signals(detectors: Sequence[Detector]) -> dict[str, str]:
    """Which detector feeds each signal."""
    return {signal: detector.name for detector in detectors for signal in detector.signals}


def _account_age(posts: pa.RecordBatch) -> pa.Array:
    """Days from the account's creation to the post's; null where either is unknown."""
    seconds = pc.seconds_between(posts.column("account_created_at"), posts.column("created_at"))
    return pc.divide(seconds, _SECONDS_PER_DAY)


def judge(
    posts: pa.RecordBatch, rulebook: Rulebook, detectors: Sequence[Detector], key: bytes = bytes(16)
) -> pa.RecordBatch:
    """What is proposed for each post of a batch (schema POSTS): its record for the log, a row per post, in order.

    Columns: what identifies the post, its language, ``text_hash`` and ``fingerprint`` (int64, under ``key``, 16 bytes),
    a float32 per signal, and ``clause``, ``also``, ``route``, ``restriction``: null where nothing is proposed.
    """
    ready = prepared(posts)
    scores = scored(ready, detectors)
    columns = {name: ready.column(name) for name in _KEPT} | {"account_age_days": _account_age(ready)}
    columns["text_hash"] = keyed(ready.column("text"), key)
    columns["fingerprint"] = keyed(ready.column("folded"), key)
    columns |= {signal: pa.array(column) for signal, column in scores.items()}
    record = pa.RecordBatch.from_pydict(columns)
    proposals = rulebook.propose(pl.DataFrame(record))
    for name in ("clause", "also", "route", "restriction"):
        record = record.append_column(name, _plain(proposals[name].to_arrow()))
    return record


def _plain(column: pa.Array) -> pa.Array:
    """Polars' large and view strings as the plain ones of the log."""
    kind = pa.list_(pa.string()) if isinstance(column.type, pa.ListType | pa.LargeListType) else pa.string()
    return column.cast(kind)


def explain(
    posts: pa.RecordBatch, record: pa.RecordBatch, rulebook: Rulebook, detectors: Sequence[Detector]
) -> pa.RecordBatch:
    """The flagged posts with their texts, scores and evidence: what a person will look at. Other posts leave no text."""
    flagged = pc.is_valid(record.column("clause"))
    rows = record.filter(flagged)
    texts = posts.column("text").filter(flagged)
    found = [
        _evidence(row, text, rulebook, detectors)
        for row, text in zip(_rows(rows, detectors), texts.to_pylist(), strict=True)
    ]
    kept = (*_KNOWN, "text_hash", "fingerprint", "clause", "also", "route", "restriction")
    columns = {name: rows.column(name) for name in kept} | {"text": texts}
    if CONTEXT.name in posts.schema.names:
        columns[CONTEXT.name] = posts.column(CONTEXT.name).filter(flagged)
    columns["scores"] = pa.array([scores for scores, _ in found], pa.string())
    columns["evidence"] = pa.array([evidence for _, evidence in found], pa.string())
    return pa.RecordBatch.from_pydict(columns)


def _rows(rows: pa.RecordBatch, detectors: Sequence[Detector]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = rows.select(["clause", "also", "language", *signals(detectors)]).to_pylist()
    return found


def _evidence(row: dict[str, object], text: str, rulebook: Rulebook, detectors: Sequence[Detector]) -> tuple[str, str]:
    """Scores above a hundredth, and the evidence for every proposed clause, strongest first; both as JSON."""
    scores = {name: value for name, value in row.items() if isinstance(value, float) and value >= 0.01}
    post = Post(text, str(row["language"]))
    clauses = [row["clause"], *(row["also"] or [])]  # type: ignore[misc]
    asked = {signal for clause in clauses for signal in rulebook.signals_of[str(clause)]}
    evidence: list[Evidence] = []
    for detector in detectors:
        ours = sorted((s for s in detector.signals if s in asked and s in scores), key=lambda s: -scores[s])
        if ours:
            evidence += detector.explain(post, tuple(ours))
    rounded = {name: round(value, 4) for name, value in scores.items()}
    return msgspec.json.encode(rounded).decode(), msgspec.json.encode(evidence).decode()
