"""Who has been erased from the log: nobody can read it here, and everyone is recognised if a backup brings them back.

``DIR/erasures.jsonl``: one line per post or account that had to be erased, as a hash under the instance's secret, with
the time; one line per row that was erased, so that the same post read again is not counted twice; one line per erasure
done.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from vigie.journal.disk import append_lines, make_directory, operator_mends, waiting_for
from vigie.journal.key import secret

Kind = Literal["post", "account", "row", "done"]


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: the ``kind`` of thing, the ``hash`` that stands for it, the time; ``rows`` on a line that says done."""

    kind: Kind
    at: datetime
    hash: str = ""
    rows: int = 0


class Erasures:
    """All that was erased from a data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._posts: set[str] = set()
        self._accounts: dict[str, datetime] = {}
        self._rows: set[str] = set()
        for line in history(directory):
            self._learn(line)

    def __bool__(self) -> bool:
        return bool(self._posts or self._accounts)

    def record(self, lines: Iterable[Erasure]) -> None:
        """Write lines down and wait for the disk: before anything is erased, so that a crash cannot forget it."""
        lines = list(lines)
        place = make_directory(self._directory) / "erasures.jsonl"
        with waiting_for(place) as fd, operator_mends(place):
            append_lines(fd, [msgspec.json.encode(line) for line in lines])
        for line in lines:
            self._learn(line)

    def _learn(self, line: Erasure) -> None:
        if line.kind == "post":
            self._posts.add(line.hash)
        elif line.kind == "account":
            self._accounts[line.hash] = max(line.at, self._accounts.get(line.hash, line.at))
        elif line.kind == "row":
            self._rows.add(line.hash)

    @cached_property
    def _key(self) -> bytes:
        return secret(self._directory)

    def hash(self, kind: Kind, source: str, *what: object) -> str:
        """What stands for a post (its id), an account, or a row (id, hash of text) of a source: 16 bytes, as hex."""
        words = msgspec.json.encode([kind, source, *what])
        return hashlib.blake2b(words, digest_size=16, key=self._key, person=b"vigie.erasure").hexdigest()

    def matches(
        self, source: str, ids: Sequence[str | None], accounts: Sequence[str | None], created: Sequence[datetime | None]
    ) -> list[bool]:
        """Which of these posts were erased: the post itself, or its account and the post is not newer than that.

        A post of an erased account that does not say when it was created counts as not newer.
        """
        if not self:
            return [False] * len(ids)
        return [
            (i is not None and bool(self._posts) and self.hash("post", source, i) in self._posts)
            or (a is not None and self._account(source, a, at))
            for i, a, at in zip(ids, accounts, created, strict=True)
        ]

    def _account(self, source: str, account: str, created: datetime | None) -> bool:
        erased = self._accounts.get(self.hash("account", source, account)) if self._accounts else None
        return erased is not None and (created is None or created <= erased)

    def counted(self, source: str, ids: Sequence[str | None], text_hashes: Sequence[int]) -> list[bool]:
        """Which of these posts are rows that were erased: the same words, so not a new row."""
        if not self._rows:
            return [False] * len(ids)
        return [self.hash("row", source, i, t) in self._rows for i, t in zip(ids, text_hashes, strict=True)]


def history(directory: Path) -> Iterator[Erasure]:
    """Every line, in order: for whoever must prove that an erasure was done, and when."""
    path = directory / "erasures.jsonl"
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield msgspec.json.decode(line, type=Erasure)
