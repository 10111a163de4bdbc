"""What the platform tells of a post before anybody has to look at it is kept for some days, and the case begins with it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.services.given import NOW, case
from tests.services.test_inbox import flagged, pull
from vigie.journal.erase import erase
from vigie.services import erasure, posts, terms
from vigie.store.models import Fact, Post, Told

pytestmark = pytest.mark.django_db
CLAUSE = "hate.racism@1"


@pytest.fixture(autouse=True)
def known_terms() -> None:
    terms.import_terms(NOW)


def seen(key: str, views: int, at: datetime = NOW) -> posts.Kept:
    return posts.count_views("s", [posts.Seen(key, views, at)], NOW)


def test_views_told_before_the_case_are_its_views(tmp_path: Path) -> None:
    assert seen("1", 900, NOW + timedelta(minutes=1)) == posts.Kept(known=0, unknown=1)
    assert seen("1", 500, NOW) == posts.Kept(known=0, unknown=1)
    flagged(tmp_path, ("1", None, CLAUSE), ("2", None, CLAUSE))
    pull(tmp_path)
    found = dict(Post.objects.values_list("key", "views"))
    assert found["1"] == 900, "the latest count, not the one told last"
    assert found["2"] != 900
    assert Post.objects.get(key="1").views_at == NOW + timedelta(minutes=1)


def test_what_the_post_itself_says_later_counts_more(tmp_path: Path) -> None:
    seen("1", 900, NOW - timedelta(hours=1))
    flagged(tmp_path, ("1", None, CLAUSE))
    pull(tmp_path)
    assert Post.objects.get().views != 900
    assert Post.objects.get().views_at == NOW


def test_a_post_deleted_before_its_case_is_said_to_be(tmp_path: Path) -> None:
    assert not posts.delete("s", "1", NOW)
    flagged(tmp_path, ("1", None, CLAUSE), ("2", None, CLAUSE))
    pull(tmp_path)
    assert Post.objects.get(key="1").deleted_at == NOW
    assert Post.objects.get(key="2").deleted_at is None
    assert Fact.objects.get(kind="post deleted").details["posts"] == [Post.objects.get(key="1").pk]


def test_a_post_written_after_the_deletion_is_there(tmp_path: Path) -> None:
    posts.delete("s", "1", NOW - timedelta(days=1))
    flagged(tmp_path, ("1", None, CLAUSE))
    pull(tmp_path)
    assert Post.objects.get().deleted_at is None
    assert not Fact.objects.filter(kind="post deleted").exists()


def test_another_stream_tells_nothing_of_this_one(tmp_path: Path) -> None:
    posts.delete("other", "1", NOW)
    flagged(tmp_path, ("1", None, CLAUSE))
    pull(tmp_path)
    assert Post.objects.get().deleted_at is None


def test_of_posts_of_cases_nothing_is_kept_twice() -> None:
    case("1")
    assert seen("1", 900) == posts.Kept(known=1, unknown=0)
    assert posts.delete("s", "1", NOW)
    assert not Told.objects.exists()


def test_after_seven_days_and_beyond_the_bound_it_is_forgotten() -> None:
    for number in range(3):
        posts.count_views("s", [posts.Seen(f"{number}", 1, NOW)], NOW + timedelta(hours=number))
    assert posts.forget(NOW + timedelta(days=6)) == 0
    assert posts.forget(NOW + timedelta(hours=3), most=2) == 1
    assert posts.forget(NOW + posts.REMEMBERED + timedelta(hours=1)) == 1
    assert list(Told.objects.values_list("key", flat=True)) == ["2"]


def test_an_erased_post_is_forgotten(tmp_path: Path) -> None:
    seen("1", 900)
    seen("2", 900)
    flagged(tmp_path, ("3", None, CLAUSE))
    erase(tmp_path, source="s", ids=["1"], now=NOW)
    erasure.replay(tmp_path, NOW)
    assert list(Told.objects.values_list("key", flat=True)) == ["2"]
