"""The journal's inbox becomes cases: idempotently, in short transactions, each with the position it got to."""

import logging
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.db import DatabaseError, DataError, transaction

from vigie.journal import inbox
from vigie.journal.inbox import Delivery
from vigie.journal.segment import Position
from vigie.review.lifecycle import Status
from vigie.review.priority import Decay
from vigie.services import harm, posts, settings, terms
from vigie.store.models import Account, Case, CasePost, Fact, InboxPosition, Post

log = logging.getLogger("vigie.inbox")

#: Posts of one account under one clause within this time are one campaign, and one case.
CAMPAIGN = timedelta(hours=24)
#: How long one transaction may take: others want to write too.
LONGEST = 0.05
_SOME = 50  # posts taken at once
_SHREDDED = 64  # frames whose texts are shredded at once: each time waits for the disk


def pull(data: Path, clock: Callable[[], datetime], *, within: float = math.inf) -> int:
    """Make cases of everything in the inbox that is not a case yet: how many posts. Safe to kill and to run again.

    After ``within`` seconds the rest is left to the next call, so that other work is not kept waiting.
    """
    house, began, made = House(), time.monotonic(), 0
    done: list[Position] = []
    for delivery in inbox.pull(data, positions()):
        made += deliver(delivery, clock, house)
        done.append(delivery.position)
        if len(done) >= _SHREDDED:
            inbox.shred(data, done)
            done.clear()
        if time.monotonic() - began > within:
            break
    inbox.shred(data, done)
    return made


class House:
    """What the frames of one pull have in common: the terms, which harm is imminent, how the views of each source arrive."""

    def __init__(self) -> None:
        self.clauses = terms.clauses()
        self.imminent = frozenset(settings.value("imminent_clauses"))
        self._decays: dict[str, Decay] = {}

    def decay(self, source: str) -> Decay:
        """How the views of a source arrive."""
        if source not in self._decays:
            self._decays[source] = harm.decay(source)
        return self._decays[source]


def deliver(delivery: Delivery, clock: Callable[[], datetime], house: House | None = None) -> int:
    """One frame, in as many transactions as it takes; the last one moves the position. A post that is there is left alone.

    One that the database cannot hold is set aside and said: a stream never stops for it.
    """
    rows = delivery.rows.to_pylist() if delivery.rows is not None else []
    frame, place = Frame(delivery, clock(), house or House()), delivery.position
    begin, add = 0, frame.add
    while True:
        try:
            with transaction.atomic():
                upto = _some(rows, begin, add)
                if upto >= len(rows):
                    InboxPosition.objects.update_or_create(
                        writer=place.writer, defaults={"segment": place.segment, "offset": place.offset}
                    )
                    return len(rows)
        except (DatabaseError, OverflowError) as error:
            if add == frame.add_each or not _unfit(error):
                raise
            add = frame.add_each
        else:
            begin = upto


def _some(rows: list[dict[str, Any]], begin: int, add: Callable[[list[dict[str, Any]]], None]) -> int:
    """As many posts as one transaction may take, from ``begin`` on: where the next begins."""
    started = time.monotonic()
    while begin < len(rows) and time.monotonic() - started < LONGEST:
        add(rows[begin : begin + _SOME])
        begin += _SOME
    return begin


def _unfit(error: Exception) -> bool:
    """Did the database refuse what it was given, and not fail? SQLSTATE 22: data, 54: more than an index holds."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, DataError | OverflowError) or state[:2] in ("22", "54")


class Frame:
    """The posts of one frame on their way into cases: where they come from, what judged them and when."""

    def __init__(self, delivery: Delivery, now: datetime, house: House):
        self.source, self.rulebook, self.model = delivery.meta.source, delivery.meta.rulebook, delivery.meta.model
        self.judged_at, self.now, self.house = delivery.meta.written_at, now, house
        self.decay, self.place = house.decay(self.source), delivery.position

    def add_each(self, rows: list[dict[str, Any]]) -> None:
        """Each post alone, so that one which the database cannot hold leaves the others in peace."""
        for row in rows:
            try:
                with transaction.atomic():
                    self.add([row])
            except (DatabaseError, OverflowError) as error:
                if not _unfit(error):
                    raise
                log.error(
                    "a flagged post of %s cannot become a case, the database refuses it (%s): the log has it, in segment %d "
                    "of %s at %d; report this",
                    self.source, type(error).__name__, self.place.segment, self.place.writer, self.place.offset,
                )  # fmt: skip

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Posts, and the cases that they open or join."""
        accounts = self._accounts(rows)
        found = self._posts(rows, accounts)
        known = set(CasePost.objects.filter(post__in=found.values()).values_list("post_id", "clause"))
        proposed: list[Proposed] = []
        for row in rows:
            post, name = found[row["id"], row["text_hash"]], row["clause"].partition("@")[0]
            if (post.pk, name) not in known:
                known.add((post.pk, name))
                proposed.append(_proposed(row, post, name))
        if proposed:
            self._into_cases(proposed)
        for one in proposed:
            if one.post.deleted_at is not None:
                posts.say_deleted([one.post], one.post.deleted_at)

    def _accounts(self, rows: list[dict[str, Any]]) -> dict[str, Account]:
        keys = {row["account"] for row in rows if row["account"] is not None}
        found = {one.key: one for one in Account.objects.filter(source=self.source, key__in=keys)}
        new = [Account(source=self.source, key=key) for key in sorted(keys - set(found))]
        Account.objects.bulk_create(new, ignore_conflicts=True)
        if new:
            found = {one.key: one for one in Account.objects.filter(source=self.source, key__in=keys)}
        followers = {row["account"]: row["followers"] for row in rows if row.get("followers") is not None}
        for key, count in followers.items():
            if key in found and found[key].followers is None:
                found[key].followers = count
                found[key].save(update_fields=["followers"])
        return {str(key): one for key, one in found.items()}

    def _posts(self, rows: list[dict[str, Any]], accounts: dict[str, Account]) -> dict[tuple[str, int], Post]:
        wanted = {(row["id"], row["text_hash"]): row for row in rows}
        known = self._known(wanted)
        new = [
            Post(
                source=self.source,
                key=row["id"],
                text_hash=row["text_hash"],
                fingerprint=row.get("fingerprint"),
                account=accounts.get(row["account"] or ""),
                text=storable(row["text"]),
                language=row["language"],
                created_at=row["created_at"],
                views=row.get("views"),
                views_at=self.judged_at if row.get("views") is not None else None,
                context=storable(msgspec.json.decode(row.get("context") or "{}")),
            )
            for key, row in wanted.items()
            if key not in known
        ]
        self._begin_with_told(new)
        Post.objects.bulk_create(new, ignore_conflicts=True)
        return self._known(wanted) if new else known

    def _begin_with_told(self, new: list[Post]) -> None:
        """What the platform told of these posts before they came here; not that one was deleted which was written since."""
        told = posts.told(self.source, [str(post.key) for post in new])
        for post in new:
            one = told.get(str(post.key))
            if (
                one is not None
                and one.views_at is not None
                and (post.views_at is None or post.views_at <= one.views_at)
            ):
                post.views, post.views_at = one.views, one.views_at
            if one is not None and one.deleted_at is not None and (post.created_at or one.deleted_at) <= one.deleted_at:
                post.deleted_at = one.deleted_at

    def _known(self, wanted: dict[tuple[str, int], dict[str, Any]]) -> dict[tuple[str, int], Post]:
        keys = {key for key, _ in wanted}
        rows = Post.objects.filter(source=self.source, key__in=keys).select_related("account")
        return {(str(post.key), post.text_hash): post for post in rows if (str(post.key), post.text_hash) in wanted}

    def _into_cases(self, proposed: list["Proposed"]) -> None:
        """Each into the open case of the same account's campaign, as long as nobody has it in hand, or into a new one."""
        open_cases = self._open_cases(proposed)
        new: list[Case] = []
        facts: list[Fact] = []
        joined: dict[int, Case] = {}
        rows: list[CasePost] = []
        for one in proposed:
            key = (one.post.account_id, one.clause)
            case = open_cases.get(key)
            if case is None:
                case = self._new_case(one)
                new.append(case)
                facts.append(Fact(case=case, at=self.now, kind="opened", details=one.opened))
                if one.post.account_id is not None:
                    open_cases[key] = case
            elif case.pk is not None:
                joined[case.pk] = case
            case.probability = max(case.probability, one.probability)
            case.harm += harm.of_post(one.post, case.gravity, one.probability, self.decay, self.now)
            rows.append(self._row(case, one))
        Case.objects.bulk_create(new)
        Case.objects.bulk_update(joined.values(), ["probability", "harm"])
        for fact in facts:
            fact.case_id = fact.case.pk  # a new case has its number only now
        for row in rows:
            row.case_id = row.case.pk
        Fact.objects.bulk_create(facts)
        CasePost.objects.bulk_create(rows)

    def _open_cases(self, proposed: list["Proposed"]) -> dict[tuple[int | None, str], Case]:
        accounts = {one.post.account_id for one in proposed if one.post.account_id is not None}
        found = (
            Case.objects.select_for_update()
            .filter(
                source=self.source, account__in=accounts, clause__in={one.clause for one in proposed},
                status=Status.OPEN, opened_at__gt=self.judged_at - CAMPAIGN, golden=None,
            )
            .order_by("-pk")
        )  # fmt: skip
        return {(case.account_id, case.clause): case for case in found}  # the earliest of several

    def _new_case(self, one: "Proposed") -> Case:
        clause = self.house.clauses.get(one.clause)
        return Case(
            source=self.source,
            clause=one.clause,
            area=one.clause.partition(".")[0],
            language=one.post.language,
            account=one.post.account,
            opened_at=self.judged_at,
            probability=one.probability,
            gravity=clause.gravity if clause else 3,
            imminent=one.clause in self.house.imminent,
        )

    def _row(self, case: Case, one: "Proposed") -> CasePost:
        return CasePost(
            case=case,
            post=one.post,
            cited=one.row["clause"],
            clause=one.clause,
            also=one.row["also"] or [],
            route=one.row["route"],
            restriction=one.row["restriction"],
            scores=one.scores,
            evidence=one.evidence,
            rulebook=self.rulebook,
            model=self.model,
            at=self.judged_at,
        )


class Proposed(NamedTuple):
    """A post that may break a clause: the row of the inbox, read."""

    row: dict[str, Any]
    post: Post
    clause: str
    scores: dict[str, float]
    evidence: list[dict[str, Any]]
    probability: float

    @property
    def opened(self) -> dict[str, str]:
        """What the case's first fact says."""
        return {"proposed": self.row["clause"], "route": self.row["route"]}


def _proposed(row: dict[str, Any], post: Post, clause: str) -> Proposed:
    """The probability is that of the strongest signal that the evidence speaks for."""
    evidence = storable(msgspec.json.decode(row["evidence"]))
    scores: dict[str, float] = msgspec.json.decode(row["scores"])
    probability = max((scores.get(one["signal"], 0.0) for one in evidence), default=max(scores.values(), default=0.5))
    return Proposed(row, post, clause, scores, evidence, probability)


def storable(value: Any) -> Any:
    """The same, with U+FFFD for every NUL, which databases refuse: no character moves, so evidence stays in its place.

    >>> storable({"words": ["a\\0b"]})
    {'words': ['a�b']}
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [storable(one) for one in value]
    return {name: storable(one) for name, one in value.items()} if isinstance(value, dict) else value


def waiting_since(data: Path) -> datetime | None:
    """When the oldest frame that is still waiting to become cases was written; None when none waits."""
    return inbox.waiting_since(data, positions())


def shred_settled(data: Path) -> int:
    """Shred the texts that a crash or a backup has left in the inbox although their cases exist: how many frames."""
    return inbox.shred_settled(data, positions())


def positions() -> list[Position]:
    """How far the inbox of each writer has become cases."""
    return [Position(row.writer, row.segment, row.offset) for row in InboxPosition.objects.all()]
