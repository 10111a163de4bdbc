"""How posts of the past come to proposals once more: as recorded, from scores that the log kept, or from kept texts."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from vigie.decide.proposal import PROPOSALS
from vigie.decide.rulebook import Rulebook
from vigie.decide.signals import FACTS
from vigie.detect.detector import Detector, scored
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


def from_texts(book: Rulebook, detectors: Sequence[Detector]) -> Side:
    """What detectors and a rulebook propose for kept texts: each is looked at as if it had just come in."""
    facts = tuple(name for name in FACTS if name != "language")

    def propose(rows: pl.DataFrame) -> pl.DataFrame:
        posts = {name: rows[name].to_arrow().cast(pa.string()) for name in ("text", "declared_language")}
        ready = prepared(pa.RecordBatch.from_pydict(posts))
        known = {name: rows[name] for name in facts} | {"language": ready.column("language")}
        return book.propose(pl.DataFrame(known | scored(ready, detectors)))

    return Side(propose, ("text", *facts))
