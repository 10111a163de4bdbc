"""The limits that protect moderators, asked before a case is given and kept when a post is shown."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from vigie.errors import OutOfOrder, Refused
from vigie.review import wellbeing
from vigie.review.lifecycle import CLAIM_LASTS
from vigie.review.wellbeing import Answer, Limits, Offer, Person
from vigie.services import settings
from vigie.services.rights import may_read
from vigie.store.models import Case, Exposure, SensitiveRead, User

SCREEN = ("blur", "grey", "mute")
_DAY = timedelta(hours=26)  # a day of any zone, and what came just before it


class Resting(OutOfOrder):
    """A rest is due; ``until`` says how long."""

    def __init__(self, answer: Answer):
        super().__init__(answer.sentence("en", f"{answer.until:%H:%M}" if answer.until else ""))
        self.answer = answer


def limits() -> Limits:
    """The operator's limits."""
    caps: Mapping[str, int] = settings.value("exposure_caps")
    return Limits(
        caps=caps,
        work=timedelta(minutes=settings.value("work_minutes")),
        rest=timedelta(minutes=settings.value("rest_minutes")),
        grave_run=settings.value("grave_run"),
    )


def person(user: User, at: datetime) -> Person:
    """A moderator as exposure sees them."""
    shown = Exposure.objects.filter(user=user, begin__gt=at - _DAY).order_by("begin")
    return Person(
        zone=ZoneInfo(settings.value("zone")),
        exposures=[
            wellbeing.Exposure(area=one.area, gravity=one.gravity, begin=one.begin, end=_ended(one, at))
            for one in shown
        ],
        opted_out=frozenset(user.opted_out),
    )


def _ended(one: Exposure, at: datetime) -> datetime | None:
    """When the person stopped looking: nobody looks at a post for longer than a claim lasts."""
    latest = one.begin + CLAIM_LASTS
    return one.end or (latest if latest <= at else None)


def rested(user: User, at: datetime) -> None:
    """Raises: Resting while a rest is due."""
    answer = wellbeing.rested(person(user, at), limits(), at)
    if not answer.allowed:
        raise Resting(answer)


def may_be_given(user: User, case: Case, at: datetime) -> bool:
    """May the person be given this case now, by opt-outs and daily caps?"""
    offer = Offer(area=case.area, gravity=case.gravity, fingerprint="")
    return wellbeing.may_see(person(user, at), offer, limits(), at).allowed


class Today(NamedTuple):
    """What a person has been shown today, by harm area ("" for all), beside the caps; the rest that is due, if any."""

    user: User
    shown: dict[str, int]
    caps: Mapping[str, int]
    answer: Answer

    @property
    def areas(self) -> list[tuple[str, int, int | None]]:
        """Area, shown, cap (None: none), all areas together last."""
        names = sorted({*self.shown, *self.caps} - {""})
        return [(name, self.shown.get(name, 0), self.caps.get(name)) for name in (*names, "")]


def today(people: Iterable[User], at: datetime) -> list[Today]:
    """How much harm each of these people has been shown today, most first, for whoever must look after them."""
    known = limits()
    found = []
    for user in people:
        one = person(user, at)
        day = at.astimezone(one.zone).date()
        counts = wellbeing.exposures_by_day(one.exposures, one.zone)
        shown = {area: count for (when, area), count in counts.items() if when == day}
        found.append(Today(user, shown, known.caps, wellbeing.rested(one, known, at)))
    return sorted(found, key=lambda one: -one.shown.get("", 0))


@transaction.atomic
def reveal(case: Case, post_id: int, user: User, at: datetime) -> None:
    """A post is shown unmasked: it counts for the person's limits, and the read is on record."""
    may_read(user, case)
    row = case.posts.select_related("post").get(post_id=post_id)
    Exposure.objects.filter(user=user, end=None).update(end=at)
    Exposure.objects.create(
        user=user, case=case, area=case.area, gravity=case.gravity, fingerprint=row.post.fingerprint, begin=at
    )
    SensitiveRead.objects.create(user=user, at=at, what="post", case=case, detail=str(post_id))


def shown_since(case: Case, user: User, at: datetime) -> set[int]:
    """The posts of a case that the person has unmasked and may still be reading: until the decision, half an hour at most."""
    since = at - CLAIM_LASTS if case.decided_at is None else max(case.decided_at, at - CLAIM_LASTS)
    reads = SensitiveRead.objects.filter(user=user, case=case, what="post", at__gt=since)
    return {int(detail) for detail in reads.values_list("detail", flat=True)}


def seen_before(user: User, fingerprints: Collection[int], case: Case) -> set[int]:
    """Of these texts, those that the person was shown in another case."""
    shown = Exposure.objects.filter(user=user, fingerprint__in=fingerprints).exclude(case=case)
    return {one for one in shown.values_list("fingerprint", flat=True) if one is not None}


@transaction.atomic
def change_screen(user: User, name: str, on: bool) -> None:
    """How the person wants posts shown: blurred until pointed at, without colour, media only when asked for. Raises: Refused."""
    if name not in SCREEN:
        raise Refused(_("There is no display “%(name)s”: choose blur, grey or mute.") % {"name": name})
    user.screen = {**user.screen, name: on}
    user.save(update_fields=["screen"])
