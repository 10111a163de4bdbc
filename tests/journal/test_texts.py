"""The text window: nothing unless asked for, nothing longer than promised, nobody who was erased, and a crash harms it not."""

import os
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import Misconfigured, Refused
from vigie.journal import text_writer
from vigie.journal.compact import compact
from vigie.journal.erase import erase, replay_erasures
from vigie.journal.frame import HEADER_SIZE
from vigie.journal.text_writer import TextWriter
from vigie.journal.texts import count_texts, keep_texts, look_up, purge, read_texts, text_days, text_files
from vigie.journal.writer import Writer

from .given import NOW, hash_of, meta, posts, write
from .test_erase import names_in_files

DAY = timedelta(days=1)


def kept(directory: Path, *batches: list[str], source: str = "s", at: datetime = NOW, name: str = "w0-1") -> None:
    """Each batch's texts, by one process."""
    writer = TextWriter(directory, name)
    for n, ids in enumerate(batches):
        texts = pa.array([f"The words of {i}." for i in ids], pa.string())
        writer.keep(meta(100 * n, 100 * n + 100, source=source, batch=n, at=at), posts(ids), texts)
    writer.close()


def ids(directory: Path, now: datetime = NOW, **how: int) -> list[str]:
    return [i for batch in read_texts(directory, now=now, **how) for i in batch.column("id").to_pylist()]


def days_on_disk(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "texts").iterdir() if path.is_dir())


def test_nothing_is_kept_unless_asked_for(tmp_path: Path) -> None:
    kept(tmp_path, ["1"])
    assert not (tmp_path / "texts").exists()
    for read in (lambda: list(read_texts(tmp_path, now=NOW)), lambda: count_texts(tmp_path, now=NOW)):
        with pytest.raises(Refused, match="--text-days"):
            read()
    keep_texts(tmp_path, 0)
    assert not (tmp_path / "texts").exists()


def test_a_text_is_found_under_its_key(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    kept(tmp_path, ["1", "2"], ["3"])
    (batch,) = read_texts(tmp_path, now=NOW)
    first = batch.to_pylist()[0]
    given = posts(["1", "2"]).to_pylist()[0]
    assert (first["source"], first["text"], first["written_at"]) == ("s", "The words of 1.", NOW)
    assert {name: first[name] for name in ("id", "text_hash", "language", "clause", "also", "route", "views")} == {
        name: given[name] for name in ("id", "text_hash", "language", "clause", "also", "route", "views")
    }
    assert count_texts(tmp_path, now=NOW) == 3
    keys = [("s", "3", hash_of("3")), ("s", "1", 12), ("t", "1", hash_of("1"))]
    assert look_up(tmp_path, keys, now=NOW) == {keys[0]: "The words of 3."}


def test_one_setting_for_all_who_write_and_delete(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    writer = TextWriter(tmp_path, "w0-1")
    writer.keep(meta(), posts(["1"]), pa.array(["one"]))
    keep_texts(tmp_path, 0)
    writer.keep(meta(100, 200), posts(["2"]), pa.array(["two"]))
    assert purge(tmp_path, now=NOW) == 1
    assert days_on_disk(tmp_path) == []
    keep_texts(tmp_path, 2)
    assert text_days(tmp_path) == 2
    writer.keep(meta(200, 300), posts(["3"]), pa.array(["three"]))
    assert ids(tmp_path) == ["3"]
    writer.close()


@pytest.mark.parametrize("days", [-1, 367])
def test_a_window_is_no_archive(tmp_path: Path, days: int) -> None:
    with pytest.raises(Refused, match="0 to 366"):
        keep_texts(tmp_path, days)


@pytest.mark.parametrize("said", ['{"days": 400}', '{"days": "30"}', "", "{"])
def test_nobody_guesses_what_a_damaged_setting_says(tmp_path: Path, said: str) -> None:
    keep_texts(tmp_path, 30)
    (tmp_path / "texts" / "window.json").write_text(said)
    for use in (lambda: kept(tmp_path, ["1"]), lambda: purge(tmp_path, now=NOW), lambda: ids(tmp_path)):
        with pytest.raises(Misconfigured, match=r"window\.json"):
            use()


def test_days_come_in_order_and_leave_whole(tmp_path: Path) -> None:
    keep_texts(tmp_path, 3)
    for back in (0, 3, 1, 2):
        kept(tmp_path, [f"{back}"], at=NOW - back * DAY)
    assert ids(tmp_path) == ["2", "1", "0"], "what is too old is not given, purged or not"
    assert ids(tmp_path, days=2) == ["1", "0"]
    assert ids(tmp_path, days=9) == ["2", "1", "0"]
    assert len(days_on_disk(tmp_path)) == 4
    compact(tmp_path, now=NOW)
    assert len(days_on_disk(tmp_path)) == 3
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    assert purge(tmp_path, now=midnight - timedelta(seconds=1)) == 0
    assert purge(tmp_path, now=midnight) == 1
    keep_texts(tmp_path, 1)
    assert (ids(tmp_path, midnight), purge(tmp_path, now=midnight), days_on_disk(tmp_path)) == ([], 2, [])


def test_a_batch_that_was_read_again_is_given_once(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    kept(tmp_path, ["1", "2"], ["3"], at=NOW - DAY)
    kept(tmp_path, ["2", "3", "3", "4"], name="w1-1")
    kept(tmp_path, ["1"], source="t")
    assert Counter(ids(tmp_path)) == Counter(["1", "2", "3", "4", "1"])
    assert Counter(ids(tmp_path, dedupe_days=0)) == Counter(["1", "2", "3", "2", "3", "4", "1"])


def test_files_are_readable_for_their_owner_alone(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    kept(tmp_path, ["1"])
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "texts").rglob("*")}
    assert modes == {0o600, 0o700}


@settings(max_examples=40)
@given(st.data())
def test_a_torn_file_gives_what_was_whole(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    place = tmp_path_factory.mktemp("torn")
    keep_texts(place, 30)
    kept(place, ["1"])
    (path,) = text_files(place)
    first = path.stat().st_size
    kept(place, ["1"], ["2"], name="w1-1")
    _, path = text_files(place)
    whole = path.stat().st_size
    os.truncate(path, data.draw(st.integers(0, whole - 1)))
    assert set(ids(place)) == {"1"}
    kept(place, ["2"], name="w1-1")
    assert ids(place) == ["1", "2"], f"written again after the crash, elsewhere ({first}, {whole})"
    shutil.rmtree(place)


def test_damage_in_the_middle_is_for_a_person_to_mend(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    kept(tmp_path, ["1"], ["2"])
    (path,) = text_files(tmp_path)
    with path.open("r+b") as file:
        file.seek(HEADER_SIZE + 5)
        file.write(b"\xff\xff")
    with pytest.raises(Misconfigured, match="delete it"):
        ids(tmp_path)


def test_an_erased_person_leaves_the_window(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    write(tmp_path, ["erika-1", "other"])
    alive = TextWriter(tmp_path, "w0-1")
    alive.keep(meta(), posts(["erika-1", "other"]), pa.array(["I am Erika.", "I am not."]))
    kept(tmp_path, ["erika-2"], ["3"], name="w1-1", at=NOW - DAY)
    kept(tmp_path, ["erika-1"], source="t", at=NOW - 2 * DAY)
    erase(tmp_path, source="s", ids=["erika-1"], accounts=["account-of-erika-2"], now=NOW)
    assert ids(tmp_path) == ["erika-1", "3", "other"], "another source is another matter"
    alive.keep(meta(100, 200), posts(["4"]), pa.array(["Later."]))
    alive.close()
    assert ids(tmp_path) == ["erika-1", "3", "other", "4"], (
        "what comes later does not go into the file that was replaced"
    )
    erase(tmp_path, source="t", ids=["erika-1"], now=NOW)
    texts = [row for path in text_files(tmp_path) for frame in text_writer.TextFile(path).frames()
             for row in frame.posts().to_pylist()]  # fmt: skip
    assert "erika" not in str(texts).lower()
    assert not names_in_files(tmp_path, "erika", "Erika")


def test_an_erased_person_who_comes_again_is_not_given(tmp_path: Path) -> None:
    keep_texts(tmp_path, 30)
    write(tmp_path, ["erika"])
    erase(tmp_path, source="s", ids=["erika"], accounts=["account-of-2"], now=NOW)
    kept(tmp_path, ["erika", "1", "2"])
    assert ids(tmp_path) == ["1"]
    assert not look_up(tmp_path, [("s", "erika", hash_of("erika"))], now=NOW)
    replay_erasures(tmp_path, now=NOW)
    (path,) = text_files(tmp_path)
    assert [frame.posts()["id"].to_pylist() for frame in text_writer.TextFile(path).frames()] == [["1"]]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_an_erasure_that_a_crash_cut_short_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    keep_texts(tmp_path, 30)
    write(tmp_path, ["erika", "1"])
    kept(tmp_path, ["erika", "1"])

    def gone(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "replace") if step == "replace" else (text_writer.os, "fsync")), gone)
        with pytest.raises(KeyboardInterrupt):
            text_writer.forget_texts(tmp_path, lambda _source, some: [i == "erika" for i in some["id"].to_pylist()])
    assert list((tmp_path / "texts").rglob(".*.draft"))
    assert ids(tmp_path) == ["erika", "1"]
    erase(tmp_path, source="s", ids=["erika"], now=NOW)
    assert ids(tmp_path) == ["1"]
    compact(tmp_path, now=NOW)
    assert not list((tmp_path / "texts").rglob(".*.draft"))


def test_a_batch_whose_text_cannot_be_kept_leaves_a_tail_that_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_texts(tmp_path, 30)
    writer = TextWriter(tmp_path, "w0-1")
    with monkeypatch.context() as patch:
        patch.setattr(text_writer, "write_all", lambda fd, data, at: (os.pwrite(fd, data[:60], at), 1 / 0))
        with pytest.raises(ZeroDivisionError):
            writer.keep(meta(), posts(["1"]), pa.array(["one"]))
    writer.keep(meta(), posts(["1"]), pa.array(["one"]))
    writer.close()
    assert ids(tmp_path) == ["1"]
    with Writer(tmp_path):
        pass  # the log is another matter
