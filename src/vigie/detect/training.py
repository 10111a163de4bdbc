"""Training the classifier: one pass after another over masked labels, then whole-number weights, then calibration.

The seed, the rows and the lexicon settle the result: the same three give the same model on the same kind of machine.
"""

from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa

from vigie.detect import kernels, lexicon
from vigie.detect.classifier import LABELS, LANGUAGES, Model
from vigie.detect.corpus import Set
from vigie.intake import folding

ENOUGH = 50  # positives (and negatives) without which nothing is calibrated or measured


class Recipe(msgspec.Struct, frozen=True):
    """How a model is trained; chosen on *tune*, never on *report*."""

    bits: int = 18  # 2^bits buckets
    passes: int = 6
    rate: float = 0.05
    decay: float = 1e-5
    concept_value: float = 0.7  # weight of a concept feature beside an n-gram
    dropped: float = 0.2  # share of n-grams left out of each row in each pass
    translated_value: float = 1.0  # weight of a translated row
    real_french_value: float = 2.0
    own_value: float = 5.0  # weight of the project's own rows, which were written to be hard
    rare_value: float = 8.0  # at most, by which the positives of a rare label count more
    concepts: bool = True  # whether the lexicon is used
    scopes: bool = True  # whether negation and quotation are


class Features(msgspec.Struct):
    """The features of some texts: row r has features[starts[r]:starts[r + 1]], n-grams up to grams_end[r]."""

    starts: np.ndarray
    grams_end: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, texts: list[str], recipe: Recipe) -> "Features":
        """Fold the texts and list their features."""
        known = lexicon.load()
        keys, values = (known.keys, known.values) if recipe.concepts else (np.zeros_like(known.keys), known.values)
        # 254 is no concept: nothing is negated or quoted then
        negation = known.number("negation") if recipe.scopes else 254
        report = known.number("report") if recipe.scopes else 254
        buffers = folding.string_buffers(folding.folded(pa.array(texts, pa.string())))
        return cls(*kernels.listed(*buffers, keys, values, negation, report, 1 << recipe.bits))

    def sums(self, weights: np.ndarray, scales: np.ndarray) -> np.ndarray:
        """What the classifier sums up for each row and label, before calibration: float64 (rows x 8)."""
        rows = len(self.grams_end)
        out = np.zeros((rows, weights.shape[1]))
        for ends, begins, block in ((self.grams_end, self.starts[:-1], 0), (self.starts[1:], self.grams_end, 1)):
            for first in range(0, rows, 4096):
                last = min(first + 4096, rows)
                window = weights[self.features[self.starts[first] : self.starts[last]]].astype(np.float64)
                total = np.vstack([np.zeros((1, weights.shape[1])), np.cumsum(window, axis=0)])
                low, high = begins[first:last] - self.starts[first], ends[first:last] - self.starts[first]
                count = np.maximum(high - low, 1)[:, None]
                out[first:last] += (total[high] - total[low]) / np.sqrt(count) * scales[block]
        return out


def importance(rows: Set, recipe: Recipe) -> np.ndarray:
    """How much each row counts for each label: float32 (rows x 8)."""
    weight = np.ones((len(rows.texts), len(LABELS)), np.float32)
    weight[rows.translated] *= recipe.translated_value
    own = rows.sources == "vigie_material"
    weight[own] *= recipe.own_value
    weight[(rows.languages == "fr") & ~rows.translated & ~own] *= recipe.real_french_value
    for k in range(len(LABELS)):
        positive, negative = (rows.targets[:, k] == 1), (rows.targets[:, k] == 0)
        ratio = 0.25 * negative.sum() / max(positive.sum(), 1)
        weight[positive, k] *= min(recipe.rare_value, max(1.0, ratio))
    return weight


def learned(
    rows: Set, features: Features, recipe: Recipe, seed: int, said: Callable[[str], None] = lambda _: None
) -> tuple[np.ndarray, np.ndarray]:
    """Float32 weights [2^bits, 8] and biases (8) after all passes."""
    weights = np.zeros((1 << recipe.bits, len(LABELS)), np.float32)
    squares, bias = np.zeros_like(weights), np.zeros(len(LABELS), np.float32)
    value, random = importance(rows, recipe), np.random.default_rng(seed)
    kernels.seed(seed)
    for step in range(recipe.passes):
        said(f"pass {step + 1} of {recipe.passes} over {len(rows.texts):,} rows")
        kernels.learn(
            features.starts, features.grams_end, features.features, rows.targets, value,
            random.permutation(len(rows.texts)), weights, squares, bias, np.float32(recipe.rate), np.float32(recipe.decay),
            np.float32(recipe.concept_value), recipe.dropped,
        )  # fmt: skip
    return weights, bias


def quantised(weights: np.ndarray, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Whole-number weights and the scales (2 x 8) that give back their size; the largest in a thousand are cut."""
    largest = np.array([np.quantile(np.abs(w[w != 0]), 0.9995) if (w != 0).any() else 1.0 for w in weights.T])
    step = (largest / 127).astype(np.float32)
    whole = np.clip(np.round(weights / step), -127, 127).astype(np.int8)
    return whole, np.stack([step, step * recipe.concept_value]).astype(np.float32)


def slope_and_offset(z: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The logistic line that turns sums into log-odds (source: Platt, 1999), by Newton's method with a light ridge.

    >>> slope, offset = slope_and_offset(np.array([-2.0, -1.0, 1.0, 2.0] * 50), np.array([0, 0, 1, 1] * 50))
    >>> slope > 1, abs(offset) < 0.1
    (True, True)
    """
    design = np.column_stack([z, np.ones_like(z)])
    theta = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (p - y) + 1e-2 * (theta - [1.0, 0.0])
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-2 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(max(theta[0], 1e-3)), float(theta[1])


def calibration(z: np.ndarray, tune: Set, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and offsets (languages x 8) fitted on *tune*; a language with too few rows of a kind takes those of both."""
    slopes = np.ones((len(LANGUAGES), len(LABELS)), np.float32)
    offsets = np.tile(bias, (len(LANGUAGES), 1)).astype(np.float32)
    for k in range(len(LABELS)):
        known = tune.targets[:, k] >= 0
        for row, language in ((2, None), (0, "en"), (1, "fr")):
            chosen = known if language is None else known & (tune.languages == language)
            y = tune.targets[chosen, k]
            if min((y == 1).sum(), (y == 0).sum()) >= ENOUGH:
                slopes[row, k], offsets[row, k] = slope_and_offset(z[chosen, k] + bias[k], y)
                offsets[row, k] += slopes[row, k] * bias[k]
            elif language is not None:
                slopes[row, k], offsets[row, k] = slopes[2, k], offsets[2, k]
    return slopes, offsets


def trained(train: Set, tune: Set, recipe: Recipe, seed: int, said: Callable[[str], None] = lambda _: None) -> Model:
    """A model from rows: learned on *train*, calibrated on *tune*."""
    features = Features.of(train.texts, recipe)
    said(f"{len(features.features):,} features of {len(train.texts):,} rows")
    weights, bias = learned(train, features, recipe, seed, said)
    whole, scales = quantised(weights, recipe)
    slopes, offsets = calibration(Features.of(tune.texts, recipe).sums(whole, scales), tune, bias)
    known = lexicon.load()
    scopes = np.array([known.number("negation"), known.number("report")], np.int32)
    return Model(whole, scales, slopes, offsets, known.keys, known.values, scopes, lexicon.content_hash())
