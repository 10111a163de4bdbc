"""Texts to try kernels on, drawn from a seed; nothing has to be valid UTF-8.

Code points of every plane and lone surrogates, disguises, soups of the lexicon's words with quotation marks and links,
real posts with broken bytes and as they are, and a few very long texts.
"""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec

from vigie.detect import lexicon

BATCH = 1_000
LONGEST = 20_000  # bytes
_DISGUISES = "aeioubdnsrt  .-_*/,|~013457$@9éÉß\u0301\u200b\u202eаοѕ🅰Ａ𝓢ﬁﷺ"
_GLUE = (
    " ",
    " ",
    " ",
    ", ",
    '"',
    '" ',
    "  ",
    "\n",
    " @some_1 ",
    " https://example.org/a?b ",
    " URL ",
    "🙂",
    "’",
    " not ",
    " ne ",
)


def points(random: Random) -> bytes:
    """Code points of every plane alike, surrogates included."""
    drawn = (random.randrange(17) << 16 | random.randrange(1 << 16) for _ in range(random.randrange(40)))
    return "".join(map(chr, drawn)).encode("utf-8", "surrogatepass")


def disguise(random: Random) -> bytes:
    """What folding is there to undo."""
    drawn = (random.choice(_DISGUISES) * random.choice((1, 1, 1, 2, 4)) for _ in range(random.randrange(60)))
    return "".join(drawn).encode()


class Drawn:
    """Texts of every kind, the same for the same seed."""

    def __init__(self, posts: Path, seed: int):
        self.random = Random(seed)
        with gzip.open(posts) as lines:
            self.real = [post["text"].encode() for post in map(msgspec.json.decode, lines)]
        self.words = [
            form.encode() for one in lexicon.LANGUAGES for forms in lexicon.forms(one).values() for form in forms
        ]
        self.kinds: dict[str, Callable[[], bytes]] = {
            "every plane, surrogates": lambda: points(self.random),
            "disguises": lambda: disguise(self.random),
            "the lexicon's words": self.soup,
            "real posts, bytes broken": self.broken,
            "real posts": lambda: self.random.choice(self.real),
        }

    def soup(self, most: int = 30) -> bytes:
        """Words of the lexicon, near each other."""
        pick = self.random.choice
        return b"".join(pick(self.words) + pick(_GLUE).encode() for _ in range(self.random.randrange(most)))

    def broken(self) -> bytes:
        """A real post with a few bytes replaced, and cut anywhere."""
        text = bytearray(self.random.choice(self.real))
        for _ in range(self.random.randrange(1, 6)):
            text[self.random.randrange(len(text))] = self.random.choice(
                (0, 0x80, 0xC3, 0xED, 0xF0, 0xF4, 0xFF, self.random.randrange(256))
            )
        return bytes(text[: self.random.randrange(len(text) + 1)])

    def long(self) -> bytes:
        """Beyond what the classifier reads, and enough to overflow a careless sum."""
        parts = [self.soup(200), disguise(self.random), self.random.choice(self.real)]
        return b" ".join(self.random.choice(parts) for _ in range(60))[:LONGEST]

    def batches(self, texts: int) -> Iterator[tuple[str, list[bytes]]]:
        """As many texts in all, in batches of one kind."""
        each = texts // len(self.kinds)
        for kind, draw in self.kinds.items():
            for first in range(0, each, BATCH):
                yield kind, [draw() for _ in range(min(BATCH, each - first))]
        yield "very long", [self.long() for _ in range(max(1, texts // 2000))]
