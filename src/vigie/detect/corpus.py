"""Labelled text for training and judging the classifier: which labels of which source are known, and which row serves what.

Source: ``PROVENANCE.md`` beside the data. A label that a source does not annotate is masked, never taken as negative.
"""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from vigie.errors import Refused

LABELS = ("hate", "racism", "antisemitism", "lgbtphobia", "misogyny", "other_hate", "violence", "insult")
GROUNDS = frozenset(LABELS[1:6])
#: Sources whose licence asks that what is made from them be shared alike; decision 0004 keeps them out of what ships.
SHARE_ALIKE = frozenset({"stormfront", "ud_gsd", "ud_parisstories"})
_ONE_GROUND = frozenset(
    {"edos", "guest", "ftr", "stormfront", "gbv_cs", "davidson", "mhs"}
)  # other grounds not annotated
_TELLS_VIOLENCE = frozenset({"edos", "hatemojibuild", "implicit_hate", "ghc", "vigie_material"})
_TELLS_INSULT = frozenset({"davidson", "ghc", "mlma_en", "mlma_fr", "surge", "madlibs", "vigie_material"})
_NEUTRAL = frozenset({"neutral", "identity_mention", "counter_speech"})
UNKNOWN = -1


class Row(msgspec.Struct):
    """One labelled text. ``hate`` is None where the source cannot say."""

    text: str
    lang: str
    hate: int | None = None
    labels: list[str] = []
    source: str = ""
    split: str = "train"
    translated_from: str | None = None


def targets(row: Row) -> list[int]:
    """1, 0 or UNKNOWN for each of LABELS.

    >>> targets(Row(text="…", lang="en", hate=1, labels=["misogyny"], source="edos"))
    [1, -1, -1, -1, 1, -1, 0, -1]
    """
    named = set(row.labels)
    grounds = GROUNDS & named
    out = dict.fromkeys(LABELS, UNKNOWN)
    if row.hate is not None:
        out["hate"] = row.hate
    for ground in GROUNDS:
        if ground in named:
            out[ground] = 1
        elif row.hate == 0 or (grounds and row.source not in _ONE_GROUND):
            out[ground] = 0
    neutral = row.hate == 0 and bool(_NEUTRAL & named)
    if "violence" in named or row.source in _TELLS_VIOLENCE or neutral:
        out["violence"] = int("violence" in named)
    if "insult" in named or neutral or (row.source in _TELLS_INSULT and row.hate == 0):
        out["insult"] = int("insult" in named)
    return [out[label] for label in LABELS]


def part(row: Row) -> str:
    """What a row serves: ``train``; of the other splits, by a hash of the text, ``tune`` (choose) or ``report`` (publish).

    >>> part(Row(text="Bonjour", lang="fr", split="dev")) in {"tune", "report"}
    True
    """
    if row.split == "train":
        return "train"
    return "tune" if hashlib.sha256(row.text.encode()).digest()[0] % 2 == 0 else "report"


def read(directory: Path) -> Iterator[Row]:
    """Every row of the directory's ``*.jsonl`` and ``*.jsonl.gz`` files, in a fixed order."""
    files = sorted([*directory.glob("*.jsonl.gz"), *directory.glob("*.jsonl")])
    if not files:
        raise Refused(
            f"{directory}: no *.jsonl or *.jsonl.gz files with labelled rows (text, lang, hate, labels, source, split)"
        )
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            try:
                yield from msgspec.json.Decoder(Row).decode_lines(lines.read())
            except msgspec.DecodeError as error:
                raise Refused(f"{file}: not labelled rows: {error}") from error


class Set(msgspec.Struct):
    """Rows of one part, as columns: ``targets`` int8 (rows x LABELS)."""

    texts: list[str]
    languages: np.ndarray
    sources: np.ndarray
    translated: np.ndarray
    targets: np.ndarray
    kinds: list[frozenset[str]]

    def where(self, chosen: np.ndarray) -> "Set":
        """The chosen rows."""
        at = np.flatnonzero(chosen)
        return Set(
            [self.texts[i] for i in at],
            self.languages[at],
            self.sources[at],
            self.translated[at],
            self.targets[at],
            [self.kinds[i] for i in at],
        )


def columns(rows: list[Row]) -> Set:
    """Rows as columns."""
    return Set(
        [r.text for r in rows],
        np.array([r.lang for r in rows], "U8"),
        np.array([r.source for r in rows], "U32"),
        np.array([r.translated_from is not None for r in rows], bool),
        np.array([targets(r) for r in rows], np.int8).reshape(len(rows), len(LABELS)),
        [frozenset(r.labels) for r in rows],
    )


def parts(*directories: Path) -> dict[str, Set]:
    """The rows of all directories as ``train``, ``tune`` and ``report``; a text is in one part only."""
    found: dict[str, list[Row]] = {"train": [], "tune": [], "report": []}
    for directory in directories:
        for row in read(directory):
            found[part(row)].append(row)
    held_out = {row.text for name in ("tune", "report") for row in found[name]}
    found["train"] = [row for row in found["train"] if row.text not in held_out]
    return {name: columns(rows) for name, rows in found.items()}
