"""Which decisions another person judges blind, and which known answers are mixed in: by a draw that nobody can steer.

The draw is a keyed hash of the case's id, which is given before anyone decides. Whoever lacks the seed cannot guess it;
undoing, waiting or deciding otherwise does not change it; whoever is given the seed later can check every draw.
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from typing import Final

import msgspec

from vigie.errors import Misconfigured

#: A seed shorter than this could be guessed.
SEED_BYTES: Final = 16


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """What share of decisions is looked at again, in [0, 1]: of all, of a clause (by id), of a moderator.

    Where a clause and a moderator both have one, the greater counts: a new moderator's 20 % holds on every clause.
    """

    default: float = 0.05
    by_clause: Mapping[str, float] = {}
    by_moderator: Mapping[str, float] = {}

    def __post_init__(self) -> None:
        bad = [
            one for one in (self.default, *self.by_clause.values(), *self.by_moderator.values()) if not 0 <= one <= 1
        ]
        if bad:
            raise Misconfigured(f"a share of second looks is {bad[0]}: set it between 0 and 1")

    def share(self, clause: str | None, moderator: str) -> float:
        """The share that holds for a decision of this moderator under this clause (None: the post was left up).

        >>> Shares(by_clause={"hate.racism": 0.1}, by_moderator={"new": 0.2}).share("hate.racism", "new")
        0.2
        """
        named = [self.by_clause.get(clause or ""), self.by_moderator.get(moderator)]
        return max((one for one in named if one is not None), default=self.default)


def drawn(case: str, share: float, seed: bytes) -> bool:
    """Is the decision on this case looked at again? Of many cases, ``share`` are; always the same ones.

    >>> seed = b"a seed of sixteen"
    >>> sum(drawn(f"case-{n}", 0.1, seed) for n in range(10_000))
    977

    Raises: Misconfigured when the seed is too short to be secret.
    """
    return _chance(seed, "second look", case) < share


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person found: a breach or not; of which clause ("hate.racism@1"), with which restriction."""

    breach: bool
    clause: str | None = None
    restriction: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Two blind verdicts beside each other: in what they differ. Where they differ in anything, a lead settles it."""

    differs: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Do both say the same?"""
        return not self.differs


def compare(first: Verdict, second: Verdict) -> Comparison:
    """In what two verdicts differ: "breach", or else "clause" (whatever the version), "restriction".

    >>> compare(Verdict(breach=True, clause="hate.racism@1"), Verdict(breach=True, clause="hate.religion@1"))
    Comparison(differs=('clause',))
    """
    if first.breach != second.breach:
        return Comparison(("breach",))
    if not first.breach:
        return Comparison(())
    same_clause = _clause_id(first.clause) == _clause_id(second.clause)
    unlike = {"clause": not same_clause, "restriction": first.restriction != second.restriction}
    return Comparison(tuple(what for what, differs in unlike.items() if differs))


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """When known answers are mixed in: for this share of the cases that a person is given, in [0, 1]."""

    share: float = 0.02

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise Misconfigured(f"the share of golden cases is {self.share}: set it between 0 and 1")


def golden_now(
    moderator: str, given: int, cases: Sequence[str], seen: Set[str], golden: Golden, seed: bytes
) -> str | None:
    """The golden case to give this moderator now, as if it were any other; None: an ordinary one.

    ``given``: how many cases the moderator has been given before; ``cases``: golden cases that this moderator may get
    (language, area, exposure). None is given twice to the same person, and each person meets them in an order of theirs.

    >>> golden_now("camille", 7, ["g1", "g2"], {"g1"}, Golden(share=1.0), b"a seed of sixteen")
    'g2'
    """
    unseen = [case for case in cases if case not in seen]
    if not unseen or _chance(seed, "golden", moderator, str(given)) >= golden.share:
        return None
    return min(unseen, key=lambda case: (_chance(seed, "which golden", moderator, case), case))


def _clause_id(cited: str | None) -> str:
    return (cited or "").partition("@")[0]


def _chance(seed: bytes, *words: str) -> float:
    """A number in [0, 1) that only whoever has the seed can know: each word counted, so that none runs into the next."""
    if len(seed) < SEED_BYTES:
        raise Misconfigured(
            f"the seed of second looks has {len(seed)} bytes: {SEED_BYTES} random ones at least are needed"
        )
    key = hashlib.blake2b(seed, digest_size=32).digest()
    spoken = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
    digest = hashlib.blake2b(spoken, digest_size=8, key=key).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
