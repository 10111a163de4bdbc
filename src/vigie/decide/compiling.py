"""From the clauses in force to rules that can run: conditions compiled, thresholds of each language laid out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec
import polars as pl

from vigie.decide.claim import claim_of
from vigie.decide.condition import compile_condition, names_in, unknown
from vigie.decide.proof import Proofs
from vigie.decide.signals import AWAITED, FACTS, REVIEW, SHIPPED
from vigie.errors import Misconfigured
from vigie.terms.clause import Clause, Rule, Version


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that does not run, because no detector gives ``signals``; ``where`` is "file:line"."""

    clause: str
    where: str
    signals: tuple[str, ...]


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that runs. ``clause`` is its rank in the rulebook; ``alone`` gives, by language, the proven score."""

    clause: int
    when: str
    condition: pl.Expr
    reads: tuple[str, ...]
    review: tuple[tuple[str, float], ...]
    act_alone_on: str | None
    alone: tuple[tuple[str, float], ...]


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A clause in force, as proposals cite it."""

    cite: str
    gravity: int
    clause: Clause
    version: Version
    rules: tuple[Rule, ...]


def binding(clauses: Iterable[Clause], on: date) -> tuple[Binding, ...]:
    """The clauses that bind people on a day, gravest first, then in the order given.

    Raises: Misconfigured when a clause is given twice.
    """
    given: dict[str, Clause] = {}
    for clause in clauses:
        if clause.id in given:
            both = f"{given[clause.id].file} and {clause.file}"
            raise Misconfigured(f"the clause {clause.id} is given twice, in {both}: remove one")
        given[clause.id] = clause
    bound = (_bound(clause, version, on) for clause in given.values() if (version := clause.version_on(on)))
    return tuple(sorted(bound, key=lambda one: -one.gravity))


def _bound(clause: Clause, version: Version, on: date) -> Binding:
    cite, rules = clause.cite(on), clause.rules_on(on)
    return Binding(cite=cite, gravity=clause.gravity, clause=clause, version=version, rules=rules)


def compile_rules(
    bound: tuple[Binding, ...], signals: Mapping[str, str], on: date, proofs: Proofs, model: str
) -> Iterator[Running | Skipped]:
    """Every rule of the clauses in force, in their order: it runs, or it waits for a detector.

    Raises: Misconfigured, naming file and line, when a rule cannot be what its author meant.
    """
    names = _columns(signals)
    for rank, one in enumerate(bound):
        for rule in one.rules:
            where = f"{one.clause.file}:{rule.line}"
            condition = compile_condition(rule.when, columns=names, where=where)
            reads = names_in(rule.when) | ({rule.act_alone_on} if rule.act_alone_on else set())
            _checked(rule, reads, names, where)
            if unfed := sorted(reads - signals.keys() - FACTS.keys() - {REVIEW}):
                yield Skipped(clause=one.cite, where=where, signals=tuple(unfed))
                continue
            yield Running(
                clause=rank,
                when=rule.when,
                condition=condition,
                reads=tuple(sorted(reads - {REVIEW})),
                review=tuple(sorted(rule.review.items())) if REVIEW in reads else (),
                act_alone_on=rule.act_alone_on,
                alone=tuple(_alone(one.clause, rule, on, proofs, model)),
            )


def _columns(signals: Mapping[str, str]) -> dict[str, pl.DataType]:
    """Every name that a condition may use: a signal that exists but that nobody feeds here is no mistake."""
    return {**dict.fromkeys(sorted(SHIPPED | AWAITED | signals.keys()), pl.Float32()), **FACTS, REVIEW: pl.Float32()}


def _checked(rule: Rule, reads: frozenset[str], names: Mapping[str, pl.DataType], where: str) -> None:
    if rule.act_alone_on and (rule.act_alone_on not in names or rule.act_alone_on in {*FACTS, REVIEW}):
        raise Misconfigured(f"{where}: act_alone_on names no signal: {unknown(rule.act_alone_on, names)}")
    if REVIEW in reads and "und" not in rule.review:
        what = "the condition reads review, but no threshold serves the other languages"
        raise Misconfigured(f"{where}: {what}; give review an entry und, such as und = 0.85")
    if any(not 0 <= threshold <= 1 for threshold in rule.review.values()):
        raise Misconfigured(f"{where}: review is {rule.review}; thresholds are probabilities from 0 to 1")


def _alone(clause: Clause, rule: Rule, on: date, proofs: Proofs, model: str) -> Iterator[tuple[str, float]]:
    """The languages in which the machine has proven that it may act on this rule alone, and from which score."""
    for language in sorted({verdict.claim.language for verdict in proofs.verdicts}):
        claim = claim_of(clause, rule, on, language=language, model=model)
        verdict = proofs.verdict(claim, on) if claim else None
        if verdict and verdict.threshold is not None:
            yield language, verdict.threshold
