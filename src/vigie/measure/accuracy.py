"""How often a judge is right about labelled rows: for whoever must decide whether to trust it."""

import math
from collections.abc import Mapping

import msgspec
import numpy as np

ENOUGH = 50  # positives, and negatives, below which a figure is not measurable


class Confusion(msgspec.Struct, frozen=True):
    """Counts of rows: what they are against what was said."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @classmethod
    def of(cls, truth: np.ndarray, said: np.ndarray) -> "Confusion":
        """From two bool columns, a row per post."""
        return cls(
            int((truth & said).sum()),
            int((~truth & said).sum()),
            int((truth & ~said).sum()),
            int((~truth & ~said).sum()),
        )

    @property
    def n(self) -> int:
        """All rows."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def accuracy(self) -> float:
        """Share of rows that are judged as labelled, in [0, 1]; 0 without rows."""
        return (self.true_positive + self.true_negative) / self.n if self.n else 0.0

    @property
    def macro_f1(self) -> float:
        """Mean of the F1 of both classes, in [0, 1].

        >>> round(Confusion(8, 2, 2, 8).macro_f1, 3)
        0.8
        """
        hit = _f1(self.true_positive, self.false_positive, self.false_negative)
        return (hit + _f1(self.true_negative, self.false_negative, self.false_positive)) / 2


def _f1(hits: int, wrong: int, missed: int) -> float:
    return 2 * hits / (2 * hits + wrong + missed) if hits else 0.0


def auc(truth: np.ndarray, score: np.ndarray) -> float | None:
    """The chance that a positive row scores above a negative one (ties count half); None without rows of both kinds.

    >>> auc(np.array([True, False, True]), np.array([0.9, 0.1, 0.1]))
    0.75
    """
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    order = np.argsort(score, kind="stable")
    _, first, counts = np.unique(score[order], return_index=True, return_counts=True)
    ranks = np.empty(len(score))
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(truth: np.ndarray, score: np.ndarray) -> tuple[float, float] | None:
    """A 95 % interval of the area (source: Hanley and McNeil, 1982), on the log-odds scale; None when not measurable."""
    area = auc(truth, score)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if area is None or min(positives, negatives) < ENOUGH or not 0 < area < 1:
        return None
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (positives - 1) * (q1 - area**2) + (negatives - 1) * (q2 - area**2)) / (
        positives * negatives
    )
    half = 1.96 * math.sqrt(variance) / (area * (1 - area))
    middle = math.log(area / (1 - area))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))


def recall_at(truth: np.ndarray, score: np.ndarray, ordinary: np.ndarray, share: float) -> float:
    """The share of positive rows above the score that at most ``share`` of ordinary posts reach."""
    threshold = np.quantile(ordinary, 1 - share)
    return float((score[truth] > threshold).mean()) if truth.any() else 0.0


def calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count, in [0, 1]: how far the scores are from the shares.

    >>> calibration_error(np.array([True, False] * 50), np.full(100, 0.5))
    0.0
    """
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(probability[part].mean() - truth[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / max(len(truth), 1))


class Report(msgspec.Struct, frozen=True):
    """What ``vigie evaluate`` says of rows whose label is known."""

    n: int
    skipped: int
    accuracy: float
    macro_f1: float
    confusion: Confusion
    per_lang: dict[str, dict[str, float | int | None]]
    per_label: dict[str, dict[str, float | int | None]]


def figures(truth: np.ndarray, said: np.ndarray, score: np.ndarray) -> dict[str, float | int | None]:
    """n, positives, accuracy, macro-F1, precision, recall, false-positive rate and the area under the curve."""
    c = Confusion.of(truth, said)
    area = auc(truth, score)
    return {
        "n": c.n,
        "hate": c.true_positive + c.false_negative,
        "accuracy": round(c.accuracy, 4),
        "macro_f1": round(c.macro_f1, 4),
        "precision": _share(c.true_positive, c.true_positive + c.false_positive),
        "recall": _share(c.true_positive, c.true_positive + c.false_negative),
        "false_positive_rate": _share(c.false_positive, c.false_positive + c.true_negative),
        "auc": None if area is None else round(area, 4),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def report(
    truth: np.ndarray,
    said: np.ndarray,
    score: np.ndarray,
    languages: np.ndarray,
    labels: Mapping[str, np.ndarray],
    skipped: int,
) -> Report:
    """All figures: over every row, by language as the file gives it, and by label that rows carry."""
    c = Confusion.of(truth, said)
    per_lang = {str(one): figures(*(a[languages == one] for a in (truth, said, score))) for one in np.unique(languages)}
    per_label = {
        name: {
            "n": int(has.sum()),
            "flagged": int(said[has].sum()),
            "share": _share(int(said[has].sum()), int(has.sum())),
        }
        for name, has in sorted(labels.items())
    }
    return Report(c.n, skipped, round(c.accuracy, 4), round(c.macro_f1, 4), c, per_lang, per_label)
