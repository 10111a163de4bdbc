"""The journal's inbox becomes cases: idempotently, in short transactions, each with the position it got to."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from vigie.journal import inbox
from vigie.journal.inbox import Delivery
from vigie.journal.segment import Position
from vigie.review.lifecycle import Status
from vigie.services import harm, settings, terms
from vigie.store.models import Account, Case, CasePost, Fact, InboxPosition, Post

#: Posts of one account under one clause within this time are one campaign, and one case.
CAMPAIGN = timedelta(hours=24)
#: How long one transaction may take: others want to write too.
LONGEST = 0.05
_FEWEST = 10


def pull(data: Path, clock: Callable[[], datetime]) -> int:
    """Make cases of everything in the inbox that is not a case yet: how many posts. Safe to kill and to run again."""
    made = 0
    for delivery in inbox.pull(data, positions()):
        made += deliver(delivery, clock)
        inbox.shred(data, [delivery.position])
    return made


def deliver(delivery: Delivery, clock: Callable[[], datetime]) -> int:
    """One frame, in as many transactions as it takes; the last one moves the position. A post that is there is left alone."""
    rows = delivery.rows.to_pylist() if delivery.rows is not None else []
    context = Context(delivery, clock())
    begin = 0
    while begin < len(rows):
        with transaction.atomic():
            started = time.monotonic()
            while begin < len(rows) and (time.monotonic() - started < LONGEST):
                context.add(rows[begin : begin + _FEWEST])
                begin += _FEWEST
    with transaction.atomic():
        place = delivery.position
        InboxPosition.objects.update_or_create(
            writer=place.writer, defaults={"segment": place.segment, "offset": place.offset}
        )
    return len(rows)


class Context:
    """What the posts of one frame have in common: where they come from, what judged them, the terms, and how views arrive."""

    def __init__(self, delivery: Delivery, now: datetime):
        self.source, self.rulebook, self.model = delivery.meta.source, delivery.meta.rulebook, delivery.meta.model
        self.judged_at, self.now = delivery.meta.written_at, now
        self.clauses, self.decay = terms.clauses(), harm.decay(self.source)
        self.imminent = set(settings.value("imminent_clauses"))

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Posts, and the cases that they open or join."""
        accounts = self._accounts(rows)
        posts = self._posts(rows, accounts)
        known = set(CasePost.objects.filter(post__in=posts.values()).values_list("post_id", "clause"))
        for row in rows:
            post, name = posts[row["id"], row["text_hash"]], row["clause"].partition("@")[0]
            if (post.pk, name) not in known:
                known.add((post.pk, name))
                self._into_case(row, post, name)

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
        Post.objects.bulk_create(new, ignore_conflicts=True)
        return self._known(wanted) if new else known

    def _known(self, wanted: dict[tuple[str, int], dict[str, Any]]) -> dict[tuple[str, int], Post]:
        keys = {key for key, _ in wanted}
        rows = Post.objects.filter(source=self.source, key__in=keys).select_related("account")
        return {(str(post.key), post.text_hash): post for post in rows if (str(post.key), post.text_hash) in wanted}

    def _into_case(self, row: dict[str, Any], post: Post, name: str) -> None:
        evidence = storable(msgspec.json.decode(row["evidence"]))
        scores: dict[str, float] = msgspec.json.decode(row["scores"])
        probability = max(
            (scores.get(one["signal"], 0.0) for one in evidence), default=max(scores.values(), default=0.5)
        )
        case = self._open_case(post, name) or self._new_case(row, post, name, probability)
        CasePost.objects.create(
            case=case,
            post=post,
            cited=row["clause"],
            clause=name,
            also=row["also"] or [],
            route=row["route"],
            restriction=row["restriction"],
            scores=scores,
            evidence=evidence,
            rulebook=self.rulebook,
            model=self.model,
            at=self.judged_at,
        )
        case.probability = max(case.probability, probability)
        case.harm += harm.of_post(post, case.gravity, probability, self.decay, self.now)
        case.save(update_fields=["probability", "harm"])

    def _open_case(self, post: Post, name: str) -> Case | None:
        """The case of the same account's campaign, as long as nobody has it in hand."""
        if post.account_id is None:
            return None
        return (
            Case.objects.select_for_update()
            .filter(
                source=self.source, account=post.account, clause=name, status=Status.OPEN,
                opened_at__gt=self.judged_at - CAMPAIGN, golden=None,
            )
            .first()
        )  # fmt: skip

    def _new_case(self, row: dict[str, Any], post: Post, name: str, probability: float) -> Case:
        clause = self.clauses.get(name)
        case = Case.objects.create(
            source=self.source,
            clause=name,
            area=name.partition(".")[0],
            language=post.language,
            account=post.account,
            opened_at=self.judged_at,
            probability=probability,
            gravity=clause.gravity if clause else 3,
            imminent=name in self.imminent,
        )
        Fact.objects.create(
            case=case, at=self.now, kind="opened", details={"proposed": row["clause"], "route": row["route"]}
        )
        return case


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
