"""A linear classifier over hashed n-grams and concepts: how likely a post attacks people for what they are, and on what ground.

The weights are whole numbers, so that the same post has the same score on every machine. Probabilities are calibrated per
language on held-out rows; they hold at the prevalence of those rows only (see the model card).
"""

import hashlib
from functools import cache, cached_property
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect import lexicon
from vigie.detect.detector import Post, Scores
from vigie.errors import Misconfigured
from vigie.intake import folding
from vigie.records.evidence import Evidence

MODEL = Path(__file__).parent / "model" / "classifier.npz"
LABELS = ("hate", "racism", "antisemitism", "lgbtphobia", "misogyny", "other_hate", "violence", "insult")
LANGUAGES = ("en", "fr", "und")  # und: every other language, calibrated on both
MOST_EVIDENCE = 4
_WHY = {"en": "weighs most in the score", "fr": "pèse le plus dans le score"}


class Model(msgspec.Struct, frozen=True):
    """What training leaves: int8 weights [2^k, 8]; per label a scale for n-grams and one for concepts; a slope and an offset
    per language and label that turn a sum into a log-odds; and the lexicon as it was, as the kernel reads it."""

    weights: np.ndarray
    scales: np.ndarray  # float32 (2, 8)
    slopes: np.ndarray  # float32 (languages, 8)
    offsets: np.ndarray  # float32 (languages, 8)
    keys: np.ndarray  # uint64, see ``lexicon.Lexicon``
    values: np.ndarray  # int32
    scopes: np.ndarray  # int32 (2): the concepts of negation and of reporting
    lexicon: str  # hash of the lexicon's files

    @property
    def concepts(self) -> tuple[np.ndarray, np.ndarray, int, int]:
        """What the kernels need to find concepts."""
        return self.keys, self.values, int(self.scopes[0]), int(self.scopes[1])

    def log_odds(self, totals: np.ndarray, counts: np.ndarray, languages: np.ndarray) -> np.ndarray:
        """Calibrated log-odds (rows x 8) from integer sums (rows x 2 x 8), counts (rows x 2) and language numbers (rows)."""
        roots = np.sqrt(np.maximum(counts, 1)).astype(np.float32)
        # Rows of sixteen: numpy is several times as fast as over three axes.
        flat = totals.astype(np.float32).reshape(-1, 2 * len(LABELS)) * self.scales.ravel()
        flat /= np.repeat(roots, len(LABELS), axis=1)
        z = flat[:, : len(LABELS)] + flat[:, len(LABELS) :]
        return np.asarray(z * self.slopes.take(languages, axis=0) + self.offsets.take(languages, axis=0))


def load(path: Path = MODEL) -> Model:
    """The model in a file; ``Misconfigured`` when it was trained with another lexicon."""
    try:
        with np.load(path) as a:
            fields = {name: a[name] for name in Model.__struct_fields__}
            model = Model(**{**fields, "lexicon": str(fields["lexicon"])})
    except (OSError, ValueError, KeyError) as error:
        raise Misconfigured(f"{path}: not a classifier; train one with `vigie train`: {error}") from error
    if model.lexicon != lexicon.content_hash():
        raise Misconfigured(f"{path}: the lexicon has changed since this model was trained; run `vigie train`")
    return model


def save(model: Model, path: Path) -> None:
    """Write a model to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{name: getattr(model, name) for name in model.__struct_fields__})


def packed(weights: np.ndarray) -> np.ndarray:
    """Eight int8 weights of each bucket as one uint64, each plus 128, as the kernel adds them up.

    >>> hex(packed(np.array([[-128, 0, 0, 0, 0, 0, 0, 127]], np.int8))[0])
    '0xff80808080808000'
    """
    return np.asarray((weights.astype(np.int16) + 128).astype(np.uint8).view("<u8").ravel())


def language_numbers(languages: pa.Array) -> np.ndarray:
    """0 for English, 1 for French, 2 for every other language."""
    numbers = pc.index_in(languages.cast(pa.string()), pa.array(LANGUAGES[:2], pa.string()))
    return np.asarray(numbers.fill_null(2).to_numpy(zero_copy_only=False), np.int64)


class Classifier:
    """Probabilities of hate, of its grounds, of violence and of insult."""

    name = "classifier"
    signals = LABELS

    def __init__(self, model: Model | None = None):
        self.model = model or load()
        self._packed = packed(self.model.weights)
        content = hashlib.sha256(self.model.lexicon.encode())
        for part in (self.model.weights, self.model.scales, self.model.slopes, self.model.offsets):
            content.update(np.ascontiguousarray(part).tobytes())
        self.version = content.hexdigest()[:16]

    @cached_property
    def _seen(self) -> np.ndarray:
        from vigie.detect import kernels

        return np.asarray(kernels.glance(self.model.keys))

    def score(self, posts: pa.RecordBatch) -> Scores:
        """Calibrated probabilities, a float32 column per label."""
        from vigie.detect import kernels

        buffers = folding.string_buffers(posts.column("folded"))
        totals, counts = kernels.sums(*buffers, *self.model.concepts, self._packed, self._seen)
        log_odds = self.model.log_odds(totals, counts, language_numbers(posts.column("language")))
        probabilities = (1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))).astype(np.float32)
        return {label: np.ascontiguousarray(probabilities[:, k]) for k, label in enumerate(LABELS)}

    def explain(self, post: Post, signals: tuple[str, ...]) -> list[Evidence]:
        """The words that weigh most for the strongest of the signals."""
        from vigie.detect import kernels

        text = np.frombuffer(post.folded.text, np.uint8)
        model, label = self.model, LABELS.index(signals[0])
        begins, ends, weights = kernels.heaviest(
            text, *model.concepts, model.weights, label, model.scales, MOST_EVIDENCE, self._seen
        )
        found = list(zip(begins.tolist(), ends.tolist(), weights.tolist(), strict=True))
        total, why = sum(weight for *_, weight in found), _WHY.get(post.language, _WHY["en"])
        return [
            post.evidence(begin, end, signal=signals[0], detector=self.name, why=why, weight=weight / total)
            for begin, end, weight in found
        ]


@cache
def shipped() -> Classifier:
    """The classifier with the model that ships."""
    return Classifier()
