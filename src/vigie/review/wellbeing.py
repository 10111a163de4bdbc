"""How much harm a person is shown in a day, and when they must rest: may this person be shown this case now?

Pure: the service passes what the person has been shown. Limits are the operator's; a moderator may tighten one's own,
never loosen. Blurring and greyscale are a matter of the screen; a study of 2026 found no protection in them, so nothing
here counts less because it was blurred.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

import msgspec

from vigie.errors import Misconfigured
from vigie.review.sentences import say


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may be shown.

    ``caps``: exposures a day by harm area, "" for all areas together; an area without a cap has none. After
    ``work`` without a rest, or ``grave_run`` exposures of gravity ``grave`` or more since the last one, a rest of
    ``rest`` is due.
    """

    caps: Mapping[str, int] = {}
    work: timedelta = timedelta(minutes=50)
    rest: timedelta = timedelta(minutes=10)
    grave: int = 4
    grave_run: int = 20

    def __post_init__(self) -> None:
        none = timedelta(0)
        if self.work <= none or self.rest <= none or self.grave_run < 1 or min(self.caps.values(), default=0) < 0:
            raise Misconfigured(f"nobody can work under these limits, mend breaks and caps: {self}")


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a person was shown unmasked, from ``begin`` to ``end`` (instants; None: still open)."""

    area: str
    gravity: int
    begin: datetime
    end: datetime | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A moderator as exposure sees them.

    ``exposures`` in order of time, those of the day at least; ``opted_out`` are harm areas; ``seen`` are the
    fingerprints of posts ever shown to this person; ``zone`` is the time zone in which their day ends at midnight.
    """

    zone: tzinfo
    exposures: Sequence[Exposure] = ()
    opted_out: Set[str] = frozenset()
    seen: Set[str] = frozenset()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The case that would be shown: harm area, gravity 1 to 5, and the fingerprint of its folded text."""

    area: str
    gravity: int
    fingerprint: str


class Answer(msgspec.Struct, frozen=True):
    """May it be shown? If not, the key of the sentence that says why, and until when (None: for good)."""

    allowed: bool
    key: str | None = None
    until: datetime | None = None

    def sentence(self, language: str, until: str = "") -> str:
        """Why not, in "en" or "fr"; ``until`` as the console formats it."""
        return say(self.key, language, until=until) if self.key else ""


def may_see(person: Person, offer: Offer, limits: Limits, now: datetime) -> Answer:
    """May this person be shown this case now, and if not, why and until when?

    "seen_before" means: do not show it again, let it be decided masked, from the earlier decision, or by another.

    >>> from datetime import UTC
    >>> offer = Offer(area="hate", gravity=4, fingerprint="9f")
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> may_see(Person(zone=UTC), offer, Limits(), noon).allowed
    True
    >>> print(may_see(Person(zone=UTC, opted_out={"hate"}), offer, Limits(), noon).sentence("en"))
    You have opted out of this harm area.
    """
    if offer.area in person.opted_out:
        return Answer(False, "opted_out")
    if offer.fingerprint in person.seen:
        return Answer(False, "seen_before")
    day = now.astimezone(person.zone).date()
    counts = exposures_by_day(person.exposures, person.zone)
    for area, key in ((offer.area, "area_cap"), ("", "day_cap")):
        if area in limits.caps and counts[day, area] >= limits.caps[area]:
            return Answer(False, key, _midnight(day, person.zone))
    return rested(person, limits, now)


def exposures_by_day(exposures: Iterable[Exposure], zone: tzinfo) -> Counter[tuple[date, str]]:
    """How often a person was shown harm, by day in their zone and by area; area "" counts all."""
    days = [(one.begin.astimezone(zone).date(), one.area) for one in exposures]
    return Counter(days) + Counter((day, "") for day, _ in days)


def rested(person: Person, limits: Limits, now: datetime) -> Answer:
    """Has this person rested enough to be shown anything? If not, until when to rest, from the last post shown."""
    stretch = _stretch(person.exposures, limits.rest, now)
    if not stretch:
        return Answer(True)
    last = stretch[-1].end or now
    grave = sum(one.gravity >= limits.grave for one in stretch)
    if grave >= limits.grave_run:
        return Answer(False, "rest_after_grave", last + limits.rest)
    if last - stretch[0].begin >= limits.work:
        return Answer(False, "rest_after_work", last + limits.rest)
    return Answer(True)


def _stretch(exposures: Sequence[Exposure], rest: timedelta, now: datetime) -> Sequence[Exposure]:
    """The exposures since the last rest: a rest is a gap that is long enough, whether or not it was ordered."""
    if not exposures or now - (exposures[-1].end or now) >= rest:
        return ()
    gaps = [after.begin - (before.end or after.begin) for before, after in pairwise(exposures)]
    begins = max((n for n, gap in enumerate(gaps, 1) if gap >= rest), default=0)
    return exposures[begins:]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
