"""The model card: what the classifier was trained on, what it was measured to do, and where it fails."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vigie.measure.accuracy import ENOUGH, auc, auc_interval, calibration_error, recall_at

if TYPE_CHECKING:
    from vigie.detect.classifier import Model
    from vigie.detect.corpus import Set

ORDINARY_FRENCH = ("ud_gsd", "ud_parisstories")
_NOT_MEASURABLE = "not measurable"


def _probabilities(model: "Model", rows: "Set") -> np.ndarray:
    """What the shipped path says of rows, with their own language: float32 (rows x 8)."""
    import pyarrow as pa

    from vigie.detect.classifier import LABELS, Classifier
    from vigie.intake import folding

    folded = folding.folded(pa.array(rows.texts, pa.string()))
    batch = pa.RecordBatch.from_pydict({"folded": folded, "language": pa.array(rows.languages.tolist(), pa.string())})
    scores = Classifier(model).score(batch)
    return np.column_stack([scores[label] for label in LABELS])


class Measured:
    """The probabilities of several models (seeds) on the same rows; the first is the one that ships."""

    def __init__(self, models: Sequence["Model"], rows: "Set"):
        self.rows = rows
        self.by_seed = [_probabilities(model, rows) for model in models]

    def known(self, label: int, chosen: np.ndarray) -> np.ndarray:
        """The chosen rows whose label is known."""
        return np.asarray(chosen & (self.rows.targets[:, label] >= 0))

    def area(self, label: int, chosen: np.ndarray) -> str:
        """Area under the curve of the shipped model with its 95 % interval, and the spread over seeds."""
        known = self.known(label, chosen)
        truth = self.rows.targets[known, label] == 1
        if min(truth.sum(), (~truth).sum()) < ENOUGH:
            return _NOT_MEASURABLE
        interval = auc_interval(truth, self.by_seed[0][known, label])
        over = [auc(truth, seed[known, label]) for seed in self.by_seed]
        assert interval is not None
        spread = f"; seeds {min(over):.3f}–{max(over):.3f}" if len(over) > 1 else ""  # type: ignore[type-var]
        return f"{over[0]:.3f} ({interval[0]:.3f}–{interval[1]:.3f}{spread})"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def _real(rows: "Set", language: str) -> np.ndarray:
    return np.asarray((rows.languages == language) & ~rows.translated)


def _slices(rows: "Set") -> dict[str, np.ndarray]:
    return {
        "English": _real(rows, "en"),
        "French, real": _real(rows, "fr"),
        "French, translated": np.asarray((rows.languages == "fr") & rows.translated),
    }


def _quality(measured: Measured, baseline: Mapping[str, np.ndarray]) -> str:
    from vigie.detect.corpus import LABELS

    out = []
    for k, label in enumerate(LABELS):
        for name, chosen in _slices(measured.rows).items():
            known = measured.known(k, chosen)
            truth = measured.rows.targets[known, k] == 1
            plain = "–"
            if label in baseline and min(truth.sum(), (~truth).sum()) >= ENOUGH:
                plain = f"{auc(truth, baseline[label][known]):.3f}"
            out.append([label, name, len(truth), int(truth.sum()), measured.area(k, chosen), plain])
    return _table(["label", "rows", "n", "positives", "AUC (95 %)", "scikit-learn, same rows"], out)


def _calibration(measured: Measured) -> str:
    from vigie.detect.corpus import LABELS

    out = []
    for k, label in enumerate(LABELS):
        for language in ("en", "fr"):
            known = measured.known(k, measured.rows.languages == language)
            truth, p = measured.rows.targets[known, k] == 1, measured.by_seed[0][known, k]
            enough = min(truth.sum(), (~truth).sum()) >= ENOUGH
            figures = (
                [f"{truth.mean():.3f}", f"{p.mean():.3f}", f"{calibration_error(truth, p):.3f}"]
                if enough
                else [_NOT_MEASURABLE] * 3
            )
            out.append([label, language, int(truth.sum()), *figures])
    return _table(["label", "language", "positives", "share in the rows", "mean probability", "calibration error"], out)


def _ordinary(measured: Measured) -> str:
    """False alarms on posts that attack nobody, at the review thresholds that ship."""
    rows, p = measured.rows, measured.by_seed[0][:, 0]
    kinds: dict[str, Callable[[], np.ndarray]] = {
        "ordinary French (never trained on)": lambda: np.isin(rows.sources, ORDINARY_FRENCH),
        "English tweets labelled neither hateful nor offensive": lambda: (
            (rows.sources == "davidson") & ~rows.translated & (rows.targets[:, 0] == 0) & (rows.targets[:, 7] == 0)
        ),
        "English posts labelled not hateful, all sources": lambda: _real(rows, "en") & (rows.targets[:, 0] == 0),
        "French posts labelled not hateful, real": lambda: _real(rows, "fr") & (rows.targets[:, 0] == 0),
    }
    out = []
    for name, chosen in kinds.items():
        picked = p[chosen()]
        out.append(
            [
                name,
                len(picked),
                *(f"{(picked >= t).mean():.1%}" if len(picked) >= ENOUGH else _NOT_MEASURABLE for t in (0.5, 0.7, 0.9)),
            ]
        )
    return _table(["rows", "n", "hate ≥ 0.5", "≥ 0.7", "≥ 0.9"], out)


def _transfer(ablations: Mapping[str, Sequence["Model"]], own: "Set") -> str:
    out = []
    for name, models in ablations.items():
        measured = Measured(models, own)
        row = [name]
        for language in ("en", "fr"):
            chosen = own.languages == language
            truth = own.targets[chosen, 0] == 1
            areas = [auc(truth, seed[chosen, 0]) for seed in measured.by_seed]
            row.append(f"{np.mean(areas):.3f} ({min(areas):.3f}–{max(areas):.3f})")  # type: ignore[type-var, arg-type]
        out.append(row)
    return _table(["model", "AUC English (seeds)", "AUC French (seeds)"], out)


def _unseen_kinds(unseen: Sequence[tuple["Model", "Set"]], kinds: Sequence[str]) -> str:
    """Share of the project's own rows that attack nobody and would be flagged, each judged by a model that never saw it."""
    out = []
    for kind in kinds:
        for language in ("en", "fr"):
            p = np.concatenate([_harmless(model, rows, kind, language) for model, rows in unseen] or [np.empty(0)])
            out.append([kind, language, len(p), *(f"{(p >= t).mean():.1%}" for t in (0.5, 0.7))] if len(p) >= ENOUGH
                       else [kind, language, len(p), _NOT_MEASURABLE, _NOT_MEASURABLE])  # fmt: skip
    return _table(["rows that carry", "language", "n", "hate ≥ 0.5", "≥ 0.7"], out)


def _harmless(model: "Model", rows: "Set", kind: str, language: str) -> np.ndarray:
    has = np.array([kind in kinds for kinds in rows.kinds]) & (rows.languages == language) & (rows.targets[:, 0] == 0)
    return _probabilities(model, rows.where(has))[:, 0]


def _sources(shipping: "Set") -> str:
    names, counts = np.unique(shipping.sources, return_counts=True)
    translated = {n: int((shipping.translated & (shipping.sources == n)).sum()) for n in names}
    return _table(
        ["source", "rows", "of which translated"], [[n, c, translated[n]] for n, c in zip(names, counts, strict=True)]
    )


def _recall(measured: Measured) -> str:
    rows = measured.rows
    ordinary = measured.by_seed[0][np.isin(rows.sources, ORDINARY_FRENCH), 0]
    english = measured.by_seed[0][_real(rows, "en") & (rows.targets[:, 0] == 0), 0]
    out = []
    for name, chosen in _slices(rows).items():
        truth = rows.targets[chosen, 0] == 1
        against = english if name == "English" else ordinary
        if len(against) >= ENOUGH and truth.sum() >= ENOUGH:
            out.append(
                [name, int(truth.sum()), f"{recall_at(truth, measured.by_seed[0][chosen, 0], against, 0.01):.1%}"]
            )
    return _table(["hateful rows", "n", "found at 1 % false positives"], out)


class Beside(NamedTuple):
    """What the shipped model is compared with, all trained in the same run."""

    ablations: "Mapping[str, Sequence[Model]]"  # without one group of features or rows, a model per seed
    baseline: Mapping[str, np.ndarray]  # the log-odds of scikit-learn for *report*, per label
    unseen: "Sequence[tuple[Model, Set]]"  # parts of the project's own material, and a model without each


def card(models: Sequence["Model"], shipping: "Set", parts: "Mapping[str, Set]", beside: Beside, seed: int) -> str:
    """The card as Markdown; every figure is measured here, on rows that nothing was fitted to."""
    from vigie.detect import lexicon

    measured = Measured(models, parts["report"])
    own = shipping.where(shipping.sources == "vigie_material")
    known = lexicon.load()
    sections = [
        "# Model card: the classifier\n\nMade by `vigie train … --card`; do not edit. Every figure below is measured on *report*, "
        "the half of the held-out rows that nothing was chosen or calibrated on.",
        "## What it is\n\nA linear model over hashed character and word n-grams and over concepts of a bilingual lexicon "
        f"({known.entries['en']:,} English and {known.entries['fr']:,} French entries), with negation and quotation scope; "
        f"eight outputs, int8 weights, seed {seed}. It reads text only: no image, no thread, no account.",
        "## What it is for, and not\n\nIt puts posts before people. It never acts alone: training rows cannot unlock that "
        "(a precision of 0.99 where 40 % of rows are hateful is 0.23 where 0.2 % are). Its probabilities are calibrated at the "
        "prevalence of the *tune* rows only; on a real stream they are a ranking, not a rate.",
        f"## Quality\n\nArea under the curve; below {ENOUGH} positives or negatives a figure is «{_NOT_MEASURABLE}».\n\n"
        f"{_quality(measured, beside.baseline)}",
        f"### Found while one ordinary post in a hundred is flagged\n\n{_recall(measured)}",
        f"## Calibration\n\nHolds at this set's prevalence only.\n\n{_calibration(measured)}",
        f"## False alarms\n\n{_ordinary(measured)}\n\nRows of the project's own material that attack nobody: they mention an "
        "identity, answer hate, quote it, or speak in figures. They were written to be hard, by those who wrote what the model "
        "is trained on; each is judged by a model that never saw it (five parts, each left out in turn):\n\n"
        f"{_unseen_kinds(beside.unseen, ('identity_mention', 'counter_speech', 'quotation', 'figurative'))}",
    ]
    if beside.ablations:
        sections.append(
            "## What each part adds\n\nModels trained without the project's own material and judged on it: sentences that were "
            "written to be hard (counter-speech, quotation, negation, identity, figures of speech), so lower than above.\n\n"
            f"{_transfer(beside.ablations, own)}"
        )
    sections += [
        "## Known failures\n\nIrony and allusion; hate without any word of the lexicon; threads that make a harmless sentence "
        "cruel; slang newer than the rows; quotation without quotation marks or a reporting verb; languages other than French and "
        "English; posts beyond the first 16 KiB. French rows are few: half of what it knows of French was translated by machine.",
        f"## Data and licences\n\n{_sources(shipping)}\n\nShare-alike sets (stormfront, ud_gsd, ud_parisstories) train nothing "
        "that ships: see decision 0004. Licences and origins of the rest are in `PROVENANCE.md` beside the data, and in `NOTICE`.",
    ]
    return "\n\n".join(sections) + "\n"
