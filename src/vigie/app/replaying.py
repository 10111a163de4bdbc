"""The demo's six weeks happen again, through the same services as in a real instance, each act at its own instant.

What comes is pulled from the journal frame by frame; between two frames the simulated team takes and decides cases, looks
again at some, and the messages leave. The clock is the history's.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count, groupby
from pathlib import Path

import msgspec
from django.db import transaction

from vigie.app import in_bulk
from vigie.app.in_bulk import Look, Read
from vigie.demo.history import DemoDecision, History
from vigie.journal import inbox as journal
from vigie.review import lifecycle
from vigie.review.lifecycle import Act, Status
from vigie.services import decisions, inbox, review
from vigie.services.acts import keep_state, locked, note, state_of
from vigie.services.decisions import Verdict
from vigie.services.rights import offered
from vigie.store.models import Case, CasePost, User

SECOND_LOOK_SHARE = 0.08
_OPENS = timedelta(seconds=3)  # from taking a case to looking at its posts
_LEAD_WAITS = timedelta(hours=20)  # from a disagreement to the lead's word
_LEFT = timedelta(days=4)  # disagreements of the last days are left to whoever visits
_DEAF = timedelta(days=5)  # so long before the end, one message is never heard

Say = Callable[[str], None]


class Team(msgspec.Struct, frozen=True):
    """The people of the demo: the moderators by their id in the history, and the lead."""

    moderators: dict[str, User]
    lead: User


class Replay:
    """The history on its way into the database; ``run`` it once."""

    def __init__(self, history: History, team: Team, say: Say):
        self._history, self._team, self._say = history, team, say
        self._at, self._order = history.began_at, count()
        self._coming: list[tuple[datetime, int, Callable[[], None]]] = []
        self._cases: dict[str, int] = {}  # where each post is
        self._true = {post.id: post.clause for post in history.posts}
        self._looks: list[Look] = []
        self._reads: list[Read] = []
        self._deaf: int | None = None
        for work in _works(history.decisions):
            self._plan(work[0].begun_at, partial(self._look_again if work[0].second_look else self._take, work))

    def run(self, data: Path) -> None:
        """Everything that happened, until the history ends; the inbox is shredded as its frames become cases."""
        positions = []
        for week, frames in groupby(journal.pull(data), lambda frame: self._week(frame.meta.written_at)):
            house = inbox.House()
            with transaction.atomic():
                for frame in frames:
                    self._until(frame.meta.written_at)
                    inbox.deliver(frame, lambda: self._at, house)
                    self._know(frame)
                    positions.append(frame.position)
                self._write()
                in_bulk.sent(self._at, self._hears)
            self._say(f"week {week + 1}: {Case.objects.count():,} cases so far")
        with transaction.atomic():
            self._until(self._history.now)
            self._write()
            in_bulk.sent(self._at, self._hears)
            in_bulk.revealed(self._reads)
        journal.shred(data, positions)

    def _week(self, at: datetime) -> int:
        return (at - self._history.began_at - timedelta(seconds=1)) // timedelta(days=7)

    def _know(self, frame: journal.Delivery) -> None:
        keys = [] if frame.rows is None else frame.rows.column("id").to_pylist()
        rows = CasePost.objects.filter(post__source=frame.meta.source, post__key__in=keys)
        self._cases |= {str(key): case for key, case in rows.values_list("post__key", "case_id")}

    def _plan(self, at: datetime, what: Callable[[], None]) -> None:
        heappush(self._coming, (at, next(self._order), what))

    def _until(self, at: datetime) -> None:
        while self._coming and self._coming[0][0] <= at:
            self._at, _, what = heappop(self._coming)
            what()
        self._at = at

    def _take(self, work: Sequence[DemoDecision]) -> None:
        """The moderator takes what is still free of the posts that the history gives them, and opens it."""
        user = self._team.moderators[work[0].moderator]
        decided = {self._cases[one.post]: one for one in work if one.post in self._cases}
        for case in Case.objects.filter(pk__in=decided, status=Status.OPEN, language__in=user.languages).order_by("pk"):
            in_bulk.taken(case, user, self._at)
            look = Look(user, case, self._at, decided[case.pk].decided_at, decided[case.pk].clause)
            self._reads.append(Read(user, case, self._at + _OPENS, look.at))
            self._plan(look.at, partial(self._looks.append, look))

    def _write(self) -> None:
        """What was decided meanwhile."""
        if self._looks:
            in_bulk.decided(self._looks)
        self._looks.clear()

    def _hears(self, number: int, at: datetime) -> bool:
        """One message of the last days is lost on the platform."""
        if self._deaf is None and at > self._history.now - _DEAF:
            self._deaf = number
        return number != self._deaf

    def _look_again(self, work: Sequence[DemoDecision]) -> None:
        """A decided case is drawn, and another moderator takes it, blind."""
        (one,), user = work, self._team.moderators[work[0].moderator]
        self._write()
        with locked(self._cases[one.post]) as case:
            if case.status != Status.DECIDED or case.second_by_id or case.decided_by_id == user.pk:
                return
            keep_state(case, lifecycle.send_to_second_look(state_of(case), self._at), self._at)
            note(case, "drawn", Act(who="", at=self._at), None, share=SECOND_LOOK_SHARE)
            if not offered(user).filter(pk=case.pk).exists():
                return
        review.claim(case.pk, user, self._at)
        self._plan(one.decided_at, partial(self._second, case, one, user))

    def _second(self, case: Case, one: DemoDecision, user: User) -> None:
        self._settle(case, one.clause, user)
        case.refresh_from_db()
        if case.status == Status.DISAGREED and self._at < self._history.now - _LEFT:
            self._plan(self._at + _LEAD_WAITS, partial(self._decide_between, case, self._true[one.post]))

    def _settle(self, case: Case, clause: str | None, user: User) -> None:
        decisions.settle(case.pk, verdict(case, clause), by=user, at=self._at)

    def _decide_between(self, case: Case, clause: str | None) -> None:
        review.claim(case.pk, self._team.lead, self._at)
        self._settle(case, clause, self._team.lead)


def _works(made: Sequence[DemoDecision]) -> Iterator[list[DemoDecision]]:
    """What each moderator decides in one go."""
    ordered = sorted(made, key=lambda one: (one.begun_at, one.moderator, one.second_look))
    for _, group in groupby(ordered, key=lambda one: (one.begun_at, one.moderator, one.second_look)):
        yield list(group)


def verdict(case: Case, clause: str | None) -> Verdict:
    """What a person finds and writes down."""
    return in_bulk.found(case, clause, case.posts.order_by("pk").values_list("evidence", flat=True)[0])
