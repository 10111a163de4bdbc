"""A worker turns batches into frames of the log: decode, judge, explain, keep. The log's commit is the batch's."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from vigie.decide.rulebook import Rulebook
from vigie.engine.pipeline import explain, judge
from vigie.engine.source import Task
from vigie.engine.standing import Judge
from vigie.intake.readers.reader import Decoded, Reader
from vigie.journal.frame import Meta
from vigie.journal.quarantine import BadLine, Quarantine
from vigie.journal.text_writer import TextWriter
from vigie.journal.writer import Writer


class Done(msgspec.Struct, frozen=True):
    """What became of one batch, once it is in the log: counts, and the flagged posts as lines of JSON."""

    number: int
    posts: int
    bad: int
    skipped: int
    languages: dict[str, int]
    proposals: dict[str, int]  # "clause route" → posts
    flagged: bytes


class Log(NamedTuple):
    """Where records are kept, and the secret that texts are hashed with there."""

    directory: Path
    key: bytes


class Origin(NamedTuple):
    """Where posts come from: the stream's name, its file if workers may read it themselves, and the reader of its format."""

    source: str
    path: Path | None
    reader: Reader


class Worker:
    """Judges the batches of one source, and writes what it finds with a writer of its own.

    ``standing`` says what judges: it is asked once before each batch, so that rules change only between two batches.
    """

    def __init__(self, log: Log, origin: Origin, standing: Callable[[], Judge], clock: Callable[[], datetime]):
        self._source, self._path, self._reader = origin
        self._key, self._clock = log.key, clock
        self._standing = standing
        standing()  # what cannot be read is said before the first post
        self._quarantine = Quarantine(log.directory, origin.source)
        self._writer = Writer(log.directory)
        self._texts = TextWriter(log.directory, self._writer.name)

    def close(self) -> None:
        """Let the log go."""
        self._texts.close()
        self._writer.close()

    def work(self, task: Task) -> Done:
        """Judge one batch and keep it. When this returns, the disk has confirmed it."""
        data = task.data if task.data is not None else self._bytes(task)
        decoded = self._reader.decode(data)
        self._set_aside(task, decoded, data)
        rulebook, detectors = self._standing()
        record = judge(decoded.posts, rulebook, detectors, self._key)
        inbox = explain(decoded.posts, record, rulebook, detectors)
        meta = self._meta(task, decoded, rulebook)
        self._texts.keep(meta, record, decoded.posts.column("text"))
        self._writer.append(meta, record, inbox)
        return Done(
            task.number,
            len(record),
            len(decoded.bad),
            decoded.skipped,
            _counted(record.column("language")),
            _proposals(record),
            flagged_lines(inbox, self._source, meta.model, meta.rulebook),
        )

    def _bytes(self, task: Task) -> bytes:
        assert self._path is not None
        with self._path.open("rb") as file:
            file.seek(task.start)
            return file.read(task.end - task.start)

    def _set_aside(self, task: Task, decoded: Decoded, data: bytes) -> None:
        lines = [
            BadLine(
                task.line + bad.line, task.start + bad.offset, data[bad.offset : bad.offset + bad.length], bad.reason
            )
            for bad in decoded.bad
        ]
        self._quarantine.keep(lines, now=self._clock())

    def _meta(self, task: Task, decoded: Decoded, rulebook: Rulebook) -> Meta:
        return Meta(
            source=self._source,
            batch=task.number,
            begin=task.start,
            end=task.end,
            line=task.line,
            lines=decoded.lines,
            bad=len(decoded.bad),
            skipped=decoded.skipped,
            rulebook=rulebook.hash,
            model=rulebook.model,
            written_at=self._clock(),
        )


def _counted(column: pa.Array) -> dict[str, int]:
    return {str(pair["values"]): int(pair["counts"]) for pair in pc.value_counts(column).to_pylist()}


def _proposals(record: pa.RecordBatch) -> dict[str, int]:
    flagged = record.select(["clause", "route"]).filter(pc.is_valid(record.column("clause")))
    pairs = zip(flagged.column("clause").to_pylist(), flagged.column("route").to_pylist(), strict=True)
    return dict(Counter(f"{clause} {route}" for clause, route in pairs))


_TOLD = ("id", "language", "clause", "also", "route", "restriction", "scores", "evidence")


def flagged_lines(inbox: pa.RecordBatch, source: str, model: str, rulebook: str) -> bytes:
    """The flagged posts of a batch, one JSON object a line: what was proposed, why, and by which model and rulebook."""
    out = []
    for row in inbox.select(_TOLD).to_pylist():
        line = {
            "id": row["id"],
            "source": source,
            "language": row["language"],
            "clause": row["clause"],
            "also": row["also"] or [],
            "route": row["route"],
            "restriction": row["restriction"],
            "scores": msgspec.Raw(row["scores"].encode()),
            "evidence": msgspec.Raw(row["evidence"].encode()),
            "model": model,
            "rulebook": rulebook,
        }
        out.append(msgspec.json.encode(line) + b"\n")
    return b"".join(out)
