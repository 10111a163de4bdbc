"""A backtest over a real data directory: log and window say the same, erased people are counted and never named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from vigie.app import wiring
from vigie.decide.again import RECORDED, from_scores, from_texts
from vigie.decide.backtest import Draw, backtest, tally
from vigie.engine.past import kept, last_model, logged
from vigie.engine.pipeline import judge
from vigie.engine.source import Task
from vigie.engine.standing import Judge
from vigie.engine.worker import Log, Origin, Worker
from vigie.errors import Refused
from vigie.intake.readers.formats import reader
from vigie.journal.compact import compact
from vigie.journal.erase import erase
from vigie.journal.log import scan
from vigie.journal.texts import keep_texts, read_texts

DATA = (Path(__file__).parents[2] / "examples" / "posts.jsonl").read_bytes()
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DETECTORS = wiring.detectors(None)
RULES = wiring.rulebook(None, DETECTORS, NOW.date())
WORDS = DETECTORS[1:]
WORDS_RULES = wiring.rulebook(None, WORDS, NOW.date())
WHEN = {"now": NOW, "days": 30}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The examples, judged yesterday, their texts kept."""
    keep_texts(tmp_path, 30)
    work(tmp_path, NOW - timedelta(days=1))
    return tmp_path


def work(place: Path, at: datetime, number: int = 0) -> None:
    worker = Worker(
        Log(place, bytes(16)), Origin("s", None, reader("x", head=DATA)), lambda: Judge(RULES, DETECTORS), lambda: at
    )
    size = len(DATA)
    worker.work(Task(number, number * size, (number + 1) * size, 1, DATA))
    worker.close()


@pytest.mark.parametrize("compacted", [False, True])
def test_unchanged_rules_change_nothing(data: Path, compacted: bool) -> None:
    if compacted:
        compact(data, now=NOW)
    assert last_model(data, **WHEN) == RULES.model
    after = from_scores(RULES)
    on_log = backtest(logged(data, after, RECORDED, **WHEN), after)
    on_texts = backtest(kept(data, **WHEN), from_texts(RULES, DETECTORS))
    assert on_log.counts == on_texts.counts
    assert on_log.posts == len(DATA.splitlines())
    assert all(count.before == count.after for count in on_log.counts)
    assert on_log.unknown == {}
    assert on_log.other_model == 0


def test_other_detectors_on_kept_texts_say_what_judging_again_says(data: Path) -> None:
    side = from_texts(WORDS_RULES, WORDS)
    found = backtest(kept(data, **WHEN), side, draw=Draw(size=1000))
    again = judge(reader("x", head=DATA).decode(DATA).posts, WORDS_RULES, WORDS, bytes(16))
    flagged = pl.DataFrame(again).filter(pl.col("clause").is_not_null())
    assert tally(found.counts, "clause")[(None,)].after == len(flagged)
    assert {c.text_hash for c in found.sample if c.after is not None} == set(flagged["text_hash"])
    proposed = [side.propose(pl.DataFrame(batch)) for batch in read_texts(data, now=NOW)]
    assert pl.concat(proposed)["clause"].to_list() == again.column("clause").to_pylist()


def test_only_the_last_days_count(data: Path) -> None:
    work(data, NOW - timedelta(days=20), number=1)
    posts, after = len(DATA.splitlines()), from_scores(RULES)
    for days, times in ((1, 0), (2, 1), (20, 1), (21, 2)):
        rows = logged(data, after, RECORDED, now=NOW, days=days)
        assert (rows.of, backtest(rows, after).posts) == (times * posts, times * posts)
        assert kept(data, now=NOW, days=days).of == times * posts


def test_erased_people_are_counted_and_never_named(data: Path) -> None:
    flagged = scan(data).filter(pl.col("clause").is_not_null()).collect()
    people = flagged["account"][:3].to_list()
    after = from_scores(WORDS_RULES)
    before = backtest(logged(data, after, RECORDED, **WHEN), after, draw=Draw(size=1000))
    gone = scan(data).filter(pl.col("account").is_in(people)).collect()["id"].to_list()
    assert {c.id for c in before.sample} & set(gone)
    erase(data, source="s", accounts=people, now=NOW)
    found = backtest(logged(data, after, RECORDED, **WHEN), after, draw=Draw(size=1000))
    assert found.counts == before.counts
    assert not {c.id for c in found.sample} & set(gone)
    on_texts = backtest(kept(data, **WHEN), from_texts(RULES, DETECTORS), draw=Draw(size=1000))
    assert on_texts.posts == found.posts - len(gone)
    assert not {c.id for c in on_texts.sample} & set(gone)


def test_texts_of_a_directory_that_keeps_none_are_refused(tmp_path: Path) -> None:
    work(tmp_path, NOW)
    assert not (tmp_path / "texts").exists()
    with pytest.raises(Refused, match="--text-days"):
        kept(tmp_path, **WHEN)


def test_the_model_that_judged_last(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    worker = Worker(
        Log(data, bytes(16)), Origin("t", None, reader("x", head=DATA)), lambda: Judge(WORDS_RULES, WORDS), lambda: NOW
    )
    worker.work(Task(0, 0, len(DATA), 1, DATA))
    worker.close()
    assert last_model(data, **WHEN) == WORDS_RULES.model
    after = from_scores(RULES)
    found = backtest(logged(data, after, RECORDED, **WHEN), after)
    posts = len(DATA.splitlines())
    assert (found.posts, found.other_model) == (2 * posts, posts)
    assert set(found.unknown.values()) == {posts}, "the words alone give no score of the classifier"
    assert last_model(data, now=NOW + timedelta(days=90), days=30) is None


def test_a_batch_whose_commit_a_crash_prevented_is_there_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vigie.journal.writer.Writer.append", gone)
        with pytest.raises(KeyboardInterrupt):
            work(data, NOW, number=1)
    work(data, NOW, number=1)
    assert kept(data, **WHEN).of == 3 * len(DATA.splitlines())
    rows = pa.Table.from_batches(read_texts(data, now=NOW))
    assert rows.num_rows == len(DATA.splitlines()) == scan(data).select(pl.len()).collect().item()
