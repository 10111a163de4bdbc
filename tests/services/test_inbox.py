"""Flagged posts become cases: each once, campaigns together, and what somebody has in hand is left alone."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import DataError, OperationalError, connection

from tests.journal.given import meta, posts
from tests.services.given import NOW, person
from vigie.journal.writer import Writer
from vigie.services import harm, inbox, review, terms
from vigie.store.models import Account, Case, CasePost, Fact, InboxPosition, Post

pytestmark = pytest.mark.django_db
EVIDENCE = '[{"signal":"racism","detector":"classifier","start":0,"end":2,"words":"Un","why":"w","weight":1.0}]'


def flagged(place: Path, *rows: tuple[str, str | None, str], at: datetime = NOW) -> None:
    """One frame with these flagged posts: id, account, clause."""
    ids = [key for key, _, _ in rows]
    record = posts(ids)
    part = pa.record_batch(
        {
            "id": ids, "account": pa.array([account for _, account, _ in rows], pa.string()),
            "created_at": pa.array([at - timedelta(hours=1)] * len(ids), pa.timestamp("us", tz="UTC")),
            "language": ["fr"] * len(ids), "views": record.column("views"),
            "followers": pa.array([7] * len(ids), pa.int64()), "text_hash": record.column("text_hash"),
            "fingerprint": record.column("fingerprint"), "clause": [clause for _, _, clause in rows],
            "also": record.column("also"), "route": ["human"] * len(ids),
            "restriction": ["DECISION_VISIBILITY_CONTENT_REMOVED"] * len(ids), "text": [f"Un texte {key}" for key in ids],
            "scores": ['{"racism":0.7,"insult":0.9}'] * len(ids), "evidence": [EVIDENCE] * len(ids),
        }
    )  # fmt: skip
    with Writer(place) as writer:
        writer.append(meta(0, 0, at=at), record, part)


@pytest.fixture(autouse=True)
def known_terms() -> None:
    terms.import_terms(NOW)


def pull(place: Path) -> int:
    return inbox.pull(place, lambda: NOW)


def test_posts_of_one_account_under_one_clause_are_one_case(tmp_path: Path) -> None:
    a, b = "hate.racism@1", "hate.misogyny@1"
    flagged(tmp_path, ("1", "x", a), ("2", "x", a), ("3", "x", b), ("4", "y", a), ("5", None, a), ("6", None, a))
    assert pull(tmp_path) == 6
    assert sorted(case.posts.count() for case in Case.objects.all()) == [1, 1, 1, 1, 2]
    assert Fact.objects.filter(kind="opened").count() == 5
    assert Account.objects.get(key="x").followers == 7
    one = Case.objects.filter(clause="hate.racism", account__key="x").get()
    assert (one.probability, one.gravity, one.area, one.language) == (0.7, 4, "hate", "fr")
    decay = harm.decay("s")
    expected = [harm.of_post(row.post, 4, 0.7, decay, NOW) for row in one.posts.all()]
    assert min(expected) > 0
    assert one.harm == pytest.approx(sum(expected))


def test_a_campaign_goes_on_in_the_next_frame_and_ends_after_a_day(tmp_path: Path) -> None:
    flagged(tmp_path, ("1", "x", "hate.racism@1"))
    flagged(tmp_path, ("2", "x", "hate.racism@1"), at=NOW + timedelta(hours=23))
    assert pull(tmp_path) == 2
    before = Case.objects.get().harm
    assert Case.objects.get().posts.count() == 2
    flagged(tmp_path, ("3", "x", "hate.racism@1"), at=NOW + timedelta(hours=25))
    assert pull(tmp_path) == 1
    assert Case.objects.count() == 2
    assert Case.objects.earliest("pk").harm == before


def test_a_case_in_hand_is_left_alone(tmp_path: Path) -> None:
    flagged(tmp_path, ("1", "x", "hate.racism@1"))
    pull(tmp_path)
    review.claim(Case.objects.get().pk, person("anne"), NOW)
    flagged(tmp_path, ("2", "x", "hate.racism@1"))
    pull(tmp_path)
    assert [case.posts.count() for case in Case.objects.order_by("pk")] == [1, 1]


def test_what_was_pulled_before_a_crash_is_there_once(tmp_path: Path) -> None:
    flagged(tmp_path, *((str(n), "x", "hate.racism@1") for n in range(120)))
    pull(tmp_path)
    InboxPosition.objects.all().delete()
    flagged(tmp_path, *((str(n), "x", "hate.racism@1") for n in range(130)))
    pull(tmp_path)
    assert CasePost.objects.count() == Post.objects.count() == 130
    assert Case.objects.get().posts.count() == 130


def test_another_clause_of_a_known_post_is_another_case(tmp_path: Path) -> None:
    flagged(tmp_path, ("1", "x", "hate.racism@1"))
    flagged(tmp_path, ("1", "x", "hate.misogyny@1"))
    pull(tmp_path)
    assert Post.objects.count() == 1
    assert sorted(Case.objects.values_list("clause", flat=True)) == ["hate.misogyny", "hate.racism"]


def test_the_rest_is_left_to_the_next_call_when_time_is_up(tmp_path: Path) -> None:
    for n in range(3):
        flagged(tmp_path, (str(n), None, "hate.racism@1"))
    assert inbox.pull(tmp_path, lambda: NOW, within=-1) == 1
    assert pull(tmp_path) == 2
    assert pull(tmp_path) == 0


def test_the_longest_ids_and_accounts_of_a_stream_become_cases_under_their_own_name(tmp_path: Path) -> None:
    key, account = secrets.token_hex(1000), "é" * 1000  # nothing to compress, and two bytes each
    flagged(tmp_path, (key, account, "hate.racism@1"), ("2", "x", "hate.racism@1"))
    assert pull(tmp_path) == 2
    assert set(Post.objects.values_list("key", "account__key")) == {(key, account), ("2", "x")}
    assert Case.objects.count() == 2


def test_a_post_that_the_database_refuses_is_set_aside_and_the_stream_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = inbox.Frame.add

    def add(self: inbox.Frame, rows: list[dict[str, Any]]) -> None:
        if any(row["id"] == "bad" for row in rows):
            raise DataError("value too long")
        whole(self, rows)

    monkeypatch.setattr(inbox.Frame, "add", add)
    flagged(tmp_path, *((key, None, "hate.racism@1") for key in ("1", "bad", "2")))
    flagged(tmp_path, ("3", None, "hate.racism@1"))
    assert pull(tmp_path) == 4
    assert set(Post.objects.values_list("key", flat=True)) == {"1", "2", "3"}
    assert pull(tmp_path) == 0
    assert caplog.text.count("cannot become a case") == 1
    assert "bad" not in caplog.text, "a log says nothing of people"


def test_a_database_that_fails_sets_nothing_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OperationalError("the connection is gone")

    flagged(tmp_path, ("1", None, "hate.racism@1"))
    with monkeypatch.context() as patched:
        patched.setattr(inbox.Frame, "add", fails)
        with pytest.raises(OperationalError):
            pull(tmp_path)
    assert pull(tmp_path) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite holds texts of any length")
def test_a_language_that_is_too_long_is_refused_by_postgresql_and_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = inbox.Post

    def long(**fields: Any) -> Post:
        return whole(**(fields | ({"language": "x" * 9} if fields["key"] == "1" else {})))

    long.objects = Post.objects  # type: ignore[attr-defined]
    monkeypatch.setattr(inbox, "Post", long)
    flagged(tmp_path, ("1", None, "hate.racism@1"), ("2", None, "hate.racism@1"))
    assert pull(tmp_path) == 2
    assert list(Post.objects.values_list("key", flat=True)) == ["2"]
