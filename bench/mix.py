"""The 1 %-flagged mix: distinct posts of 1 KB as X gives them, of which the judge flags one in a hundred.

Each text is put together from two halves of real rows of one language and a mention or a link with a number of its own;
the judge looks at every one before it is taken, so that the share is what it is said to be, and is counted again.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import judge
import machine
import x_lines
from vigie.detect import corpus
from vigie.errors import Refused
from vigie.records.posts import POSTS

BLOCK = 10_000  # posts made at a time
LONGEST = 280  # characters of a row that is used
SEED = 20261123
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Material(NamedTuple):
    """Halves of neutral rows, and whole rows that the judge flags, of one language."""

    heads: list[str]
    tails: list[str]
    flagged: list[str]


#: A text and the language that its post declares.
Spoken = tuple[str, str]


def flags(texts: list[Spoken], seen_by: judge.Judge) -> np.ndarray:
    """Which texts the judge flags, judged as the stream is: in batches."""
    said = []
    for first in range(0, len(texts), BLOCK):
        part = texts[first : first + BLOCK]
        wrote, declared = zip(*part, strict=True)
        ids = [str(n) for n in range(len(part))]
        known = {"id": pa.array(ids), "text": pa.array(wrote, pa.string()), "declared_language": pa.array(declared)}
        columns = [known[field.name] if field.name in known else pa.nulls(len(part), field.type) for field in POSTS]
        posts = pa.RecordBatch.from_arrays(columns, schema=POSTS)
        said.append(pc.is_valid(seen_by.record(posts).column("clause")).to_numpy(zero_copy_only=False))
    return np.concatenate(said) if said else np.zeros(0, bool)


def material(rows: list[corpus.Row], language: str, seen_by: judge.Judge) -> Material:
    """What the texts of one language are made of."""
    neutral = [(r.text, language) for r in rows if r.lang == language and r.hate == 0]
    hateful = [(r.text, language) for r in rows if r.lang == language and r.hate == 1]
    quiet = [text for (text, _), flag in zip(neutral, flags(neutral, seen_by), strict=True) if not flag]
    halves = [_halves(text) for text in quiet if text.count(" ") >= 3]
    loud = [text for (text, _), flag in zip(hateful, flags(hateful, seen_by), strict=True) if flag]
    if not halves or not loud:
        raise Refused(
            f"too few labelled rows in {language}: {len(halves)} neutral and {len(loud)} that the judge flags"
        )
    return Material([head for head, _ in halves], [tail for _, tail in halves], loud)


def _halves(text: str) -> tuple[str, str]:
    words = text.split()
    return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])


def _marked(text: str, number: int) -> str:
    """The text with a mention or a link that no other post has."""
    if number // 2 % 2:  # not by parity: that tells the languages apart
        return f"@user{number} {text}"
    link, rest = "", number + 1_000_000_000
    while rest:
        rest, digit = divmod(rest, 62)
        link += _BASE62[digit]
    return f"{text} https://t.co/{link}"


class Mixer:
    """Makes texts that the judge flags, or does not, and never the same twice."""

    def __init__(self, directory: Path, seed: int, seen_by: judge.Judge):
        self.judge, self.random, self.made = seen_by, np.random.default_rng(seed), 0
        self.languages = ("en", "fr")
        # Machine translations are left out: nobody posts like that.
        rows = [r for r in corpus.read(directory) if len(r.text) <= LONGEST and r.translated_from is None]
        self.material = {language: material(rows, language, seen_by) for language in self.languages}

    def block(self, posts: int, share: float) -> list[Spoken]:
        """Texts with their language, the flagged ones at random places among the others."""
        loud = self._kept(round(posts * share), flagged=True)
        texts = self._kept(posts - len(loud), flagged=False) + loud
        return [texts[k] for k in self.random.permutation(len(texts))]

    def _kept(self, count: int, *, flagged: bool) -> list[Spoken]:
        kept: list[Spoken] = []
        while len(kept) < count:
            tried = [self._one(flagged=flagged) for _ in range(count - len(kept) + 10)]
            right = flags(tried, self.judge) == flagged
            kept += [one for one, is_right in zip(tried, right, strict=True) if is_right]
        return kept[:count]

    def _one(self, *, flagged: bool) -> Spoken:
        language = self.languages[self.made % 2]
        of, pick = self.material[language], self.random.integers
        self.made += 1
        if flagged:
            return _marked(of.flagged[pick(len(of.flagged))], self.made), language
        return _marked(f"{of.heads[pick(len(of.heads))]} {of.tails[pick(len(of.tails))]}", self.made), language


def lines(directory: Path, posts: int, *, share: float, seed: int, seen_by: judge.Judge) -> Iterator[bytes]:
    """The lines of a mix, in order."""
    mixer = Mixer(directory, seed, seen_by)
    for first in range(0, posts, BLOCK):
        for k, (text, language) in enumerate(mixer.block(min(BLOCK, posts - first), share)):
            yield x_lines.line(first + k, text, language)


def verified(path: Path, seen_by: judge.Judge) -> dict[str, float]:
    """What a mix really holds: posts, distinct texts, the share that the judge flags, bytes a line."""
    posts = flagged = 0
    hashes = []
    for data in judge.batches(path, BLOCK):
        record = seen_by.record(judge.decode(data))
        posts += len(record)
        flagged += len(record) - record.column("clause").null_count
        hashes.append(record.column("text_hash").to_numpy())
    distinct = len(np.unique(np.concatenate(hashes)))
    return {"posts": posts, "distinct": distinct, "flagged": flagged / posts, "bytes": path.stat().st_size / posts}


def write(path: Path, made: Iterator[bytes]) -> None:
    """The lines into a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.writelines(made)
    new.replace(path)


def made(arguments: argparse.Namespace, seen_by: judge.Judge) -> Path:
    """The mix that a bench asks for: its ``--mix``, or one made once for this judge, number of posts and seed."""
    if arguments.mix:
        return Path(arguments.mix)
    path = judge.WORK / f"mix-{arguments.posts}-{SEED}-{seen_by.rules.hash}-{seen_by.rules.model}.jsonl"
    if not path.exists():
        print(f"  making {path} ({arguments.posts:,} posts; kept for the next bench) …", flush=True)
        write(path, lines(arguments.labelled, arguments.posts, share=0.01, seed=SEED, seen_by=seen_by))
    return path


def options(parser: argparse.ArgumentParser, posts: int) -> None:
    """What every bench that reads the mix can be told."""
    parser.add_argument("--posts", type=int, default=posts, metavar="N", help=f"posts of the mix (default: {posts:,})")
    parser.add_argument("--mix", type=Path, metavar="FILE", help="a mix that is there already")
    parser.add_argument(
        "--labelled", type=Path, default=judge.SHARED / "hate", metavar="DIR", help="labelled rows that it is made of"
    )


def main() -> None:
    """Make a mix and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=500_000, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--labelled", type=Path, default=judge.SHARED / "hate", metavar="DIR")
    parser.add_argument("--flagged-share", type=float, default=0.01, metavar="P")
    parser.add_argument("--seed", type=int, default=SEED)
    a = parser.parse_args()
    seen_by = judge.ready()
    machine.header("The mix", judge=seen_by.named(), labelled=a.labelled, seed=str(a.seed))
    write(a.out, lines(a.labelled, a.posts, share=a.flagged_share, seed=a.seed, seen_by=seen_by))
    found = verified(a.out, seen_by)
    row = (f"{found['posts']:,}", int(found["distinct"]), f"{found['flagged']:.3%}", found["bytes"])
    machine.table(("posts", "distinct texts", "flagged", "bytes a line"), [row])
    met = abs(found["flagged"] - a.flagged_share) <= 0.002
    machine.verdict(met, f"{a.flagged_share:.1%} ± 0.2 flagged", f"{found['flagged']:.3%}")
    machine.verdict(found["distinct"] == found["posts"], "every text distinct", f"{int(found['distinct']):,}")


if __name__ == "__main__":
    judge.script(main)
