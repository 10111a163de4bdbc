"""What the demo's database needs besides cases: people, accounts, reports, threads, views, known answers, and work at hand.

Rows that a service of the instance would not write for us, or not at such a pace, are written whole, as the platform's
messages would have made them.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from vigie.app import preparing
from vigie.app.replaying import SECOND_LOOK_SHARE, Team, verdict
from vigie.demo.history import DemoPost, History
from vigie.demo.judging import SOURCE
from vigie.demo.logins import LOGINS, PASSWORD
from vigie.review.lifecycle import Status
from vigie.services import decisions, golden, harm, review
from vigie.store.models import (
    Account,
    Case,
    Decision,
    Endpoint,
    Fact,
    GoldenCase,
    Notice,
    Post,
    Setting,
    User,
)

_URL = "https://lanterne.example/"
_THREAD = 5  # earlier posts of the thread that the platform sends along
_CLOCK = timedelta(hours=24)  # within so long a reported post is looked at
_BEFORE = timedelta(minutes=10)  # so long before its decision, a case was to be given
_KNOWN, _JUDGES, _ERRS = 20, 2, 0.08  # known answers, how many people were given each, how often they err
_CHUNK = 500


@transaction.atomic
def people(history: History) -> Team:
    """The ready-made logins and the simulated team, all with one password; those who left cannot sign in."""
    password = make_password(PASSWORD)
    made: dict[str, User] = {}
    for login in LOGINS:
        made[login.username] = User(
            username=login.username, first_name=login.name, roles=[login.role], languages=list(login.languages),
            password=password, date_joined=history.began_at,
        )  # fmt: skip
    for one in history.moderators:
        name = unicodedata.normalize("NFD", one.name.lower()).encode("ascii", "ignore").decode()
        made[name] = User(
            username=name, first_name=one.name, roles=["moderator"], languages=list(one.languages), password=password,
            date_joined=one.joined_at, is_active=one.left_at is None,
        )  # fmt: skip
    for user in made.values():
        user.save()
    by_name = {user.first_name: user for user in made.values()}
    lead = next(user for user in made.values() if user.leads)
    return Team({one.id: by_name[one.name] for one in history.moderators}, lead)


@transaction.atomic
def outside(history: History) -> None:
    """What the platform told us beforehand, and where it wants to be told; the mark of a demo; what the house has set."""
    began = history.began_at
    Account.objects.bulk_create(
        Account(
            source=SOURCE, key=one.id, language=one.language, country=one.country, followers=one.followers,
            age_band=one.age_band, contact=one.contact, created_at=one.created_at,
        )
        for one in history.accounts
    )  # fmt: skip
    Notice.objects.bulk_create(
        Notice(source=SOURCE, post_key=one.post, at=one.at, reason=one.clause, by=one.account)
        for one in history.reports
    )
    Endpoint.objects.create(url=f"{_URL}vigie", secret=f"{Random(history.seed).getrandbits(128):032x}", made_at=began)  # noqa: S311
    Setting.objects.create(name=preparing.DEMO, value={"seed": history.seed, "posts": len(history.posts)}, at=began)
    Setting.objects.create(name="second_look_share", value=SECOND_LOOK_SHARE, at=began)


@transaction.atomic
def context(history: History) -> None:
    """The thread and the address of each post that became a case, and its views as they were last read."""
    threads: dict[str, list[DemoPost]] = {}
    for post in history.posts:
        threads.setdefault(post.root, []).append(post)
    told = {post.id: post for post in history.posts}
    views = {one.post: one for one in history.views}  # in order of time: the latest stays
    rows = list(Post.objects.filter(source=SOURCE))
    for row in rows:
        one = told[str(row.key)]
        row.context = {"url": f"{_URL}{one.id}", "thread": _before(one, threads[one.root])}
        if one.id in views:
            row.views, row.views_at = views[one.id].views, views[one.id].at
    Post.objects.bulk_update(rows, ["context", "views", "views_at"], batch_size=_CHUNK)


def _before(post: DemoPost, thread: Sequence[DemoPost]) -> list[dict[str, str]]:
    earlier = thread[: thread.index(post)][-_THREAD:]
    return [{"account": one.account, "text": one.text, "at": one.created_at.isoformat()} for one in earlier]


@transaction.atomic
def known_answers(history: History, team: Team) -> None:
    """Posts whose answer is known were given to several people, each in place of an ordinary case; mostly they were right."""
    chance = Random(f"known {history.seed}")  # noqa: S311 (nothing secret: a simulation that can be repeated)
    able = [one for one in history.posts if one.campaign is None and (one.clause or one.kind in {"quoted", "counter"})]
    for post in chance.sample(able, _KNOWN):
        clause = post.clause or "hate.racism"
        known = golden.add(post.text, post.language, clause, post.clause is not None, by=team.lead, at=history.began_at)
        for other in _others(chance, known, team):
            at = max(other.opened_at, (other.decided_at or history.now) - _BEFORE)
            case = golden.placed(known, other, at)
            user = other.decided_by
            assert user is not None
            review.claim(case.pk, user, at)
            said = clause if known.breach != (chance.random() < _ERRS) else None
            decisions.settle(case.pk, verdict(case, said), by=user, at=at + _BEFORE / 2)


def _others(chance: Random, known: GoldenCase, team: Team) -> list[Case]:
    """Ordinary cases of several people, alike in language and area."""
    alike = Case.objects.filter(golden=None, language=known.language, area=known.clause.partition(".")[0])
    by = {case.decided_by_id: case for case in alike.filter(decided_by__in=team.moderators.values()).order_by("pk")}
    return chance.sample(list(by.values()), min(_JUDGES, len(by)))


@transaction.atomic
def work_at_hand(history: History, team: Team) -> None:
    """What whoever visits finds: clocks that run, cases that were passed on or are kept for later, and too many for the team."""
    now = history.now
    _not_drawn(now - _CLOCK)
    told = {one.post: one.at for one in reversed(history.reports)}  # the first report of each
    waiting = list(
        Case.objects.filter(status=Status.OPEN, golden=None).order_by("-harm").prefetch_related("posts__post")
    )
    for case in waiting:
        since = [told[key] for row in case.posts.all() if (key := str(row.post.key)) in told]
        if since and min(since) + _CLOCK > now:
            case.due = min(since) + _CLOCK
    Case.objects.bulk_update([case for case in waiting if case.due], ["due"])
    user = next(one for one in reversed(team.moderators.values()) if one.is_active and len(one.languages) > 1)
    passed_on = (case for case in waiting[1::2] if case.due is None)
    for case, move in zip(passed_on, (_keep, _ask, _escalate, _escalate), strict=False):
        review.claim(case.pk, user, now - timedelta(minutes=40))
        move(case, user, now - timedelta(minutes=30))
    harm.refresh(now)
    _capacity(history)


def _not_drawn(until: datetime) -> None:
    """Of earlier decisions it was drawn whether somebody looks again; those since then the instance draws itself."""
    old = Case.objects.filter(decided_by__isnull=False, golden=None, not_before__lt=until).exclude(facts__kind="drawn")
    Fact.objects.bulk_create(
        Fact(case_id=case, at=at, kind="not drawn", details={"share": SECOND_LOOK_SHARE})
        for case, at in old.values_list("pk", "not_before")
        if at is not None
    )


def _escalate(case: Case, user: User, at: datetime) -> None:
    review.escalate(case.pk, user, at, "A turn of phrase that I do not know: is it an insult or a joke?")


def _ask(case: Case, user: User, at: datetime) -> None:
    review.ask_opinion(case.pk, user, at, "Do you read this as a quotation?")


def _keep(case: Case, user: User, at: datetime) -> None:
    review.hold(case.pk, user, at, at + timedelta(days=2), "The thread goes on: I look again tomorrow.")


def _capacity(history: History) -> None:
    """As many cases are admitted as the team settled a day in the last two weeks."""
    since = history.now - timedelta(days=14)
    settled = Case.objects.filter(decided_at__gte=since, golden=None).count()
    Setting.objects.create(name="capacity_per_day", value=max(1, round(settled / 14)), at=since)
    harm.admit(history.now)


def figures(history: History) -> dict[str, int]:
    """How much there is, for whoever built it."""
    return {
        "posts": len(history.posts),
        "cases": Case.objects.filter(golden=None).count(),
        "waiting": Case.objects.filter(golden=None).exclude(status=Status.DECIDED).count(),
        "decisions": Decision.objects.filter(case__golden=None).count(),
    }
