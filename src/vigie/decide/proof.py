"""When a machine may act alone: where people's labels on this service's own stream prove that it is right so often.

The method is fixed before the labels are seen. Thresholds are tried from the strictest down, each by the exact
one-sided bound, and the first that fails ends the trial. So the chance of granting any threshold whose true
precision is below the one demanded is at most 5 %, however many are tried (tests in a fixed sequence: W. Maurer,
L. Hothorn and W. Lehmacher, 1995). The promise holds for one look at the labels: looking every week until it
passes is many looks, and the plan declares how many.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from vigie.decide.bound import labels_missing, lower_bound
from vigie.decide.claim import ONE_LOOK, Claim, Plan, claim_of
from vigie.decide.counting import counted, thinned
from vigie.decide.labels import Label
from vigie.terms.clause import Clause


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold tried: ``correct`` of ``n`` labels were breaches, so at least a share ``bound`` of posts are."""

    threshold: float
    n: int
    correct: int
    bound: float
    passed: bool


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """May the machine act alone, and from which score on?

    ``threshold`` is the lowest that passed, None when people decide everything; ``missing`` the fewest further labels,
    all correct, that the strictest threshold needs (None: no number would do). Of ``given`` labels ``counted`` speak
    to the claim and ``kept`` remain after thinning. It may be relied on from ``proven_on`` to ``valid_until``.
    """

    claim: Claim
    plan: Plan
    steps: tuple[Step, ...]
    threshold: float | None
    missing: int | None
    reasons: tuple[str, ...]
    given: int
    counted: int
    kept: int
    proven_on: date
    valid_until: date


class Proofs(msgspec.Struct, frozen=True):
    """What has been tried so far; empty as shipped, so that people decide everything."""

    verdicts: tuple[Verdict, ...] = ()

    def verdict(self, claim: Claim, day: date) -> Verdict | None:
        """The newest verdict on exactly this claim that may be relied on that day.

        One whose labels have grown too old is as none: the world may have changed since.
        """
        same = [one for one in self.verdicts if one.claim == claim and one.proven_on <= day <= one.valid_until]
        return max(same, key=lambda verdict: verdict.proven_on, default=None)


#: As shipped.
NO_PROOFS = Proofs()


def prove(labels: Iterable[Label], claim: Claim, *, today: date, plan: Plan = ONE_LOOK) -> Verdict:
    """Whether labels prove a claim, threshold by threshold.

    >>> racism = Claim(clause="hate.racism@1", language="fr", model="2f9c", signal="racism", precision=0.9, grid=(0.9,))
    >>> labels = [
    ...     Label(key=f"{i}", clause="hate.racism@1", signal="racism", language="fr", model="2f9c", score=0.95,
    ...           inclusion_probability=0.1, breach=True, labelled_at=date(2026, 11, 20))
    ...     for i in range(20)
    ... ]
    >>> verdict = prove(labels, racism, today=date(2026, 12, 1))
    >>> print(verdict.threshold, verdict.missing, verdict.reasons[-1])
    None 9 at 0.9, 20 of 20 were breaches: at least 86.1 % are, 90 % is demanded
    >>> prove(labels, msgspec.structs.replace(racism, precision=0.8), today=date(2026, 12, 1)).threshold
    0.9
    """
    given = list(labels)
    speaking, why_not = counted(given, claim, today, plan)
    kept, why_fewer = thinned(speaking, plan)
    scores = np.array([label.score for label in kept], dtype=np.float32)
    breaches = np.array([label.breach for label in kept], dtype=np.bool_)
    steps = walk(scores, breaches, claim, plan.confidence_per_look)
    oldest = min((label.labelled_at for label in kept), default=today)
    return Verdict(
        claim=claim,
        plan=plan,
        steps=steps,
        threshold=min((step.threshold for step in steps if step.passed), default=None),
        missing=labels_missing(steps[0].correct, steps[0].n, claim.precision, plan.confidence_per_look),
        reasons=(*why_not, *why_fewer, *(_failure(step, claim) for step in steps if not step.passed)),
        given=len(given),
        counted=len(speaking),
        kept=len(kept),
        proven_on=today,
        valid_until=oldest + timedelta(days=plan.max_age_days),
    )


def prove_all(
    labels: Sequence[Label], clauses: Iterable[Clause], *, model: str, today: date, plan: Plan = ONE_LOOK
) -> Proofs:
    """A verdict on every claim of the clauses in force that some label speaks to."""
    claims = dict.fromkeys(_claims(labels, clauses, model, today))  # two rules may claim the same
    return Proofs(tuple(prove(labels, claim, today=today, plan=plan) for claim in claims))


def walk(scores: np.ndarray, breaches: np.ndarray, claim: Claim, confidence: float) -> tuple[Step, ...]:
    """The thresholds tried, strictest first, up to and including the first that fails.

    ``scores`` float32 in [0, 1] and ``breaches`` bool, one per label, all equally likely to have been drawn.
    """
    steps: list[Step] = []
    for threshold in claim.grid:
        above = scores >= np.float32(threshold)  # as the rulebook compares
        n, correct = int(above.sum()), int(breaches[above].sum())
        bound = lower_bound(correct, n, confidence)
        steps.append(Step(threshold=threshold, n=n, correct=correct, bound=bound, passed=bound >= claim.precision))
        if not steps[-1].passed:
            break
    return tuple(steps)


def _claims(labels: Sequence[Label], clauses: Iterable[Clause], model: str, today: date) -> Iterator[Claim]:
    spoken = {(label.clause, label.signal, label.language) for label in labels}
    languages = sorted({label.language for label in labels})
    for clause in clauses:
        for rule in clause.rules_on(today) if clause.version_on(today) else ():
            for language in languages:
                claim = claim_of(clause, rule, today, language=language, model=model)
                if claim and (claim.clause, claim.signal, claim.language) in spoken:
                    yield claim


def _failure(step: Step, claim: Claim) -> str:
    if step.n == 0:
        return f"no label at {step.threshold} or above"
    share, demanded = 100 * step.bound, 100 * claim.precision
    seen = f"{step.correct} of {step.n} were breaches"
    return f"at {step.threshold}, {seen}: at least {share:.1f} % are, {demanded:g} % is demanded"
