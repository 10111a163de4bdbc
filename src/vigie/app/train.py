"""``vigie train``: a model from labelled rows, and the card that says what it can and cannot do."""

import argparse
import sys
import time
import zlib
from typing import TYPE_CHECKING

import numpy as np

from vigie.app import wiring
from vigie.errors import Misconfigured, Refused

if TYPE_CHECKING:
    from vigie.detect.classifier import Model
    from vigie.detect.corpus import Set
    from vigie.detect.training import Recipe

FOLDS = 5


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def train(arguments: argparse.Namespace) -> int:
    """Train with the given seed, measure on *report* with every seed, write the model and its card."""
    if (arguments.ablation or arguments.baseline) and not arguments.card:
        raise Refused("--ablation and --baseline are written on the model card: give --card FILE")
    wiring.kernels_kept(None)
    from vigie.detect import classifier, corpus
    from vigie.detect.training import Recipe, trained

    started = time.monotonic()
    parts = corpus.parts(*arguments.directories)
    shipping = parts["train"].where(~np.isin(parts["train"].sources, list(corpus.SHARE_ALIKE)))
    _say(
        f"{len(shipping.texts):,} rows to train on; tune {len(parts['tune'].texts):,}, report {len(parts['report'].texts):,}"
    )
    recipe = Recipe()
    model = trained(shipping, parts["tune"], recipe, arguments.seed, _say)
    out = arguments.out or classifier.MODEL
    classifier.save(model, out)
    _say(f"{out}: {out.stat().st_size / 1e6:.1f} MB after {time.monotonic() - started:.0f} s")
    if arguments.card:
        _write_card(arguments, model, shipping, parts, recipe)
    return 0


def _write_card(
    arguments: argparse.Namespace, model: "Model", shipping: "Set", parts: "dict[str, Set]", recipe: "Recipe"
) -> None:
    from vigie.app.card import Beside, card
    from vigie.detect.training import trained

    others = [trained(shipping, parts["tune"], recipe, arguments.seed + n, _say) for n in range(1, arguments.seeds)]
    ablations = _ablations(shipping, parts, recipe, arguments) if arguments.ablation else {}
    baseline = _baseline(shipping, parts["report"]) if arguments.baseline else {}
    unseen = _unseen(shipping, parts["tune"], recipe, arguments.seed)
    beside = Beside(ablations, baseline, unseen)
    arguments.card.write_text(card([model, *others], shipping, parts, beside, arguments.seed))
    _say(f"{arguments.card}: written")


def _unseen(shipping: "Set", tune: "Set", recipe: "Recipe", seed: int) -> "list[tuple[Model, Set]]":
    """The project's own material in five parts, each beside a model that was trained without it."""
    from vigie.detect.training import trained

    own = shipping.sources == "vigie_material"
    fold = np.array([zlib.crc32(text.encode()) % FOLDS for text in shipping.texts])
    found = []
    for n in range(FOLDS if own.any() else 0):
        _say(f"measuring false alarms: part {n + 1} of {FOLDS}")
        held = own & (fold == n)
        found.append((trained(shipping.where(~held), tune, recipe, seed), shipping.where(held)))
    return found


def _ablations(
    shipping: "Set", parts: "dict[str, Set]", recipe: "Recipe", arguments: argparse.Namespace
) -> dict[str, list["Model"]]:
    """Models without one group of features or rows each, all without the project's own material, on which they are judged."""
    import msgspec

    from vigie.detect.training import trained

    outside = shipping.where(shipping.sources != "vigie_material")
    variants = {
        "everything": (outside, recipe),
        "without negation and quotation scope": (outside, msgspec.structs.replace(recipe, scopes=False)),
        "without concepts": (outside, msgspec.structs.replace(recipe, concepts=False)),
        "without translated rows": (outside.where(~outside.translated), recipe),
    }
    found: dict[str, list[Model]] = {}
    for name, (rows, changed) in variants.items():
        _say(f"measuring the model {name}")
        found[name] = [trained(rows, parts["tune"], changed, arguments.seed + n) for n in range(arguments.seeds)]
    return found


def _baseline(shipping: "Set", judged: "Set") -> dict[str, np.ndarray]:
    """What a plain scikit-learn model of the same rows says of other rows: a log-odds per label."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import SGDClassifier
        from sklearn.pipeline import make_union
    except ImportError as error:
        raise Misconfigured("the baseline needs scikit-learn: pip install 'vigie[train]'") from error
    from vigie.detect.corpus import LABELS

    _say("training the scikit-learn baseline")
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, strip_accents="unicode")
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3, strip_accents="unicode"
    )
    union = make_union(words, letters)
    matrix, other = union.fit_transform(shipping.texts), union.transform(judged.texts)
    out = {}
    for k, label in enumerate(LABELS):
        known = shipping.targets[:, k] >= 0
        model = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=20, class_weight="balanced", random_state=0)
        out[label] = model.fit(matrix[known], shipping.targets[known, k]).decision_function(other)
        _say(f"baseline: {label}")
    return out
