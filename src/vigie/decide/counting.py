"""Which labels speak to a claim, and with what weight: one per post, recent, drawn by a plan, all equally likely."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date

import msgspec
import numpy as np

from vigie.decide.claim import Claim, Plan
from vigie.decide.labels import Label

#: Two inclusion probabilities closer than this are the same one, computed twice.
_SAME = 1 - 1e-9


def counted(labels: Iterable[Label], claim: Claim, today: date, plan: Plan) -> tuple[list[Label], list[str]]:
    """The labels that speak to the claim, one per post, and why the others do not."""
    speaking: dict[str, Label] = {}
    left_out: Counter[str] = Counter()
    for label in labels:
        why = _left_out(label, claim, today, plan)
        if why:
            left_out[why] += 1
        elif label.key in speaking:
            left_out["a second label on the same post"] += 1
            speaking[label.key] = _worse(speaking[label.key], label)
        else:
            speaking[label.key] = label
    return list(speaking.values()), [f"{n} not counted: {why}" for why, n in left_out.items()]


def thinned(labels: list[Label], plan: Plan) -> tuple[list[Label], list[str]]:
    """As many of the labels as leave every post the same chance of being among them, and what was done.

    Each is kept with probability floor / inclusion probability, by a draw that anyone can repeat. The floor is the
    declared one, never the smallest seen: posts too unlikely to be drawn are not seen, and may hold all the errors.
    One floor serves all thresholds, so that a label kept for one is kept for all.
    """
    chances = [label.inclusion_probability or 0.0 for label in labels]
    if not chances:
        return [], []
    lowest, highest = min(chances), max(chances)
    if plan.floor is None and lowest < highest * _SAME:
        why = "inclusion probabilities differ: declare the smallest one of the sampling plan as its floor"
        return [], [f"none of {len(labels)} labels kept: {why}"]
    if plan.floor is not None and lowest < plan.floor * _SAME:
        why = f"one has inclusion probability {lowest:g}, below the declared floor {plan.floor:g}"
        return [], [f"none of {len(labels)} labels kept: {why}"]
    floor = plan.floor or lowest
    kept = [label for label in labels if _draw(plan.seed, label.key) < floor / (label.inclusion_probability or 1)]
    thinner = f"{len(kept)} of {len(labels)} labels kept, thinned to inclusion probability {floor:g}"
    return kept, [thinner] if len(kept) < len(labels) else []


def _left_out(label: Label, claim: Claim, today: date, plan: Plan) -> str | None:
    if label.clause != claim.clause:
        return "another clause or version"
    if (label.signal, label.model) != (claim.signal, claim.model):
        return "another signal or model"
    if label.language != claim.language:
        return "another language"
    if not 0 <= (today - label.labelled_at).days <= plan.max_age_days:
        return f"older than {plan.max_age_days} days, or from the future"
    if label.inclusion_probability is None or not 0 < label.inclusion_probability <= 1:
        return "the chance of being drawn is not known"
    if not np.float32(claim.grid[-1]) <= np.float32(label.score) <= 1:
        return "below every threshold"
    return None


def _worse(one: Label, other: Label) -> Label:
    """Two people on one post: it counts once, and as no breach unless both saw one."""
    later = max(one, other, key=lambda label: label.labelled_at)
    return msgspec.structs.replace(later, breach=one.breach and other.breach)


def _draw(seed: str, key: str) -> float:
    """A number in [0, 1) that nobody chose: from the published seed and the post's key."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{key}".encode()).digest()[:6], "big") / 2**48
