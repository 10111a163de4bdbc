"""Who tells the network about which post: most that break the terms and are seen, and some that only displease."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from vigie.demo.accounts import People
from vigie.demo.history import DemoPost, DemoReport

#: The chance that one more person reports a post, for those whom it deserves it and those whom it does not.
_DESERVED, _CONFUSED, _DISPLEASED = 0.40, 0.08, 0.004
_MOST = 4  # reports of one post
_MISTAKEN = 0.15  # reporters who name another clause than the one that is broken
_ALLEGED = ("abuse.harassment", "hate.racism", "hate.religion", "hate.misogyny", "fraud.scam_links", "violence.threats")


def reports(chance: Random, posts: Sequence[DemoPost], people: People, now: datetime) -> list[DemoReport]:
    """All reports until now, in order of time."""
    found = [report for post in posts for report in _of(chance, post, people) if report.at <= now]
    return sorted(found, key=lambda report: (report.at, report.post, report.account))


def _of(chance: Random, post: DemoPost, people: People) -> Iterator[DemoReport]:
    if post.clause is not None:
        again = _DESERVED if post.views >= 20 else _DESERVED / 4
    else:
        again = _CONFUSED if post.kind in {"quoted", "news", "reclaimed"} else _DISPLEASED
    told: set[str] = set()
    while len(told) < _MOST and chance.random() < again:
        account = people.anybody(post.language)
        if account.id == post.account or account.id in told:
            continue
        told.add(account.id)
        clause = post.clause if post.clause and chance.random() >= _MISTAKEN else chance.choice(_ALLEGED)
        at = post.created_at + timedelta(seconds=60 + int(chance.expovariate(1 / 7_200)))
        yield DemoReport(account=account.id, post=post.id, at=at, clause=clause, right=clause == post.clause)
