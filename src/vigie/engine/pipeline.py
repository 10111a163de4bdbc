"""One batch is judged: a pure function that the command line, a web process, a worker and a backtest all call."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from vigie.decide.rulebook import Rulebook
from vigie.detect.detector import Detector, Post, scored
from vigie.intake.folding import FoldedText
from vigie.intake.prepared import keyed, prepared
from vigie.records.evidence import Evidence
from vigie.records.posts import CONTEXT

_KEPT = ("id", "account", "created_at", "language", "declared_language", "views", "followers")
_KNOWN = ("id", "account", "created_at", "language", "views", "followers")
_SECONDS_PER_DAY = 86_400

Asked = list[tuple[Detector, list[str]]]


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
    return pc.divide(seconds, pa.scalar(_SECONDS_PER_DAY, pa.int64()))


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
    proposals = rulebook.proposed(pl.DataFrame(record.select(list({"language", *rulebook.reads}))))
    return pa.RecordBatch.from_arrays([*record, *proposals], names=[*record.schema.names, *proposals.schema.names])


def explain(
    posts: pa.RecordBatch, record: pa.RecordBatch, rulebook: Rulebook, detectors: Sequence[Detector]
) -> pa.RecordBatch:
    """The flagged posts with their texts, scores and evidence: what a person will look at. Other posts leave no text."""
    flagged = pc.is_valid(record.column("clause"))
    rows = record.filter(flagged)
    texts = posts.column("text").filter(flagged)
    scores = _scores(rows, list(signals(detectors)))
    spoken = zip(FoldedText.each(texts), rows.column("language").to_pylist(), strict=True)
    explained = [Post(folded.original, language, folded) for folded, language in spoken]
    evidence = list(map(_evidence, explained, scores, _asked(rows, rulebook, detectors)))
    kept = (*_KNOWN, "text_hash", "fingerprint", "clause", "also", "route", "restriction")
    columns = {name: rows.column(name) for name in kept} | {"text": texts}
    if CONTEXT.name in posts.schema.names:
        columns[CONTEXT.name] = posts.column(CONTEXT.name).filter(flagged)
    columns["scores"] = pa.array([_rounded(one) for one in scores], pa.string())
    columns["evidence"] = pa.array(evidence, pa.string())
    return pa.RecordBatch.from_pydict(columns)


def _scores(rows: pa.RecordBatch, names: list[str]) -> list[dict[str, float]]:
    """The scores of each post above a hundredth."""
    columns = [(name, rows.column(name).to_pylist()) for name in names]
    return [{name: column[row] for name, column in columns if column[row] >= 0.01} for row in range(len(rows))]


def _rounded(scores: dict[str, float]) -> bytes:
    return msgspec.json.encode({name: round(value, 4) for name, value in scores.items()})


def _asked(rows: pa.RecordBatch, rulebook: Rulebook, detectors: Sequence[Detector]) -> Iterator[Asked]:
    """For each post the detectors to ask for evidence, each with its signals that the proposed clauses are about."""

    @cache
    def asked(*clauses: str) -> Asked:
        about = {signal for clause in clauses for signal in rulebook.signals_of[clause]}
        return [(detector, [signal for signal in detector.signals if signal in about]) for detector in detectors]

    for clause, also in zip(rows.column("clause").to_pylist(), rows.column("also").to_pylist(), strict=True):
        yield asked(clause, *(also or ()))


def _evidence(post: Post, scores: dict[str, float], asked: Asked) -> bytes:
    """The evidence of one post, that of the strongest signals first; as JSON."""
    evidence: list[Evidence] = []
    for detector, about in asked:
        if ours := sorted((signal for signal in about if signal in scores), key=scores.__getitem__, reverse=True):
            evidence += detector.explain(post, tuple(ours))
    return msgspec.json.encode(evidence)
