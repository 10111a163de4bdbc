"""Which language 15 to 25 characters are in, French or English: our answers against lingua's, on the same cuts.

Cuts of whole words from dev rows, without mentions and links. Ours may say ``und``; lingua is asked with the same
languages, in its accurate and in its fast mode. Our table has seen train rows of the same sources; lingua has not.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import pyarrow as pa

import judge
import machine
from vigie.detect import corpus

SHORT, LONG = 15, 25


class Cut(NamedTuple):
    """A few words of a post, and the language that its set says."""

    text: str
    language: str


def cut(text: str, random: Random) -> str | None:
    """Some words in a row, SHORT to LONG characters together; None where there are none."""
    words = [w for w in text.split() if not w.startswith(("@", "http", "#")) and w != "URL"]
    for begin in random.sample(range(len(words)), len(words)):
        taken = ""
        for word in words[begin:]:
            longer = f"{taken} {word}".strip()
            if len(longer) > LONG:
                break
            taken = longer
        if len(taken) >= SHORT and sum(c.isalpha() for c in taken) >= SHORT // 2:
            return taken
    return None


def cuts(directory: Path, each: int, seed: int) -> list[Cut]:
    """As many of each language, from rows that trained nothing and were written by people."""
    random = Random(seed)
    rows = [row for row in corpus.read(directory) if row.split == "dev" and row.translated_from is None]
    random.shuffle(rows)
    found: list[Cut] = []
    for language in ("fr", "en"):
        texts = (cut(row.text, random) for row in rows if row.lang == language)
        found += [Cut(text, language) for text, _ in zip(filter(None, texts), range(each), strict=False)]
    return found


def ours(texts: Sequence[str]) -> list[str]:
    """What intake says of each text."""
    from vigie.intake.language import identify

    found: list[str] = identify(pa.array(texts, pa.string())).cast(pa.string()).to_pylist()
    return found


def lingua(*, fast: bool) -> Callable[[Sequence[str]], list[str]] | None:
    """lingua over the languages that we know; None where it is not installed."""
    try:
        from lingua import IsoCode639_1, LanguageDetectorBuilder
    except ImportError:
        return None
    from vigie.intake.language import _table

    codes = [getattr(IsoCode639_1, name.upper()) for name in _table()[1] if hasattr(IsoCode639_1, name.upper())]
    building = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models()
    detector = (building.with_low_accuracy_mode() if fast else building).build()

    def say(texts: Sequence[str]) -> list[str]:
        named = (detector.detect_language_of(text) for text in texts)
        return [language.iso_code_639_1.name.lower() if language else "und" for language in named]

    return say


def scored(name: str, say: Callable[[Sequence[str]], list[str]], given: list[Cut]) -> list[tuple[object, ...]]:
    """A row per language: right, wrong and undetermined shares, and texts a second."""
    texts = [one.text for one in given]
    say(texts[:10])
    started = time.perf_counter()
    said = say(texts)
    rate = len(texts) / (time.perf_counter() - started)
    rows: list[tuple[object, ...]] = []
    for language in ("fr", "en"):
        answers = [answer for answer, one in zip(said, given, strict=True) if one.language == language]
        right, unsure, n = answers.count(language), answers.count("und"), len(answers)
        wrong = n - right - unsure
        sure = f"{right / max(right + wrong, 1):.1%}"
        rows.append((f"{name}, {language}", n, f"{right / n:.1%}", f"{wrong / n:.1%}", f"{unsure / n:.1%}", sure, rate))
    return rows


def main() -> None:
    """Cut, ask each, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", type=Path, default=judge.SHARED / "hate", metavar="DIR")
    parser.add_argument(
        "--each", type=int, default=1_000, metavar="N", help="cuts of each language, at most (default: 1,000)"
    )
    parser.add_argument("--seed", type=int, default=20261123)
    a = parser.parse_args()
    given = cuts(a.labelled, a.each, a.seed)
    machine.header("Language of 15 to 25 characters", cuts=len(given), seed=str(a.seed))
    rows = scored("ours", ours, given)
    for fast in (False, True):
        if say := lingua(fast=fast):
            rows += scored("lingua, fast" if fast else "lingua", say, given)
    machine.table(("", "cuts", "right", "wrong", "undetermined", "right when said", "texts/s"), rows)


if __name__ == "__main__":
    judge.script(main)
