"""Posts in, proposals out: the hot route."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Raw

from vigie.api.answered import Result, Results
from vigie.api.reading import Read, flagged
from vigie.engine.door import Judged
from vigie.errors import Malformed
from vigie.services import judging

_PROPOSED = ("id", "clause", "also", "route", "restriction", "language", "scores", "evidence")


def proposals(source: str, read: Read) -> Results:
    """What is proposed for each post, in the order of the request, once all are in the log. Raises: Malformed if none is a post."""
    if not read.posts.num_rows and read.refused:
        reasons = [f"{index}: {why}" if not read.single else why for index, why in read.refused.items()]
        raise Malformed("; ".join(reasons[:10]))
    if not read.posts.num_rows:
        return Results(results=[], flagged=0, refused=0, rulebook="", model="")
    judged = judging.door().judged(source, read.posts)
    results = _results(judged)
    if read.refused:
        told = iter(results)
        count = len(results) + len(read.refused)
        results = [Result(index=n, refused=read.refused[n]) if n in read.refused else next(told) for n in range(count)]
    return Results(
        results=results,
        flagged=judged.inbox.num_rows,
        refused=len(read.refused),
        rulebook=judged.rulebook,
        model=judged.model,
    )


def _results(judged: Judged) -> list[Result]:
    ids: Sequence[str] = judged.record.column("id").to_pylist()
    results = [Result(id=one) for one in ids]
    if judged.inbox.num_rows:
        rows = iter(judged.inbox.select(_PROPOSED).to_pylist())
        for n, hit in enumerate(flagged(judged.record)):
            if hit:
                results[n] = _proposal(next(rows))
    for n in judged.duplicate.nonzero()[0].tolist():
        results[n].duplicate = True
    return results


def _proposal(row: dict[str, Any]) -> Result:
    return Result(
        id=row["id"],
        clause=row["clause"],
        also=row["also"] or [],
        route=row["route"],
        restriction=row["restriction"],
        language=row["language"] or UNSET,
        scores=Raw(row["scores"].encode()),
        evidence=Raw(row["evidence"].encode()),
    )
