"""What happened on the simulated network, as plain facts: nothing here is a real person, a real slur or a real place."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
#: What a post was written to be. Breaches have a clause; ``quoted``, ``news`` and ``reclaimed`` use the same words and break none.
Kind = Literal["ordinary", "reply", "counter", "quoted", "news", "reclaimed", "hate", "implicit", "abuse"]

SLICE = timedelta(hours=1)  # the machine looks at the posts of an hour together, when it ends
MATURE = timedelta(days=7)  # the age at which a post's views are counted


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody invented. ``age_band`` is in years, "13-15" and "16-17" being minors; ``contact`` is opaque."""

    id: str
    handle: str
    language: Language
    country: str  # ISO 3166-1 alpha-2
    followers: int
    age_band: str
    created_at: datetime
    contact: str

    @property
    def minor(self) -> bool:
        """Under 18."""
        return self.age_band in {"13-15", "16-17"}


class DemoPost(msgspec.Struct, frozen=True, kw_only=True):
    """One post and the truth about it: ``clause`` is what it breaks (None: nothing), ``hateful`` whether that is hate.

    ``views`` are those at seven days, or what they will be; ``views_seen`` those when the machine looked, at
    ``seen_at``. ``root`` is the post that began the thread, its own id if none did. Posts of one ``campaign``
    belong together: one account's, or one text by several accounts.
    """

    id: str
    account: str
    text: str
    language: Language
    created_at: datetime
    seen_at: datetime
    reply_to: str | None
    root: str
    kind: Kind
    campaign: str | None
    clause: str | None
    views: int
    views_seen: int

    @property
    def hateful(self) -> bool:
        """Whether it attacks people for who they are."""
        return self.clause is not None and self.clause.startswith("hate.")


class DemoView(msgspec.Struct, frozen=True):
    """How often a post had been seen at an instant after the machine looked; the last reading is at seven days."""

    post: str
    at: datetime
    views: int


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tells the network about a post: which clause they say it breaks, and whether they are right."""

    account: str
    post: str
    at: datetime
    clause: str
    right: bool


class DemoModerator(msgspec.Struct, frozen=True, kw_only=True):
    """One of the people who decide; ``left_at`` is None for those who are still there."""

    id: str
    name: str
    languages: tuple[Language, ...]
    joined_at: datetime
    left_at: datetime | None


class DemoShift(msgspec.Struct, frozen=True):
    """When a moderator was at work."""

    moderator: str
    begin: datetime
    end: datetime


class DemoDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator decided of a post: the clause that it breaks, or None and it stays up.

    Posts of one account in one campaign are decided together: same moderator, same instants. A ``second_look`` is
    another moderator's, blind to the first. ``right`` says whether it agrees with the truth.
    """

    post: str
    moderator: str
    begun_at: datetime
    decided_at: datetime
    clause: str | None
    second_look: bool
    right: bool


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, each part in order of time. At ``event_at`` half of the moderators leave and the hateful posts rise."""

    seed: int
    began_at: datetime
    event_at: datetime
    now: datetime
    accounts: tuple[DemoAccount, ...]
    posts: tuple[DemoPost, ...]
    views: tuple[DemoView, ...]
    reports: tuple[DemoReport, ...]
    moderators: tuple[DemoModerator, ...]
    shifts: tuple[DemoShift, ...]
    decisions: tuple[DemoDecision, ...] = ()
