"""A small demo, filled as a large one is: its rows are those of a history, and both figures hold in log and database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from vigie.app import filling
from vigie.demo import truth
from vigie.demo.judging import SOURCE
from vigie.demo.logins import LOGINS, PASSWORD
from vigie.engine.past import last_model
from vigie.engine.standing import Standing, judge_of
from vigie.journal.inbox import pull
from vigie.journal.log import scan
from vigie.journal.texts import count_texts
from vigie.review.lifecycle import Status
from vigie.services import golden, terms, wellbeing
from vigie.store.decisions import Stage
from vigie.store.models import (
    Account,
    Case,
    ClauseFile,
    Decision,
    Delivery,
    Exposure,
    Fact,
    InboxPosition,
    Outbox,
    Post,
    ReasonsRecord,
    Receipt,
    SensitiveRead,
    Setting,
    User,
)
from vigie.store.people import DECIDES, Role

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
POSTS = 4_200


@pytest.fixture(scope="module")
def data(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Path]:
    """A data directory with a small demo; its database is the tests' own, as it was before afterwards."""
    place = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        terms._clauses.cache_clear()  # keys of rows that other tests took back are given again
        filling.fill(place, NOW, POSTS, lambda _: None)
        yield place
        transaction.set_rollback(True)
    terms._clauses.cache_clear()


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data")]


def weekly(rows: pl.DataFrame, made: truth.Made, at: str = "created_at") -> pl.DataFrame:
    """Posts and views a week, with the number of the week, of which the first three are before the event."""
    week = ((pl.col(at) - made.began_at).dt.total_seconds() // (7 * 86_400)).alias("week")
    return rows.group_by(week).agg(pl.len().alias("posts"), pl.col("views").sum()).sort("week")


def change(rows: pl.DataFrame, column: str) -> float:
    """The mean week after the event by the mean week before."""
    before, after = rows.filter(pl.col("week") < 3), rows.filter(pl.col("week") >= 3)
    return float(after[column].mean() / before[column].mean())  # type: ignore[operator,arg-type]


def made_in(data: Path) -> truth.Made:
    made = truth.made(data)
    assert made is not None
    return made


def test_hateful_posts_rise_by_47_percent_and_their_views_fall_by_33_in_the_log(data: Path) -> None:
    told = pl.read_parquet(truth.place(data) / "truth.parquet")
    logged = scan(data).select("id", "created_at").collect().join(told.drop("created_at"), on="id")
    assert len(logged) == POSTS
    weeks = weekly(logged.filter("hateful"), made_in(data))
    assert change(weeks, "posts") == pytest.approx(1.47, abs=0.02)
    assert change(weeks, "views") == pytest.approx(0.67, abs=0.01)


def test_in_the_database_hateful_posts_rise_and_their_views_fall(data: Path) -> None:
    told = pl.read_parquet(truth.place(data) / "truth.parquet").filter("hateful")
    rows = pl.DataFrame(
        list(Post.objects.filter(source=SOURCE).values_list("key", "views", "created_at")),
        schema=["id", "views", "created_at"],
        orient="row",
    )
    weeks = weekly(rows.join(told.select("id"), on="id"), made_in(data))
    assert change(weeks, "posts") > 1.2
    mature = weeks.filter(pl.col("week") < 5)  # the views of the last seven days are still to come
    assert change(mature, "views") < 0.85


def test_every_flagged_post_became_part_of_a_case_and_the_inbox_is_empty(data: Path) -> None:
    flagged = scan(data).filter(pl.col("clause").is_not_null()).select(pl.len()).collect().item()
    assert Post.objects.filter(source=SOURCE, in_cases__case__golden=None).distinct().count() == flagged
    assert InboxPosition.objects.count() == 1
    assert all(one.rows is None for one in pull(data))


def test_the_window_keeps_thirty_days_of_texts(data: Path) -> None:
    kept = count_texts(data, now=NOW)
    recent = scan(data).filter(pl.col("written_at") >= NOW - timedelta(days=28)).select(pl.len()).collect().item()
    assert recent < kept < POSTS


def test_the_terms_bind_since_before_the_first_post(data: Path) -> None:
    began = made_in(data).began_at.date()
    assert all(clause.version_on(began - timedelta(days=1)) for clause in terms.clauses().values())
    assert f"{date(2026, 11, 1)}" not in "".join(ClauseFile.objects.values_list("toml", flat=True))


def test_the_instance_goes_on_judging_as_the_history_was_judged(data: Path) -> None:
    judge = Standing(data, lambda: NOW)()
    assert judge.rulebook.model == last_model(data, now=NOW, days=42)
    assert judge.rulebook.model != judge_of(None, NOW.date()).rulebook.model


def test_decisions_are_the_services_own(data: Path) -> None:
    firsts = Decision.objects.filter(stage=Stage.FIRST, case__golden=None)
    assert firsts.count() > 50
    assert firsts.filter(breach=True, reasons=None).count() == 0
    assert ReasonsRecord.objects.filter(decision__breach=False).count() == 0
    assert all(0 < took < 7200 for took in firsts.values_list("took", flat=True) if took is not None)
    assert not Decision.objects.filter(at__gt=NOW).exists()
    assert not Fact.objects.filter(at__gt=NOW).exists()


def test_history_is_in_order() -> None:
    for case in Case.objects.filter(status=Status.DECIDED, golden=None)[:40]:
        kinds = list(case.facts.order_by("at", "pk").values_list("kind", flat=True))
        assert kinds.index("opened") < kinds.index("claimed") < kinds.index("decided")


def test_messages_left_in_order_and_one_was_never_heard() -> None:
    left = Outbox.objects.exclude(number=None).order_by("number")
    assert list(left.values_list("number", flat=True)) == list(range(1, left.count() + 1))
    assert Delivery.objects.count() == left.count()
    assert Delivery.objects.exclude(dead_at=None).count() == 1
    assert Receipt.objects.count() == Delivery.objects.exclude(delivered_at=None).count() == left.count() - 1


def test_second_looks_known_answers_and_work_at_hand() -> None:
    assert Decision.objects.filter(stage=Stage.SECOND).exists()
    known = Case.objects.exclude(golden=None)
    assert 0 < known.filter(status=Status.DECIDED).count() == known.count()
    statuses = set(Case.objects.values_list("status", flat=True))
    assert {Status.OPEN, Status.DECIDED, Status.ESCALATED, Status.HELD, Status.SECOND_OPINION} <= statuses
    assert Case.objects.filter(status=Status.OPEN, due__gt=NOW).exists()
    assert Case.objects.filter(status=Status.OPEN, admitted=False).exists()


def test_more_cases_with_known_answers_can_be_given() -> None:
    bruno = User.objects.get(username="bruno")
    with transaction.atomic():
        Setting.objects.create(name="golden_share", value=1.0, at=NOW)
        given = [
            golden.instead_of(case, bruno, NOW + timedelta(minutes=10))
            for case in Case.objects.filter(golden=None, area="hate")
        ]
        transaction.set_rollback(True)
    assert any(given)


def test_earlier_decisions_are_not_drawn_again() -> None:
    day = NOW - timedelta(days=1)
    old = Case.objects.filter(status=Status.DECIDED, decided_by__isnull=False, golden=None, not_before__lt=day)
    assert old.exists()
    assert not old.exclude(facts__kind__in=["drawn", "not drawn"]).exists()


def test_reads_are_on_record() -> None:
    assert SensitiveRead.objects.count() == Exposure.objects.count() > 50
    assert not Exposure.objects.filter(end=None).exists()
    wellbeing.rested(User.objects.get(username="bruno"), NOW + timedelta(minutes=10))


def test_everybody_of_the_list_can_sign_in_and_those_who_left_cannot() -> None:
    for login in LOGINS:
        user = User.objects.get(username=login.username)
        assert user.check_password(PASSWORD)
        assert user.is_active
        assert user.roles == [login.role]
    assert {login.role for login in LOGINS} == set(Role) - {Role.INVITED}
    assert User.objects.filter(is_active=False).count() == 5
    assert any(user.has(*DECIDES) for user in User.objects.filter(is_active=True))


def test_the_directory_and_the_database_say_that_they_are_a_demo(data: Path) -> None:
    made = made_in(data)
    assert (made.posts, made.now) == (POSTS, NOW)
    assert Setting.objects.filter(name="demo").count() == 1


def test_accounts_and_threads_are_as_the_platform_sent_them() -> None:
    assert Account.objects.filter(source=SOURCE, age_band__in=["13-15", "16-17"]).exists()
    posts = Post.objects.filter(source=SOURCE, in_cases__case__golden=None)
    answers = [post for post in posts if post.context["thread"]]
    assert answers
    for post in answers:
        assert all(datetime.fromisoformat(one["at"]) <= post.created_at for one in post.context["thread"])  # type: ignore[operator]
