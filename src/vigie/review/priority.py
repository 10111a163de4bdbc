"""What a moderator should look at first: where most harm can still be prevented, clocks about to run out before all.

Expected harm still preventable = probability × expected views to come × gravity.

Views are taken to arrive with a half-life h: of a post aged a, the share r = 2^(-a/h) of all views remains to come. So,
of a post with V views so far, (V + 1) · r / (1 - r) are expected to come: V + 1 because a post that nobody has seen yet
is not sure to stay so. Where views or age are unknown, or the post is too young for its views to say much, it is
followers × reach × r; where followers are unknown too, the source's median × r.

Source of the first half-life: J. Pfeffer, D. Matter and A. Sargsyan, "The Half-Life of a Tweet", ICWSM 17 (2023): the
median is about 80 minutes. An instance should put its own in its place.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from vigie.errors import Misconfigured
from vigie.review.sentences import number

#: A legal clock that runs out within this time goes before all harm.
SOON: Final = timedelta(hours=2)


class Decay(msgspec.Struct, frozen=True, kw_only=True):
    """How the views of a source's posts arrive: measured on the instance, or assumed until it is.

    ``half_life``: hours until half of all views have come; ``reach``: views in the end per follower; ``median_views``:
    views in the end of the source's median post; ``young``: hours below which views received say too little.
    """

    median_views: float
    half_life: float = 80 / 60
    reach: float = 0.1
    young: float = 0.25

    def __post_init__(self) -> None:
        if not (self.half_life > 0 and self.young > 0 and self.reach >= 0 and self.median_views >= 0):
            raise Misconfigured(f"views cannot arrive so, mend the source's half-life, reach and median: {self}")


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a post: the calibrated probability in [0, 1] that it breaks a clause, and whom it may reach.

    ``gravity`` of the clause, 1 to 5; ``age`` in hours, at least 0; ``views`` received at that age; None: unknown.
    """

    probability: float
    gravity: int
    age: float | None = None
    views: int | None = None
    followers: int | None = None


class Basis(StrEnum):
    """What the views to come were expected from."""

    VIEWS = "views"
    FOLLOWERS = "followers"
    MEDIAN = "median"


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """Expected harm still preventable, with the formula filled in: ``value`` = probability × to_come × gravity.

    ``basis_value`` is the number of views, of followers, or the median; ``share_to_come`` in [0, 1] of all views is still to come.
    """

    value: float
    probability: float
    to_come: float
    gravity: int
    basis: Basis
    basis_value: float
    share_to_come: float
    reach: float

    def shown(self, language: str) -> str:
        """The formula as a moderator reads it, in "en" or "fr".

        >>> harm(Post(probability=0.82, gravity=4, age=4.0, views=899), Decay(median_views=30)).shown("en")
        '0.82 (probability) × 129 (views to come) × 4 (gravity) = 422. Views to come: 899 received, 88 % of all expected.'
        """
        numbers = {
            "p": number(self.probability, 2, language),
            "to_come": number(self.to_come, 0, language),
            "gravity": str(self.gravity),
            "value": number(self.value, 0, language),
            "basis": number(self.basis_value, 0, language),
            "seen": number(100 * (1 - self.share_to_come), 0, language),
            "left": number(100 * self.share_to_come, 0, language),
            "reach": number(100 * self.reach, 0, language),
        }
        return _SHOWN[language][self.basis].format(**numbers)


def share_to_come(age: float | None, half_life: float) -> float:
    """The share of all its views that a post of this age (hours) has still to get, in [0, 1]; 1 where age is unknown.

    >>> share_to_come(2.0, half_life=2.0), share_to_come(None, half_life=2.0)
    (0.5, 1.0)
    """
    return 1.0 if age is None else 2.0 ** -(age / half_life)


def harm(post: Post, decay: Decay) -> Harm:
    """The expected harm of one post that a decision made now would still prevent.

    >>> harm(Post(probability=0.5, gravity=2, age=2.0, views=99), Decay(median_views=30, half_life=2.0)).value
    100.0
    """
    left = share_to_come(post.age, decay.half_life)
    if post.views is not None and post.age is not None and post.age >= decay.young:
        basis, known, to_come = Basis.VIEWS, float(post.views), (post.views + 1) * left / (1 - left)
    elif post.followers is not None:
        basis, known, to_come = Basis.FOLLOWERS, float(post.followers), post.followers * decay.reach * left
    else:
        basis, known, to_come = Basis.MEDIAN, decay.median_views, decay.median_views * left
    return Harm(
        value=post.probability * to_come * post.gravity,
        probability=post.probability,
        to_come=to_come,
        gravity=post.gravity,
        basis=basis,
        basis_value=known,
        share_to_come=left,
        reach=decay.reach,
    )


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An undecided case: its expected harm (of all its posts together) and the legal clock that runs on it, if any."""

    case: str
    harm: float
    due: datetime | None = None


def in_order(cases: Sequence[Waiting], now: datetime, soon: timedelta = SOON) -> list[Waiting]:
    """Cases in the order in which they should be looked at.

    First those whose clock runs out soon, or has run out, by that clock; then by harm. Equals stay in the order given.

    >>> cases = [Waiting(case="a", harm=1.0), Waiting(case="b", harm=9.0)]
    >>> [one.case for one in in_order(cases, datetime(2026, 11, 23))]
    ['b', 'a']
    """

    def rank(one: Waiting) -> tuple[bool, datetime, float]:
        urgent = one.due is not None and one.due <= now + soon
        return not urgent, one.due if urgent and one.due is not None else now, -one.harm

    return sorted(cases, key=rank)


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases enter the queue and which wait in the log: every case is in one of the two, in order.

    ``waiting_harm`` is the expected harm of those that wait; ``beyond`` is how many were admitted beyond the capacity
    because a legal clock runs on them: where it is not 0, the team is too small for its duties.
    """

    admitted: tuple[str, ...]
    waiting: tuple[str, ...]
    waiting_harm: float
    beyond: int


def admit(cases: Sequence[Waiting], capacity: int, now: datetime, soon: timedelta = SOON) -> Admission:
    """Share out the queue of a day: as many cases as the team can settle, most harmful first, and all with a clock.

    >>> cases = [Waiting(case="a", harm=1.0), Waiting(case="b", harm=9.0)]
    >>> admit(cases, 1, datetime(2026, 11, 23))
    Admission(admitted=('b',), waiting=('a',), waiting_harm=1.0, beyond=0)
    """
    ordered = in_order(cases, now, soon)
    clocks = sum(one.due is not None for one in ordered)
    free = max(capacity - clocks, 0)
    admitted: list[Waiting] = []
    waiting: list[Waiting] = []
    for one in ordered:
        (admitted if one.due is not None or free > 0 else waiting).append(one)
        free -= one.due is None
    return Admission(
        admitted=tuple(one.case for one in admitted),
        waiting=tuple(one.case for one in waiting),
        waiting_harm=sum(one.harm for one in waiting),
        beyond=max(clocks - max(capacity, 0), 0),
    )


_SHOWN: Final = {
    "en": {
        Basis.VIEWS: "{p} (probability) × {to_come} (views to come) × {gravity} (gravity) = {value}. "
        "Views to come: {basis} received, {seen} % of all expected.",
        Basis.FOLLOWERS: "{p} (probability) × {to_come} (views to come) × {gravity} (gravity) = {value}. "
        "Views to come: {basis} followers, {reach} % of whom see a post, {left} % of these still to come.",
        Basis.MEDIAN: "{p} (probability) × {to_come} (views to come) × {gravity} (gravity) = {value}. "
        "Views to come: {basis} for a median post of this source, {left} % of them still to come.",
    },
    "fr": {
        Basis.VIEWS: "{p} (probabilité) × {to_come} (vues à venir) × {gravity} (gravité) = {value}. "
        "Vues à venir : {basis} reçues, soit {seen} % de toutes celles attendues.",
        Basis.FOLLOWERS: "{p} (probabilité) × {to_come} (vues à venir) × {gravity} (gravité) = {value}. "
        "Vues à venir : {basis} abonnés, dont {reach} % voient une publication, {left} % de ces vues restant à venir.",
        Basis.MEDIAN: "{p} (probabilité) × {to_come} (vues à venir) × {gravity} (gravité) = {value}. "
        "Vues à venir : {basis} pour une publication médiane de cette source, {left} % restant à venir.",
    },
}
