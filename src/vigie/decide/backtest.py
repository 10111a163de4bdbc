"""What changed rules would have done to posts of the past: who would be newly flagged, who no longer, and how rightly.

It is given batches of rows and opens nothing. Clauses are compared by their id: under another version it is the same
clause. Posts are never Python objects here, except the few of the sample.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal, NamedTuple

import msgspec
import polars as pl
import pyarrow as pa

from vigie.decide.again import RECORDED, Side
from vigie.decide.bound import interval
from vigie.intake.prepared import keyed

#: The columns that a batch has beside those that the two sides read. ``written_at`` is the instant of the judgement.
KEYS = ("source", "id", "text_hash", "language", "model", "written_at")


class Rows(NamedTuple):
    """The posts of the past: batches with the columns ``KEYS`` and those of both sides, and about how many posts in all."""

    batches: Iterable[pl.DataFrame]
    of: int


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """What a person settled: does this post break this clause (its id, without a version)?"""

    source: str
    id: str
    text_hash: int
    clause: str
    right: bool


class Draw(msgspec.Struct, frozen=True):
    """How many posts of each kind (clause; newly, no longer, still) are shown, and the seed by which they are drawn."""

    seed: str = "vigie"
    size: int = 20


DRAW = Draw()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many posts judged on a day, in a language, were proposed for a clause by which route (None: they were not),

    before the change and after it. The clause None counts posts, by their route, whatever they were proposed for.
    """

    day: date
    language: str
    clause: str | None
    before: str | None
    after: str | None
    posts: int


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One post of the sample: its key, the clause, and the routes before and after (None: not proposed)."""

    source: str
    id: str
    text_hash: int
    day: date
    language: str
    clause: str
    before: str | None
    after: str | None


class Precision(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``n`` labelled posts that are proposed for a clause before or after the change, ``right`` break it.

    ``share`` is right / n; with confidence 95 % the share among all such posts is in [``low``, ``high``], had the labelled
    ones been drawn at random. They were flagged before, as a rule, so the newly flagged among them are few.
    """

    clause: str
    side: Literal["before", "after"]
    n: int
    right: int
    share: float
    low: float
    high: float


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What the change would have done to ``posts`` posts.

    ``unknown`` says of signals how many posts have no score, having been judged before it was there: a rule cannot flag
    these on it. ``other_model`` posts were scored by other detectors than those that the rules were written for.
    """

    posts: int
    counts: tuple[Count, ...]
    sample: tuple[Changed, ...]
    precision: tuple[Precision, ...] = ()
    unknown: dict[str, int] = {}
    other_model: int = 0


class Tally(NamedTuple):
    """Posts proposed before and after; those of them that are newly proposed, and no longer; whose route has changed."""

    before: int = 0
    after: int = 0
    newly: int = 0
    no_longer: int = 0
    rerouted: int = 0


def tally(counts: Iterable[Count], *by: str) -> dict[tuple[object, ...], Tally]:
    """Counts added up by some of their fields ("day", "language", "clause").

    >>> one = Count(day=date(2026, 11, 1), language="fr", clause="a.b", before=None, after="human", posts=3)
    >>> tally([one, one], "clause")
    {('a.b',): Tally(before=0, after=6, newly=6, no_longer=0, rerouted=0)}
    """
    found: dict[tuple[object, ...], Tally] = {}
    for count in counts:
        was, is_now = count.before is not None, count.after is not None
        kinds = (was, is_now, is_now > was, was > is_now, was and is_now and count.before != count.after)
        key = tuple(getattr(count, name) for name in by)
        found[key] = Tally(*(n + count.posts * k for n, k in zip(found.get(key, Tally()), kinds, strict=True)))
    return found


def _quietly(_done: int, _of: int) -> None:
    pass


def backtest(
    rows: Rows,
    after: Side,
    before: Side = RECORDED,
    *,
    labels: Iterable[Labelled] = (),
    draw: Draw = DRAW,
    progress: Callable[[int, int], None] = _quietly,
) -> Backtest:
    """Compare two sides on the same posts. ``progress`` is told after each batch: posts done, of how many."""
    found = _Found(labels, draw, after.model)
    signals = sorted({*after.signals, *before.signals})
    for batch in rows.batches:
        if len(batch):
            found.count(batch, signals)
            found.compare(_pairs(batch, before.propose(batch), after.propose(batch)))
            progress(found.posts, max(rows.of, found.posts))
    return found.result()


_GROUP = ["day", "language", "clause", "before", "after"]
_PAIRS = pl.Schema(
    {
        **{"source": pl.String(), "id": pl.String(), "text_hash": pl.Int64(), "day": pl.Date()},
        **dict.fromkeys(("language", "clause", "before", "after"), pl.String()),
    }
)
_KEY = ["source", "id", "text_hash"]
_ANY = ""  # stands for the clause None: nulls do not join


def _pairs(rows: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Schema ``_PAIRS``: a row for each post and clause of either side, and one for each post with the clause ``_ANY``."""
    flagged = before["clause"].is_not_null() | after["clause"].is_not_null()
    some = rows.filter(flagged).with_columns(
        day=pl.col("written_at").dt.date(), language=pl.col("language").fill_null("und")
    )
    was, is_now = (_by_clause(side.filter(flagged), name) for side, name in ((before, "before"), (after, "after")))
    both = was.join(is_now, on=["row", "clause"], how="full", coalesce=True)
    return both.join(some.select(*_KEY, "day", "language").with_row_index("row"), on="row").select(*_PAIRS).cast(_PAIRS)


def _by_clause(side: pl.DataFrame, name: str) -> pl.DataFrame:
    """Columns row, clause (its id) and ``name``: the route."""
    clauses = pl.concat_list(pl.lit(_ANY), "clause", pl.col("also").fill_null([]))
    proposed = side.with_row_index("row").filter(pl.col("clause").is_not_null())
    each = proposed.select("row", clauses.alias("clause"), pl.col("route").fill_null("human").alias(name)).explode(
        "clause"
    )
    return each.with_columns(pl.col("clause").str.extract(r"^([^@]*)")).unique(["row", "clause"])


class _Found:
    """What has been found so far."""

    def __init__(self, labels: Iterable[Labelled], draw: Draw, model: str | None) -> None:
        self.posts = 0
        self._draw, self._model = draw, model
        self._other_model = 0
        self._unknown: Counter[str] = Counter()
        self._counts = pl.DataFrame(schema={**{name: _PAIRS[name] for name in _GROUP}, "posts": pl.UInt32()})
        self._sample = pl.DataFrame(schema={**_PAIRS, "draw": pl.Int64()})
        self._labels = pl.DataFrame(map(msgspec.structs.astuple, labels), schema=_LABELS, orient="row")
        self._labelled = pl.DataFrame(schema={**_PAIRS, "right": pl.Boolean()})

    def count(self, rows: pl.DataFrame, signals: list[str]) -> None:
        """Count posts, and those of which something is not known."""
        self.posts += len(rows)
        for name in signals:
            self._unknown[name] += rows[name].null_count() if name in rows.columns else len(rows)
        if self._model is not None:
            self._other_model += int((rows["model"] != self._model).fill_null(True).sum())

    def compare(self, pairs: pl.DataFrame) -> None:
        """Take in the proposals of a batch."""
        grouped = pairs.group_by(_GROUP).agg(posts=pl.len())
        self._counts = pl.concat([self._counts, grouped]).group_by(_GROUP).agg(pl.col("posts").sum())
        named = pairs.filter((pl.col("clause") != _ANY) & pl.col("id").is_not_null())
        self._sample = self._drawn(pl.concat([self._sample, self._with_draws(named)]))
        if len(self._labels):
            settled = named.join(self._labels, on=[*_KEY, "clause"])
            self._labelled = pl.concat([self._labelled, settled]).unique([*_KEY, "clause"], keep="last")

    def _with_draws(self, named: pl.DataFrame) -> pl.DataFrame:
        """A number for each post that nobody chose: the posts with the smallest make the sample, whatever the batches."""
        words = named.select(pl.format("{}\0{}\0{}", *_KEY)).to_series().to_arrow().cast(pa.string())
        draws = keyed(words, hashlib.sha256(self._draw.seed.encode()).digest()[:16])
        return named.with_columns(pl.Series("draw", draws, pl.Int64()))

    def _drawn(self, candidates: pl.DataFrame) -> pl.DataFrame:
        kind = ["clause", pl.col("before").is_null().alias("newly"), pl.col("after").is_null().alias("no_longer")]
        first = candidates.unique([*_KEY, "clause"], keep="first", maintain_order=True).sort("draw", *_KEY)
        return first.filter(pl.int_range(pl.len()).over(kind) < self._draw.size)

    def result(self) -> Backtest:
        """All of it."""
        order = ["day", "clause", "language"]
        named = self._counts.with_columns(pl.col("clause").replace(_ANY, None)).sort(*_GROUP)
        return Backtest(
            posts=self.posts,
            counts=tuple(Count(**row) for row in named.iter_rows(named=True)),
            sample=tuple(Changed(**row) for row in self._sample.drop("draw").sort(*order, *_KEY).iter_rows(named=True)),
            precision=tuple(self._precision()),
            unknown={name: posts for name, posts in self._unknown.items() if posts},
            other_model=self._other_model,
        )

    def _precision(self) -> Iterable[Precision]:
        sides: tuple[Literal["before", "after"], ...] = ("before", "after")
        for side in sides:
            proposed = self._labelled.filter(pl.col(side).is_not_null())
            for clause, n, right in (
                proposed.group_by("clause").agg(pl.len(), pl.col("right").sum()).sort("clause").rows()
            ):
                low, high = interval(right, n)
                yield Precision(clause=clause, side=side, n=n, right=right, share=right / n, low=low, high=high)


_LABELS = pl.Schema(
    {"source": pl.String(), "id": pl.String(), "text_hash": pl.Int64(), "clause": pl.String(), "right": pl.Boolean()}
)
