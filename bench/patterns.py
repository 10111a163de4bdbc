"""Posts a second of the pattern detector with 5,000 literals and 500 regexes, against re2's Set and Python's ``re``.

The patterns that ship are padded with random ones: words that nobody writes, so that what is measured is looking for
them. Each way is given the same folded posts on one core; ``re`` gets fewer, and stops at the first hit.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa

import judge
import machine
import mix
import reference

LITERALS, REGEXES = 5_000, 500
SIGNAL = "spam_words"
_ONSETS, _VOWELS, _CODAS = (
    [
        "b",
        "c",
        "d",
        "f",
        "g",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "z",
        "br",
        "ch",
        "cl",
        "dr",
        "fl",
        "gr",
        "pl",
        "pr",
        "st",
        "tr",
    ],
    "aeiou",
    ("", "", "n", "r", "s", "t", "x"),
)


class Way(NamedTuple):
    """One way of looking for all patterns: posts given, posts a second, posts in which it found something."""

    name: str
    posts: int
    rate: float
    found: int


def word(random: Random) -> str:
    """A word of three to five syllables that can be said but means nothing."""
    return "".join(
        random.choice(_ONSETS) + random.choice(_VOWELS) + random.choice(_CODAS) for _ in range(random.randrange(3, 6))
    )


def regex(random: Random) -> str:
    """A regular expression of the kinds that reviewers write: endings, choices, a gap between words."""
    one, two, three = word(random), word(random), word(random)
    forms = (
        f"{one}(?:s|es|er)?",
        f"(?:{one}|{two}) {three}",
        f"{one}[ -]?{two}s?",
        f"{one}.{{0,20}}{two}",
        rf"{one}\w{{0,4}} {two}",
    )
    return random.choice(forms)


def padded_file(directory: Path, literals: int, regexes: int, random: Random) -> None:
    """A pattern file with random patterns, as a reviewer would write it."""
    bodies = [
        f'literal = "{word(random)} {word(random)}"' if k % 2 else f'literal = "{word(random)}"'
        for k in range(literals)
    ]
    bodies += [f"regex = '{regex(random)}'" for _ in range(regexes)]
    entries = (
        f'[[pattern]]\n{body}\nscore = 0.6\nwhy = "padding"\nmatch = "x"\nnear_miss = "y"\nanywhere = true\n'
        for body in bodies
    )
    (directory / f"{SIGNAL}.en.toml").write_text(f'signal = "{SIGNAL}"\nlanguage = "en"\n' + "\n".join(entries))


def measured(path: Path, work: Path, posts: int, few: int, seed: int) -> tuple[list[Way], dict[str, int]]:
    """Every way over the same posts, and how many patterns there are."""
    from vigie.detect.patterns import Patterns, shipped
    from vigie.detect.patterns.pattern import read_patterns

    ours = shipped().patterns
    literals, regexes = (
        sum(is_regex == bool(set(p.body) & set("[(?*+{|")) for p in ours) for is_regex in (False, True)
    )
    padded_file(work, LITERALS - literals, max(REGEXES - regexes, 0), Random(seed))
    every = (*ours, *read_patterns(work))
    ready = _folded(path, posts)
    ways = [_way("the detector, hyperscan", Patterns(every).score, ready)]
    ways.append(_way("the detector, re2", Patterns(every, "re2").score, [ready[0].slice(0, 4 * few)]))
    ways += [_re2_set(every, ready[0].slice(0, 4 * few)), _re(every, ready[0].column("folded").to_pylist()[:few])]
    return ways, {"literals": literals, "regexes": regexes, "all": len(every)}


def _folded(path: Path, posts: int) -> list[pa.RecordBatch]:
    from vigie.intake.prepared import prepared

    batches = judge.batches(path, 8192)
    return [prepared(judge.decode(data)) for data, _ in zip(batches, range(0, posts, 8192), strict=False)]


def _way(name: str, score: Callable[[pa.RecordBatch], dict[str, Any]], batches: list[pa.RecordBatch]) -> Way:
    import numpy as np

    score(batches[0].slice(0, 10))  # compiled at the first use
    started, found = time.perf_counter(), 0
    for batch in batches:
        found += int(np.any(np.stack(list(score(batch).values())) > 0, axis=0).sum())
    count = sum(len(batch) for batch in batches)
    return Way(name, count, count / (time.perf_counter() - started), found)


def _re2_set(every: tuple[object, ...], batch: pa.RecordBatch) -> Way:
    """The bare engine, candidates only."""
    import re2

    options = re2.Options()
    options.encoding, options.max_mem = re2.Options.Encoding.LATIN1, 1 << 30
    patterns = re2.Set.SearchSet(options)
    for pattern in every:
        patterns.Add(pattern.expression.encode())  # type: ignore[attr-defined]
    patterns.Compile()
    texts = [text.encode() for text in batch.column("folded").to_pylist()]
    patterns.Match(texts[0])
    started = time.perf_counter()
    found = sum(bool(patterns.Match(text)) for text in texts)
    return Way("re2 Set alone, candidates", len(texts), len(texts) / (time.perf_counter() - started), found)


def _re(every: tuple[object, ...], texts: list[str]) -> Way:
    one = reference.alternation([pattern.expression for pattern in every])  # type: ignore[attr-defined]
    one.search("")
    started = time.perf_counter()
    found = sum(one.search(text) is not None for text in texts)
    return Way("`re`, all in one, first hit", len(texts), len(texts) / (time.perf_counter() - started), found)


def main() -> None:
    """Pad, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 200_000)
    parser.add_argument(
        "--few", type=int, default=500, metavar="N", help="posts for `re`; four times as many for re2 (default: 500)"
    )
    parser.add_argument("--seed", type=int, default=20261123)
    a = parser.parse_args()
    path = mix.made(a, judge.ready())
    machine.header("Patterns, one core", literals=LITERALS, regexes=REGEXES, mix=path, seed=str(a.seed))
    with machine.scratch(judge.WORK) as work:
        ways, counts = machine.pinned(measured, path, work, a.posts, a.few, a.seed)
    shipped = f"{counts['literals']:,} literals and {counts['regexes']:,} regexes ship"
    print(f"  {shipped}; {counts['all']:,} patterns with the padding\n")
    machine.table(("way", "posts", "posts/s", "posts with a hit"), ways)


if __name__ == "__main__":
    judge.script(main)
