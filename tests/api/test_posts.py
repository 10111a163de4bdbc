"""Posts in, proposals out: each post is answered, kept, and becomes a case once."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.api.given import AT, KIND, RUDE, Program
from vigie.journal.log import scan
from vigie.services import inbox, judging, terms
from vigie.store.models import Case, Fact, Post
from vigie.terms.place import publish_terms

pytestmark = pytest.mark.django_db
NUMBERS = iter(range(10**9))


@pytest.fixture(autouse=True)
def own_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of one's own for each test."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    judging.door.cache_clear()
    yield tmp_path
    judging.door().close()
    judging.door.cache_clear()


def logged(place: Path) -> list[dict[str, object]]:
    return scan(place).select("source", "id", "views", "account").collect().to_dicts()


def test_one_post_is_answered_and_kept(own_journal: Path) -> None:
    status, answer = Program().post("/posts", {"id": 7, "text": KIND, "account": "a", "views": 3})
    assert (status, answer["results"], answer["flagged"], answer["refused"]) == (200, [{"id": "7"}], 0, 0)
    assert logged(own_journal) == [{"source": "api", "id": "7", "views": 3, "account": "a"}]


def test_a_proposal_says_which_clause_and_why_and_restricts_nothing() -> None:
    _, answer = Program().post("/posts", {"posts": [{"id": "1", "text": KIND}, {"id": "2", "text": RUDE}]})
    quiet, loud = answer["results"]
    assert quiet == {"id": "1"}
    assert loud["clause"].startswith("hate.")
    assert loud["route"] == "human"
    assert loud["restriction"].startswith("DECISION_")
    assert all(0.01 <= value <= 1 for value in loud["scores"].values())
    assert loud["evidence"][0]["words"] in RUDE
    assert not Case.objects.exists()


def test_what_surrounds_a_post_reaches_the_case(own_journal: Path) -> None:
    context = {"url": "https://example.org/2", "thread": [{"text": "Avant.", "account": "b", "at": "2026-11-25"}]}
    Program().post("/posts", {"id": "2", "text": RUDE, "account": "a", "context": context})
    assert inbox.pull(own_journal, lambda: AT) == 1
    assert Post.objects.get().context == context
    assert Case.objects.get().account.key == "a"


def test_sent_twice_it_counts_once_and_makes_one_case(own_journal: Path) -> None:
    program, body = Program(), {"posts": [{"id": "2", "text": RUDE}, {"id": "1", "text": KIND}]}
    first, again = program.post("/posts", body)[1], program.post("/posts", body)[1]
    assert [one.pop("duplicate") for one in again["results"]] == [True, True]
    assert again["results"] == first["results"]
    inbox.pull(own_journal, lambda: AT)
    program.post("/posts", body)
    inbox.pull(own_journal, lambda: AT)
    assert Case.objects.get().posts.count() == 1
    assert len(logged(own_journal)) == 2


def test_another_process_and_a_restart_count_it_once(own_journal: Path) -> None:
    program, body = Program(), {"id": "2", "text": RUDE}
    program.post("/posts", body)
    judging.door().close()
    judging.door.cache_clear()
    assert program.post("/posts", body)[1]["results"][0]["duplicate"]
    inbox.pull(own_journal, lambda: AT)
    assert Case.objects.get().posts.count() == 1
    assert len(logged(own_journal)) == 1


def test_two_streams_may_use_the_same_ids(own_journal: Path) -> None:
    for source in ("a", "b"):
        assert (
            Program(source=source).post("/posts", {"id": "2", "text": RUDE})[1]["results"][0].get("duplicate") is None
        )
    inbox.pull(own_journal, lambda: AT)
    assert Case.objects.count() == 2


def test_a_bad_post_is_refused_by_its_index_and_the_others_are_judged(own_journal: Path) -> None:
    posts = [
        {"id": "1", "text": KIND}, {"id": "2"}, {"id": "3", "text": RUDE}, {"id": "4", "text": KIND, "views": "7"},
        {"id": "5", "text": KIND, "created_at": "yesterday"}, {"id": "6\0", "text": KIND}, {"id": "7", "text": KIND},
    ]  # fmt: skip
    status, answer = Program().post("/posts", {"posts": posts})
    assert status == 200
    assert [one.get("id") for one in answer["results"]] == ["1", None, "3", None, None, None, "7"]
    refused = {one["index"]: one["refused"] for one in answer["results"] if "refused" in one}
    assert refused[1] == "Object missing required field `text`"
    assert "$.views" in refused[3]
    assert refused[4] == "created_at is no time between 1970 and 2200"
    assert refused[5] == "the id holds a NUL character"
    assert answer["refused"] == 4
    assert sorted(str(one["id"]) for one in logged(own_journal)) == ["1", "3", "7"]


def test_half_an_emoji_spoils_nothing() -> None:
    body = b'{"posts": [{"id": "1", "text": "\\ud83d"}, {"id": "2", "text": "bonjour"}]}'
    status, answer = Program().post("/posts", body)
    assert status == 200
    assert answer["results"] == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("body", "status", "error", "where"),
    [
        (b"{", 400, "NotJson", ""),
        (b"\xff", 400, "NotJson", ""),
        (b"[]", 422, "Malformed", ""),
        (b'{"id": 1.5, "text": ""}', 422, "Malformed", "$.id"),
        (b'{"id": "", "text": ""}', 422, "Malformed", "$.id"),
        (b'{"posts": 7}', 422, "Malformed", "$.posts"),
        (b'{"posts": [{}]}', 422, "Malformed", ""),
        (json.dumps({"posts": [{"id": 1, "text": ""}] * 10_001}).encode(), 413, "TooLarge", ""),
        (b'{"posts":' + b"[" * 100_000, 400, "NotJson", ""),
    ],
)
def test_what_is_no_post_is_refused_with_its_place(body: bytes, status: int, error: str, where: str) -> None:
    program = Program()
    got, answer = program.post("/posts", body)
    assert (got, answer["error"], answer.get("where", "")) == (status, error, where)
    assert program.last.headers["Content-Type"] == "application/problem+json"


def test_more_than_a_request_may_hold_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 100)
    status, answer = Program().post("/posts", {"id": "1", "text": "x" * 200})
    assert (status, answer["error"]) == (413, "TooLarge")


def test_no_posts_no_frame() -> None:
    assert Program().post("/posts", {"posts": []})[1]["results"] == []


def test_an_edit_is_judged_again_and_the_earlier_case_says_so(own_journal: Path) -> None:
    program = Program()
    program.post("/posts", {"id": "a/b", "text": RUDE, "account": "x", "views": 5})
    inbox.pull(own_journal, lambda: AT)
    status, answer = program.send("PATCH", "/posts/a%2Fb", {"text": KIND})
    assert (status, answer) == (200, {"known": True, "result": {"id": "a/b"}})
    assert Fact.objects.get(kind="post edited").details["posts"] == [Post.objects.get().pk]
    rows = logged(own_journal)
    assert [(row["id"], row["account"], row["views"]) for row in rows] == [("a/b", "x", 5)] * 2
    status, answer = program.send("PATCH", "/posts/a%2Fb", {"text": RUDE + " Encore."})
    assert answer["result"]["clause"].startswith("hate.")


def test_views_of_a_post_are_brought_up_to_date(own_journal: Path) -> None:
    program = Program()
    program.post("/posts", {"id": "2", "text": RUDE, "views": 5})
    inbox.pull(own_journal, lambda: AT)
    assert program.send("PATCH", "/posts/2", {"views": 50}) == (200, {"known": True})
    assert program.send("PATCH", "/posts/3", {"views": 50}) == (200, {"known": False})
    assert Post.objects.get().views == 50
    later = (Post.objects.get().views_at + timedelta(hours=1)).isoformat()
    seen = [{"id": "2", "views": 70, "at": later}, {"id": "2", "views": 60, "at": "2026-11-01T00:00:00Z"}]
    unknown = {"id": "9", "views": 1, "at": later}
    assert program.post("/views", {"views": [*seen, unknown]}) == (200, {"known": 1, "unknown": 1})
    assert Post.objects.get().views == 70
    assert program.post("/views", {"views": [seen[1]]}) == (200, {"known": 1, "unknown": 0})
    assert Post.objects.get().views == 70


def test_nothing_to_change_is_refused() -> None:
    assert Program().send("PATCH", "/posts/2", {})[0] == 422


def test_a_deleted_post_stays_for_the_record_and_its_case_says_so(own_journal: Path) -> None:
    program = Program()
    program.post("/posts", {"id": "2", "text": RUDE})
    inbox.pull(own_journal, lambda: AT)
    assert program.send("DELETE", "/posts/2") == (200, {"known": True})
    assert program.send("DELETE", "/posts/2") == (200, {"known": True})
    assert program.send("DELETE", "/posts/3") == (200, {"known": False})
    assert Post.objects.get().deleted_at is not None
    assert Fact.objects.filter(kind="post deleted").count() == 1


def test_another_stream_changes_nothing_here(own_journal: Path) -> None:
    Program().post("/posts", {"id": "2", "text": RUDE})
    inbox.pull(own_journal, lambda: AT)
    assert Program(source="other").send("DELETE", "/posts/2") == (200, {"known": False})
    assert Post.objects.get().deleted_at is None


def test_what_databases_refuse_becomes_a_sign_that_stands_for_it(own_journal: Path) -> None:
    context = {"thread": [{"text": "a\0b"}]}
    Program().post("/posts", {"id": "2", "text": RUDE + "\0", "context": context})
    inbox.pull(own_journal, lambda: AT)
    post = Post.objects.get()
    assert post.text == RUDE + "\ufffd"
    assert post.context == {"thread": [{"text": "a\ufffdb"}]}


def test_published_terms_judge_the_next_posts(own_journal: Path) -> None:
    program = Program()
    before = program.post("/posts", {"id": "1", "text": RUDE})[1]
    assert before["results"][0]["clause"] == "hate.racism@1"
    others = {name: text for name, text in terms.files().items() if name != "hate.racism.toml"}
    publish_terms(own_journal, others)
    after = program.post("/posts", {"id": "1", "text": RUDE})[1]
    assert after["rulebook"] != before["rulebook"]
    assert after["results"][0].get("clause") != "hate.racism@1"
