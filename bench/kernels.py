"""Every kernel against its plain reference, over texts of every kind: the number of differences, which must be 0."""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

import drawn
import judge
import machine
from plainly import language_sums, phrases, siphash
from vigie.detect import classifier, lexicon, patterns
from vigie.detect import kernels as detecting
from vigie.detect import plain as plainly_detecting
from vigie.intake import folding, language, language_kernel, plain
from vigie.intake import kernels as intake
from vigie.intake.characters import CharacterTable, load

BUCKETS = 1 << 18


def column(rows: list[bytes]) -> pa.Array:
    """A string column over any bytes, UTF-8 or not."""
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int32)
    return folding.string_column(offsets, np.frombuffer(b"".join(rows) or b"\0", np.uint8))


class Compared:
    """The kernels with everything that they need, and the plain way beside each."""

    def __init__(self, seed: int):
        self.folded, self.cased = load("folded"), load("cased")
        known = lexicon.load()
        self.concepts = known.keys, known.values, known.number("negation"), known.number("report")
        self.phrases = phrases(known)
        # The steepest weights there can be: what a model that ships has is milder.
        self.weights = np.random.default_rng(seed).choice(
            np.array([-128, 127, 126], np.int8), (BUCKETS, 8), p=[0.1, 0.8, 0.1]
        )
        self.engines = [patterns.Patterns(patterns.shipped().patterns, engine) for engine in ("hyperscan", "re2")]

    def differences(self, rows: list[bytes]) -> dict[str, int]:
        """How many of these texts each kernel treats otherwise than its reference."""
        texts = column(rows)
        folded = folding.folded(texts)
        readable = [text.as_buffer().to_pybytes() for text in folded]
        return {
            "folding, with its way back": self._folding(texts, rows, self.folded, unmask=True),
            "lower case": self._folding(texts, rows, self.cased, unmask=False),
            "language sums": self._languages(texts, rows),
            "hashes": self._hashes(texts, rows),
            "classifier: features": self._features(folded, readable),
            "classifier: sums": self._sums(folded, readable),
            "classifier: features of raw bytes": self._features(texts, rows),
            "patterns: two engines": self._engines(folded),
        }

    @staticmethod
    def _folding(texts: pa.Array, rows: list[bytes], table: CharacterTable, *, unmask: bool) -> int:
        offsets, data, source = intake.fold(*folding.string_buffers(texts), *table.arrays, unmask, True)
        wrong = 0
        for row, begin, end in zip(rows, offsets[:-1], offsets[1:], strict=True):
            mapped = [(character.encode(), at) for character, at in plain.fold(row, table, unmask=unmask)]
            places = [at for octets, at in mapped for _ in octets]
            wrong += data[begin:end].tobytes() != b"".join(o for o, _ in mapped) or source[begin:end].tolist() != places
        return wrong

    def _languages(self, texts: pa.Array, rows: list[bytes]) -> int:
        penalties, _, _ = language._table()
        table = self.cased
        sums, letters = language_kernel.language_penalties(
            *folding.string_buffers(texts), table.start, table.length, table.pool, penalties
        )
        octets = penalties.view(np.uint8)
        return sum(
            (s.tolist(), n) != language_sums(row, table, octets)
            for row, s, n in zip(rows, sums, letters.tolist(), strict=True)
        )

    @staticmethod
    def _hashes(texts: pa.Array, rows: list[bytes]) -> int:
        key = bytes(range(16))
        hashes = intake.siphash(*folding.string_buffers(texts), *np.frombuffer(key, "<u8"))
        return sum(found != siphash(row, key) for row, found in zip(rows, hashes.tolist(), strict=True))

    def _features(self, texts: pa.Array, rows: list[bytes]) -> int:
        starts, middles, features = detecting.listed(*folding.string_buffers(texts), *self.concepts, BUCKETS)
        wrong = 0
        for row, begin, middle, end in zip(rows, starts[:-1], middles, starts[1:], strict=True):
            grams, concepts = self._plain(row)
            wrong += features[begin:middle].tolist() != grams or features[middle:end].tolist() != concepts
        return wrong

    def _sums(self, texts: pa.Array, rows: list[bytes]) -> int:
        seen = detecting.glance(self.concepts[0])
        totals, counts = detecting.sums(
            *folding.string_buffers(texts), *self.concepts, classifier.packed(self.weights), seen
        )
        wrong = 0
        for row, total, count in zip(rows, totals, counts, strict=True):
            parts = self._plain(row)
            expected = [self.weights[part].sum(axis=0, dtype=np.int64).tolist() for part in parts]
            wrong += total.tolist() != expected or count.tolist() != [len(part) for part in parts]
        return wrong

    def _plain(self, row: bytes) -> tuple[list[int], list[int]]:
        return plainly_detecting.features(row, self.phrases, *self.concepts[2:], BUCKETS.bit_length() - 1)

    def _engines(self, folded: pa.Array) -> int:
        posts = pa.RecordBatch.from_pydict(
            {"folded": folded, "language": pa.array((["fr", "en", "und"] * len(folded))[: len(folded)])}
        )
        ours, others = (engine.score(posts) for engine in self.engines)
        return int(np.any([ours[signal] != others[signal] for signal in ours], axis=0).sum())


def main() -> None:
    """Draw, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000, metavar="N", help="default: 100,000")
    parser.add_argument(
        "--real", type=Path, default=judge.SHARED / "posts" / "x_api_v2.jsonl.gz", metavar="FILE", help="posts of X"
    )
    parser.add_argument("--seed", type=int, default=20261123)
    a = parser.parse_args()
    machine.header("Kernels against plain references", texts=a.texts, seed=str(a.seed))
    compared, found, texts = Compared(a.seed), Counter[tuple[str, str]](), Counter[str]()
    for kind, rows in drawn.Drawn(a.real, a.seed).batches(a.texts):
        texts[kind] += len(rows)
        found.update({(kernel, kind): wrong for kernel, wrong in compared.differences(rows).items()})
    names = list(dict.fromkeys(kernel for kernel, _ in found))
    machine.table(
        ("differences", *texts),
        [("texts", *texts.values()), *((name, *(found[name, kind] for kind in texts)) for name in names)],
    )
    machine.verdict(
        not sum(found.values()), f"no difference in {sum(texts.values()):,} texts", f"{sum(found.values()):,}"
    )


if __name__ == "__main__":
    judge.script(main)
