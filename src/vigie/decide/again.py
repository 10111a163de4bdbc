"""How posts of the past come to proposals once more: as recorded, from scores that the log kept, or from kept texts."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from vigie.decide.proposal import PROPOSALS
from vigie.decide.rulebook import Rulebook
from vigie.decide.signals import FACTS
from vigie.detect.detector import Detector, Scores
from vigie.intake.prepared import prepared


class Side(NamedTuple):
    """One side of a comparison.

    ``propose`` gives columns of ``PROPOSALS`` (without ``restriction``), a row per row; ``reads`` are the columns that it looks
    at, ``signals`` those of them that are scores; ``model`` is the hash of what gives the scores that it was meant for.
    """

    propose: Callable[[pl.DataFrame], pl.DataFrame]
    reads: tuple[str, ...]
    signals: tuple[str, ...] = ()
    model: str | None = None


_RECORDED = {name: kind for name, kind in PROPOSALS.items() if name != "restriction"}


def with_missing(rows: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The rows with all these columns: null where they have none.

    >>> with_missing(pl.DataFrame({"hate": [0.5]}), {"views": pl.Int64()}).rows()
    [(0.5, None)]
    """
    missing = (pl.lit(None, kind).alias(name) for name, kind in columns.items() if name not in rows.columns)
    return rows.with_columns(*missing)


def _recorded(rows: pl.DataFrame) -> pl.DataFrame:
    return with_missing(rows, _RECORDED).select(list(_RECORDED))


#: What was proposed when the posts were judged.
RECORDED = Side(_recorded, tuple(_RECORDED))


def from_scores(book: Rulebook) -> Side:
    """What a rulebook proposes from the scores in the log. A score that is not there is not known: it flags nothing."""
    kinds = {name: FACTS.get(name, pl.Float32()) for name in book.reads}
    signals = tuple(name for name in book.reads if name not in FACTS)

    def propose(rows: pl.DataFrame) -> pl.DataFrame:
        return book.propose_where_known(with_missing(rows, kinds))

    return Side(propose, book.reads, signals, book.model)


class Looked:
    """Kept texts as if they had just come in, each batch looked at once by each detector, however many sides ask."""

    def __init__(self) -> None:
        self._rows: pl.DataFrame | None = None
        self._ready = pa.RecordBatch.from_pydict({})
        self._scores: dict[tuple[str, str], Scores] = {}

    def at(self, rows: pl.DataFrame) -> pa.RecordBatch:
        """The posts of a batch, prepared."""
        if rows is not self._rows:
            posts = {name: rows[name].to_arrow().cast(pa.string()) for name in ("text", "declared_language")}
            self._rows, self._ready, self._scores = rows, prepared(pa.RecordBatch.from_pydict(posts)), {}
        return self._ready

    def scores(self, rows: pl.DataFrame, detectors: Sequence[Detector]) -> Scores:
        """What detectors say of the batch; one of the same name and version is asked once."""
        ready, found = self.at(rows), Scores()
        for one in detectors:
            key = one.name, one.version
            if key not in self._scores:
                self._scores[key] = one.score(ready)
            found |= self._scores[key]
        return found


def from_texts(book: Rulebook, detectors: Sequence[Detector], looked: Looked | None = None) -> Side:
    """What detectors and a rulebook propose for kept texts. Two sides that share ``looked`` share what they have in common."""
    facts = tuple(name for name in FACTS if name != "language")
    look = looked or Looked()

    def propose(rows: pl.DataFrame) -> pl.DataFrame:
        known = {name: rows[name] for name in facts} | {"language": look.at(rows).column("language")}
        return book.propose(pl.DataFrame(known | look.scores(rows, detectors)))

    return Side(propose, ("text", *facts))
