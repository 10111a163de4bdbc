"""The real detectors find the invented words, leave the rest, and the log has it all under the right hours."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from vigie.decide.rulebook import Rulebook
from vigie.demo import judging
from vigie.demo.history import DemoPost, History
from vigie.detect import patterns
from vigie.detect.detector import Detector, Post
from vigie.detect.patterns.pattern import Pattern, read_patterns
from vigie.intake.prepared import prepared
from vigie.journal.inbox import pull
from vigie.journal.log import scan, stats
from vigie.journal.segment import read_frames
from vigie.records.posts import POSTS

OWN = read_patterns(judging.PATTERNS)
KNOWN = patterns.Patterns(OWN)


def share(posts: list[DemoPost], flagged: Mapping[str, str]) -> float:
    assert posts
    return sum(post.id in flagged for post in posts) / len(posts)


def of_kind(history: History, *kinds: str) -> list[DemoPost]:
    return [post for post in history.posts if post.kind in kinds]


def test_hate_in_invented_words_is_flagged(small: History, flagged: Mapping[str, str]) -> None:
    hate = of_kind(small, "hate")
    assert share(hate, flagged) >= 0.8
    assert sum(flagged.get(post.id) == post.clause for post in hate) >= 0.8 * len(hate)


def test_other_breaches_are_flagged(small: History, flagged: Mapping[str, str]) -> None:
    assert share(of_kind(small, "abuse"), flagged) >= 0.8


def test_ordinary_posts_are_left_alone(small: History, flagged: Mapping[str, str]) -> None:
    assert share(of_kind(small, "ordinary", "reply"), flagged) <= 0.03
    assert share(of_kind(small, "counter"), flagged) <= 0.03


def test_the_same_words_quoted_are_mostly_excused_but_not_always(small: History, flagged: Mapping[str, str]) -> None:
    assert 0 < share(of_kind(small, "quoted", "news", "reclaimed"), flagged) < 0.5


def test_shipped_patterns_hardly_fire_on_ordinary_posts(small: History) -> None:
    ordinary = {post.id for post in of_kind(small, "ordinary", "reply", "counter")}
    posts = pa.Table.from_batches(judging.to_batches(small)).combine_chunks().to_batches()[0]
    posts = posts.filter(pc.is_in(posts.column("id"), pa.array(sorted(ordinary))))
    scores = patterns.shipped().score(prepared(posts))
    fired = sum(scores[signal] >= 0.6 for signal in scores)
    assert (fired > 0).sum() <= 0.002 * len(posts)


def test_the_language_is_told(small: History, record: pa.RecordBatch) -> None:
    told = record.column("language").to_pylist()
    assert sum(one == post.language for one, post in zip(told, small.posts, strict=True)) >= 0.97 * len(told)


@pytest.mark.parametrize("pattern", OWN, ids=lambda p: p.where.rsplit("/", 1)[-1])
def test_a_pattern_hits_its_sentence_and_leaves_its_near_miss(pattern: Pattern) -> None:
    assert pattern in [found for found, _ in KNOWN.hits(Post(pattern.match, pattern.language))]
    assert pattern not in [found for found, _ in KNOWN.hits(Post(pattern.near_miss, pattern.language))]


def test_batches_are_posts_as_a_network_sends_them(small: History) -> None:
    batches = list(judging.to_batches(small))
    assert {batch.schema for batch in batches} == {POSTS}
    table = pa.Table.from_batches(batches)
    assert table.column("id").to_pylist() == [post.id for post in small.posts]
    assert table.column("views").to_pylist() == [post.views_seen for post in small.posts]
    assert table.column("account_created_at").null_count == 0


@pytest.fixture(scope="module")
def log(
    small: History, rules: Rulebook, found: tuple[Detector, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A data directory with the whole history, and what was said to be flagged."""
    data = tmp_path_factory.mktemp("demo")
    return data, judging.keep(small, data, rules, found)


def test_the_log_keeps_every_post_under_its_hour(small: History, log: tuple[Path, dict[str, str]]) -> None:
    rows = scan(log[0]).select("id", "written_at", "source").collect().sort("id")
    assert rows["id"].to_list() == [post.id for post in small.posts]
    assert rows["written_at"].to_list() == [post.seen_at for post in small.posts]
    assert set(rows["source"]) == {judging.SOURCE}


def test_the_frames_follow_each_other(
    small: History, flagged: Mapping[str, str], log: tuple[Path, dict[str, str]]
) -> None:
    metas = [frame.meta for frame in read_frames(log[0])]
    assert [meta.begin for meta in metas[1:]] == [meta.end for meta in metas[:-1]]
    assert metas[-1].end == stats(log[0]).posts == len(small.posts)
    assert sum(meta.flagged for meta in metas) == len(flagged)
    assert log[1] == flagged


def test_the_inbox_has_the_texts_and_the_reasons(small: History, log: tuple[Path, dict[str, str]]) -> None:
    texts = {post.id: post.text for post in small.posts}
    rows = [row for delivery in pull(log[0]) if delivery.rows is not None for row in delivery.rows.to_pylist()]
    assert {row["id"] for row in rows} == set(log[1])
    assert all(row["text"] == texts[row["id"]] and row["evidence"] != "[]" for row in rows)
