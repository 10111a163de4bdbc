"""Small clauses, posts and labels for the tests of this room."""

from datetime import date
from typing import Any

import polars as pl

from vigie.decide.claim import Claim
from vigie.decide.labels import Label
from vigie.decide.proof import NO_PROOFS, Proofs, Verdict, prove
from vigie.decide.rulebook import Rulebook
from vigie.terms.clause import Clause, Rule, Version

DAY = date(2026, 12, 1)
START = date(2026, 11, 1)
REMOVED, LABELLED = "DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_LABELLED"
FED = {"hate": "classifier", "racism": "classifier", "insult": "classifier", "spam_words": "patterns"}


def rule(when: str, *, line: int = 30, **given: Any) -> Rule:
    return Rule(**{"in_force_from": START, "when": when, "line": line, **given})


def clause(name: str, *rules: Rule, gravity: int = 3, restriction: str = REMOVED, number: int = 1) -> Clause:
    version = Version(
        number=number,
        in_force_from=START,
        legal=(),
        restriction=restriction,
        strikes=1,
        text={"en": "Do not.", "fr": "Non."},
        exceptions={"en": "None.", "fr": "Aucune."},
    )
    return Clause(
        id=name,
        gravity=gravity,
        title={"en": name, "fr": name},
        dsa_category="",
        dsa_keywords=(),
        versions=(version,),
        rules=rules,
        file=f"{name}.toml",
    )


def alone(when: str = "racism >= 0.6", **given: Any) -> Rule:
    """A rule on which the machine may act alone once that is proven."""
    asked = {"act_alone_on": "racism", "act_alone_precision": 0.9, "act_alone_grid": (0.95, 0.9)}
    return rule(when, **{**asked, **given})


def book(*clauses: Clause, on: date = DAY, proofs: Proofs = NO_PROOFS, fed: dict[str, str] = FED) -> Rulebook:
    return Rulebook.compile(clauses, signals=fed, on=on, proofs=proofs, model="m1")


def posts(**columns: list[Any]) -> pl.DataFrame:
    """A batch: what is not given is 0 for scores, "fr" for the language and unknown for the rest."""
    height = len(next(iter(columns.values())))
    scores = {name: columns.get(name, [0.0] * height) for name in FED}
    facts = {
        "language": columns.get("language", ["fr"] * height),
        "declared_language": columns.get("declared_language", [None] * height),
        **{name: columns.get(name, [None] * height) for name in ("views", "followers", "account_age_days")},
    }
    kinds = {
        **dict.fromkeys(FED, pl.Float32),
        **dict.fromkeys(("language", "declared_language"), pl.String),
        **dict.fromkeys(("views", "followers", "account_age_days"), pl.Int64),
    }
    return pl.DataFrame({**scores, **facts}, schema=kinds)


def claim(**given: Any) -> Claim:
    asked = {"clause": "hate.racism@1", "language": "fr", "model": "m1", "signal": "racism", "precision": 0.9}
    return Claim(**{**asked, "grid": (0.95, 0.9), **given})


def label(key: object, **given: Any) -> Label:
    said = {"clause": "hate.racism@1", "language": "fr", "model": "m1", "signal": "racism", "score": 0.97}
    drawn = {"inclusion_probability": 0.5, "breach": True, "labelled_at": date(2026, 11, 20)}
    return Label(**{"key": str(key), **said, **drawn, **given})


def labels(n: int, **given: Any) -> list[Label]:
    return [label(i, **given) for i in range(n)]


def verdict(n: int = 100, asked: Claim | None = None, **given: Any) -> Verdict:
    """A verdict on labels that are all breaches: enough of them prove anything up to their number."""
    asked = asked or claim()
    said = {"clause": asked.clause, "language": asked.language, "model": asked.model, "signal": asked.signal}
    return prove(labels(n, **{**said, **given}), asked, today=DAY)
