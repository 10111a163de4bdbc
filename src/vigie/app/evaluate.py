"""``vigie evaluate``: the whole judge on labelled rows, as an outside suite would run it."""

import argparse
import gzip
import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from vigie.app import wiring
from vigie.errors import Malformed, Refused

if TYPE_CHECKING:
    from vigie.measure.accuracy import Report

_BATCH = 10_000
HATE = "hate."  # clauses whose breach is called hate


class Row(msgspec.Struct):
    """One labelled text; ``hate`` is 1, 0, true, false or null."""

    text: str
    lang: str | None = None
    hate: bool | int | None = None
    labels: list[str] = []


def evaluate(arguments: argparse.Namespace) -> int:
    """Score every row whose label is known."""
    wiring.kernels_kept(None)
    found = scored(arguments.file, arguments.terms)
    print(msgspec.json.encode(found).decode() if arguments.json else _page(found))
    return 0


def _rows(path: Path) -> list[Row]:
    import zstandard

    from vigie.intake.opening import compression

    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    kind = compression(data[:4])
    if kind == "gzip":
        data = gzip.decompress(data)
    elif kind == "zstd":
        data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
    decoder = msgspec.json.Decoder(Row, strict=False)
    rows = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                rows.append(decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise Malformed(f"{path}:{number}: not a row of text, lang and hate: {error}") from error
    return rows


def scored(path: Path, terms: Path | None) -> "Report":
    """The report on a file of labelled rows: hate is what any hate clause is proposed for."""
    import pyarrow as pa

    from vigie.engine.pipeline import judge
    from vigie.measure.accuracy import report
    from vigie.records.posts import POSTS

    every = _rows(path)
    rows = [row for row in every if row.hate is not None]
    if not rows:
        raise Refused(f"{path}: no row has a known label (hate: 1 or 0)")
    detectors = wiring.detectors(terms)
    rules = wiring.rulebook(terms, detectors, wiring.now().date())
    said, score = [], []
    for first in range(0, len(rows), _BATCH):
        part = rows[first : first + _BATCH]
        columns = {
            "id": [str(n) for n in range(len(part))],
            "text": [r.text for r in part],
            "declared_language": [r.lang for r in part],
        }
        arrays = [pa.array(columns.get(field.name, [None] * len(part)), field.type) for field in POSTS]
        record = judge(pa.RecordBatch.from_arrays(arrays, schema=POSTS), rules, detectors)
        proposed = zip(record.column("clause").to_pylist(), record.column("also").to_pylist(), strict=True)
        said += [
            any(c.startswith(HATE) for c in (clause, *(also or []))) if clause else False for clause, also in proposed
        ]
        score.append(record.column("hate").to_numpy())
    labels: dict[str, list[bool]] = defaultdict(lambda: [False] * len(rows))
    for number, row in enumerate(rows):
        for label in row.labels:
            labels[label][number] = True
    truth = np.array([bool(row.hate) for row in rows])
    languages = np.array([row.lang or "und" for row in rows])
    named = {name: np.array(has) for name, has in labels.items()}
    return report(truth, np.array(said, bool), np.concatenate(score), languages, named, len(every) - len(rows))


def _page(found: "Report") -> str:
    c = found.confusion
    lines = [
        f"{found.n:,} rows judged, {found.skipped:,} without a label skipped",
        f"accuracy {found.accuracy:.3f}   macro-F1 {found.macro_f1:.3f}",
        f"hate found {c.true_positive:,}, missed {c.false_negative:,}; wrongly flagged {c.false_positive:,} of "
        f"{c.false_positive + c.true_negative:,}",
        "",
        f"{'language':<10}{'n':>8}{'hate':>8}{'macro-F1':>10}{'precision':>11}{'recall':>8}{'AUC':>7}",
    ]
    for language, f in found.per_lang.items():
        cells = [f"{f[k]:.3f}" if f[k] is not None else "–" for k in ("macro_f1", "precision", "recall", "auc")]
        lines.append(f"{language:<10}{f['n']:>8,}{f['hate']:>8,}{cells[0]:>10}{cells[1]:>11}{cells[2]:>8}{cells[3]:>7}")
    if found.per_label:
        lines += ["", "flagged, by label that rows carry"]
        lines += [f"  {name:<24}{f['flagged']:>7,} of {f['n']:>7,}" for name, f in found.per_label.items()]
    return "\n".join(lines)
