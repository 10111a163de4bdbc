"""What the rulebook proposes for each post: which clause it may break, and who settles it."""

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

#: A person decides.
HUMAN: Final = "human"
#: The machine may act alone: proven for this clause, this language and this model, from this score on.
MACHINE: Final = "machine"

#: One row per post. ``clause`` cites the gravest clause that it may break, with its version ("hate.racism@1");
#: ``also`` the further ones, gravest first; ``route`` is HUMAN or MACHINE; ``restriction`` is the main clause's.
#: All four are null where nothing is proposed.
PROPOSALS = pl.Schema(
    {"clause": pl.String(), "also": pl.List(pl.String()), "route": pl.String(), "restriction": pl.String()}
)


def proposals(
    flagged: np.ndarray, broken: np.ndarray, alone: np.ndarray, cites: list[str], restrictions: list[str]
) -> pa.RecordBatch:
    """The columns of proposals as the log keeps them, one row per post.

    ``flagged``: bool, one per post. For the flagged posts only, in order, and by clause (gravest first): ``broken``,
    bool [posts, clauses], at least one per row; ``alone``, bool of the same shape: may the machine settle it?

    >>> flagged, broken = np.array([False, True]), np.array([[False, True, True]])
    >>> proposals(flagged, broken, ~broken, ["a.b@1", "c.d@2", "e.f@1"], ["X", "Y", "Z"]).to_pylist()[1]
    {'clause': 'c.d@2', 'also': ['e.f@1'], 'route': 'human', 'restriction': 'Y'}
    """
    rows = np.flatnonzero(flagged)
    main = broken.argmax(axis=1) if len(rows) else np.zeros(0, dtype=np.int64)
    clause = np.zeros(len(flagged), dtype=np.int32)
    clause[rows] = main
    route = np.zeros(len(flagged), dtype=np.int32)
    route[rows] = alone[np.arange(len(rows)), main]
    nothing = ~flagged
    columns = {
        "clause": _taken(cites, clause, nothing),
        "also": _further(flagged, broken, main, cites),
        "route": _taken([HUMAN, MACHINE], route, nothing),
        "restriction": _taken(restrictions, clause, nothing),
    }
    return pa.RecordBatch.from_pydict(columns)


def nothing_proposed(posts: int) -> pa.RecordBatch:
    """The same where no post is flagged, as nearly every post that is asked for alone.

    >>> nothing_proposed(1).to_pylist()
    [{'clause': None, 'also': None, 'route': None, 'restriction': None}]
    """
    kinds = {"clause": pa.string(), "also": pa.list_(pa.string()), "route": pa.string(), "restriction": pa.string()}
    return pa.RecordBatch.from_pydict({name: pa.nulls(posts, kind) for name, kind in kinds.items()})


def _taken(words: list[str], ranks: np.ndarray, nothing: np.ndarray) -> pa.Array:
    return pa.array(words or [""], pa.string()).take(pa.array(ranks, mask=nothing))


def _further(flagged: np.ndarray, broken: np.ndarray, main: np.ndarray, cites: list[str]) -> pa.Array:
    others = broken.copy()
    others[np.arange(len(main)), main] = False
    counts = np.zeros(len(flagged) + 1, dtype=np.int32)
    counts[1:][flagged] = others.sum(axis=1)
    words = pa.array(cites, pa.string()).take(pa.array(np.nonzero(others)[1]))
    return pa.ListArray.from_arrays(pa.array(counts.cumsum(dtype=np.int32)), words, mask=pa.array(~flagged))
