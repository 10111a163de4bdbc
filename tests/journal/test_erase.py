"""A person is erased everywhere, for good, and nothing that was counted changes."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vigie.errors import Refused
from vigie.journal import erase as erasing
from vigie.journal import rewrite as rewriting
from vigie.journal.compact import compact
from vigie.journal.cursor import progress
from vigie.journal.erase import erase, replay_erasures
from vigie.journal.erasures import Erasures, history
from vigie.journal.inbox import pull, read_inbox
from vigie.journal.log import batches, scan, stats
from vigie.journal.segment import read_frames
from vigie.journal.table import open_table
from vigie.journal.writer import Writer

from .given import NOW, ids_in, inbox, meta, posts, segments, write

LATER = NOW + timedelta(hours=1)


def names_in_files(directory: Path, *names: str) -> set[str]:
    """Which of these names some file of the data directory still contains, however it is compressed."""
    found = set()
    for path in (p for p in directory.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data = str(pq.read_table(path).to_pylist()).encode() + data
        found |= {name for name in names if name.encode() in data}
    for frame in read_frames(directory):
        rows = str([frame.posts().to_pylist(), frame.inbox() and frame.inbox().to_pylist()])
        found |= {name for name in names if name in rows}
    return found


def test_a_post_is_erased_everywhere_and_every_count_stays(tmp_path: Path) -> None:
    write(tmp_path, ["erika-1", "other-1"], ["erika-2", "other-2"], flagged=True)
    compact(tmp_path, now=NOW)
    with Writer(tmp_path) as alive:
        alive.append(meta(200, 300), posts(["erika-3", "other-3"]), inbox(["erika-3", "other-3"]))
        before = stats(tmp_path)
        assert len(names_in_files(tmp_path, "erika-1", "erika-2", "erika-3")) == 3
        done = erase(tmp_path, source="s", ids=["erika-1", "erika-2", "erika-3", "never-seen"], now=LATER)
        assert (done.posts, done.accounts, done.rows) == (4, 0, 3)
        assert names_in_files(tmp_path, "erika", "never-seen") == set()
        alive.append(meta(300, 400), posts(["other-4"]))
    after = stats(tmp_path)
    assert after.posts == before.posts + 1
    assert after.by_source == {"s": 7}
    assert ids_in(tmp_path) == ["other-1", "other-2", "other-3", "other-4", None, None, None]
    assert scan(tmp_path).filter(scan(tmp_path).collect()["id"].is_null()).collect()["account"].is_null().all()
    assert [i for rows in read_inbox(tmp_path) for i in rows.column("id").to_pylist()] == ["other-3"]
    assert list(progress(tmp_path, "s")) == [(0, 400)]


def test_the_history_of_the_table_names_nobody(tmp_path: Path) -> None:
    for n in range(3):
        write(tmp_path, [f"erika-{n}", f"other-{n}"])
        compact(tmp_path, now=NOW)
    open_table(tmp_path).create_checkpoint()
    erase(tmp_path, source="s", ids=["erika-1"], accounts=["account-of-erika-2"], now=LATER)
    open_table(tmp_path).create_checkpoint()
    for path in (tmp_path / "log" / "_delta_log").iterdir():
        said = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()
        assert "erika" not in said
        assert "other" not in said
    assert compact(tmp_path, now=NOW).rows == 0, "what was put in is still known after a checkpoint"


def test_an_account_is_erased_with_all_its_posts(tmp_path: Path) -> None:
    batch = posts(["1", "2", "3"])
    same = pa.array(["erika", "someone", "erika"])
    with Writer(tmp_path) as writer:
        writer.append(meta(), batch.set_column(1, "account", same), inbox(["1", "2"]))
        writer.append(meta(source="t"), batch.set_column(1, "account", same))
    assert erase(tmp_path, source="s", accounts=["erika"], now=LATER).rows == 2
    rows = scan(tmp_path).sort("source", "text_hash").select("source", "id", "account").collect().rows()
    assert rows[:3] == [("s", None, None), ("s", "2", "someone"), ("s", None, None)]
    assert {row[2] for row in rows[3:]} == {"erika", "someone"}, "another source is another matter"
    assert [d.rows.column("id").to_pylist() for d in pull(tmp_path) if d.rows] == [["2"]]


@pytest.mark.parametrize("name", ["o'brien", 'a"b', "a\\", "a' OR 1=1 --", "\u2028é🙂", "%", "", "a\0b"])
def test_an_id_is_never_read_as_anything_else(tmp_path: Path, name: str) -> None:
    write(tmp_path, [name, "other"])
    assert erase(tmp_path, source="s", ids=[name], now=LATER).rows == 1
    assert ids_in(tmp_path) == ["other", None]


def test_many_posts_of_one_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigie.journal.table._NAMED_AT_ONCE", 3)
    mine, others = [f"erika-{n}" for n in range(10)], [f"other-{n}" for n in range(5)]
    write(tmp_path, mine + others)
    same_words = posts(others).set_column(5, "text_hash", posts(mine[:5])["text_hash"])
    with Writer(tmp_path) as writer:
        writer.append(meta(100, 200), same_words)
    assert erase(tmp_path, source="s", ids=mine, now=LATER).rows == 10
    assert ids_in(tmp_path) == sorted(others * 2) + [None] * 10


def test_frames_keep_their_places_when_people_are_erased_from_them(tmp_path: Path) -> None:
    places = write(tmp_path, ["erika", "1"], ["2"], ["erika", "3"], flagged=True)
    erase(tmp_path, source="s", ids=["erika"], now=LATER)
    assert [frame.position for frame in read_frames(tmp_path)] == places
    found = [d.rows.column("id").to_pylist() for d in pull(tmp_path, places[:1]) if d.rows is not None]
    assert found == [["2"], []], "the only flagged post of the third is gone"
    for frame in read_frames(tmp_path):
        assert frame.meta.posts == frame.posts().num_rows


def test_a_smaller_inbox_that_compresses_worse_still_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = write(tmp_path, ["erika", "1"], ["2"], flagged=True)
    real = rewriting.to_stream
    monkeypatch.setattr(rewriting, "to_stream", lambda batch: real(batch) + bytes(900 if batch.num_rows else 0))
    erase(tmp_path, source="s", ids=["erika"], now=LATER)
    assert [frame.position for frame in read_frames(tmp_path)] == places
    assert ids_in(tmp_path) == ["1", "2", None]


def test_a_post_read_again_is_neither_named_nor_counted_again(tmp_path: Path) -> None:
    write(tmp_path, ["erika", "1"])
    erase(tmp_path, source="s", ids=["erika"], now=LATER)
    write(tmp_path, ["erika", "1"], flagged=True)
    for _ in range(2):
        assert ids_in(tmp_path) == ["1", None]
        compact(tmp_path, now=LATER)
    assert [d.rows.num_rows for d in pull(tmp_path) if d.rows is not None] == [0]


def test_an_erased_post_that_was_edited_is_counted_and_not_named(tmp_path: Path) -> None:
    write(tmp_path, ["erika"])
    erase(tmp_path, source="s", ids=["erika"], now=LATER)
    with Writer(tmp_path) as writer:
        writer.append(meta(100, 200), posts(["erika"], edited=1))
    for _ in range(2):
        assert ids_in(tmp_path) == [None, None]
        compact(tmp_path, now=LATER)


def test_what_an_erased_account_posts_afterwards_is_kept(tmp_path: Path) -> None:
    write(tmp_path, ["1"])
    erase(tmp_path, source="s", accounts=["account-of-1", "account-of-2", "account-of-3"], now=NOW)
    times = [NOW - timedelta(days=3), NOW + timedelta(days=3), None]
    batch = posts(["2", "3", "3"]).set_column(2, "created_at", pa.array(times, pa.timestamp("us", tz="UTC")))
    with Writer(tmp_path) as writer:
        writer.append(meta(100, 200), batch.set_column(5, "text_hash", pa.array([1, 2, 3])))
    for _ in range(2):
        assert ids_in(tmp_path) == ["3", None, None, None]
        compact(tmp_path, now=LATER)


def test_a_backup_brings_nobody_back(tmp_path: Path) -> None:
    write(tmp_path, ["erika-1", "1"], ["erika-2"], flagged=True)
    compact(tmp_path, now=NOW)
    shutil.copytree(tmp_path / "log", tmp_path / "backup" / "log")
    shutil.copytree(tmp_path / "journal", tmp_path / "backup" / "journal")
    erase(tmp_path, source="s", ids=["erika-1"], accounts=["account-of-erika-2"], now=LATER)
    for name in ("log", "journal"):
        shutil.rmtree(tmp_path / name)
        (tmp_path / "backup" / name).rename(tmp_path / name)
    assert ids_in(tmp_path) == ["1", "erika-1", "erika-2"]
    assert replay_erasures(tmp_path, now=LATER) == 2
    assert ids_in(tmp_path) == ["1", None, None]
    assert names_in_files(tmp_path, "erika") == set()
    assert replay_erasures(tmp_path, now=LATER) == 0


def test_what_is_remembered_of_an_erasure_names_nobody(tmp_path: Path) -> None:
    write(tmp_path, ["erika"])
    erase(tmp_path, source="s", ids=["erika"], accounts=["someone"], now=LATER)
    lines = list(history(tmp_path))
    assert [line.kind for line in lines] == ["post", "account", "row", "done"]
    assert all(line.at == LATER for line in lines)
    assert all(re.fullmatch("[0-9a-f]{32}", line.hash) for line in lines[:3])
    assert lines[3].rows == 1
    (tmp_path / "elsewhere").mkdir()
    assert Erasures(tmp_path / "elsewhere").hash("post", "s", "erika") != lines[0].hash, "another secret, another hash"


STEPS = ["_rows_of", "forget", "clear", "rewrite", "fill_table", "seal"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_made_good_by_erasing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    write(tmp_path, ["erika", "1"], ["2"], flagged=True)
    compact(tmp_path, now=NOW)
    write(tmp_path, ["erika-2"], flagged=True)
    real = getattr(erasing, step)

    def gone(*given: object, **named: object) -> None:
        if after:
            real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasing, step, gone)
        with pytest.raises(KeyboardInterrupt):
            erase(tmp_path, source="s", ids=["erika"], accounts=["account-of-erika-2"], now=LATER)
    assert len(ids_in(tmp_path)) == 4
    erase(tmp_path, source="s", ids=["erika"], accounts=["account-of-erika-2"], now=LATER)
    assert ids_in(tmp_path) == ["1", "2", None, None]
    assert names_in_files(tmp_path, "erika") == set()
    write(tmp_path, ["erika"])
    assert len(ids_in(tmp_path)) == 4


def test_a_half_made_copy_is_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ["erika"], flagged=True)
    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "write_all", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(tmp_path, source="s", ids=["erika"], now=LATER)
    assert list((tmp_path / "journal").rglob("*.draft"))
    compact(tmp_path, now=LATER)
    assert not list((tmp_path / "journal").rglob("*.draft"))


def test_an_export_that_meets_an_erasure_is_asked_to_begin_again(tmp_path: Path) -> None:
    write(tmp_path, ["1", "erika"])
    compact(tmp_path, now=NOW)
    rows = batches(tmp_path, lambda part: part)
    next(rows)
    erase(tmp_path, source="s", ids=["erika"], now=LATER)
    with pytest.raises(Refused, match="ask again"):
        list(rows)


def test_a_log_that_is_empty(tmp_path: Path) -> None:
    assert erase(tmp_path, source="s", ids=["1"], now=NOW).rows == 0
    assert replay_erasures(tmp_path, now=NOW) == 0
    write(tmp_path, ["1"])
    assert ids_in(tmp_path) == [None]
    assert segments(tmp_path)
