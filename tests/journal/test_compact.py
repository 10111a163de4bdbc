"""Into the table once: whatever is repeated, whatever crashes, whoever lives."""

import gc
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import Misconfigured, Refused
from vigie.journal import compact as compacting
from vigie.journal import table as tables
from vigie.journal.compact import compact
from vigie.journal.cursor import progress
from vigie.journal.erase import erase
from vigie.journal.erasures import Erasures
from vigie.journal.frame import Meta, encode
from vigie.journal.log import scan, stats
from vigie.journal.once import Repeats
from vigie.journal.segment import read_frames
from vigie.journal.writer import Writer

from .given import NOW, ids_in, inbox, meta, posts, segments, write


def in_table(directory: Path) -> int:
    table = tables.lazy(directory, tables.open_table(directory))
    return 0 if table is None else table.collect().height


def test_rows_go_into_the_table_with_what_their_frame_says(tmp_path: Path) -> None:
    (place,) = write(tmp_path, ["1", "2"], source="Flux n° 1")
    done = compact(tmp_path, now=NOW)
    assert (done.rows, done.commits, done.segments, done.deleted, done.repeats) == (2, 1, 1, 1, 0)
    first, _ = scan(tmp_path).sort("id").collect().to_dicts()
    assert (first["source"], first["batch"], first["writer"]) == ("Flux n° 1", 0, place.writer)
    assert (first["rulebook"], first["model"], first["written_at"]) == ("r", "m", NOW)
    assert {name: first[name] for name in posts(["1"]).schema.names} == posts(["1", "2"]).to_pylist()[0]
    assert compact(tmp_path, now=NOW).rows == 0
    assert in_table(tmp_path) == 2


def test_delta_accepts_a_repeated_version_without_complaint_and_so_we_look_first(tmp_path: Path) -> None:
    """The trap itself, then that a segment left over by a crash does not fall into it."""
    write(tmp_path, ["1", "2"], flagged=True)  # flagged: the segment stays after compaction
    compact(tmp_path, now=NOW)
    (frame,) = read_frames(tmp_path)
    table = tables.open_table(tmp_path)
    schema = tables.columns([frame.posts_schema()], table)
    rows = scan(tmp_path).select(schema.names).collect().to_arrow().cast(schema).to_batches()
    tables.put_in(tmp_path, schema, iter(rows), {frame.segment.writer: frame.segment.number})
    assert in_table(tmp_path) == 4, (
        "Delta has them twice: if this fails, the trap is gone and compaction could be simpler"
    )
    for _ in range(3):
        assert compact(tmp_path, now=NOW).rows == 0
    assert in_table(tmp_path) == 4


def test_one_commit_holds_what_several_writers_wrote(tmp_path: Path) -> None:
    with Writer(tmp_path) as one, Writer(tmp_path) as two:
        one.append(meta(0, 100), posts(["1"]))
        two.append(meta(100, 200), posts(["2"]))
    assert compact(tmp_path, now=NOW).commits == 1
    assert compact(tmp_path, now=NOW).commits == 0
    table = tables.open_table(tmp_path)
    assert [tables.last_segment(table, writer.name) for writer in (one, two)] == [1, 1]


def test_large_segments_are_committed_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "_MUCH", 1)
    monkeypatch.setattr(compacting, "_ENOUGH_ROWS", 3)
    for n in range(5):
        write(tmp_path, [f"{n}.1", f"{n}.2"])
    assert compact(tmp_path, now=NOW).commits == 3
    assert in_table(tmp_path) == 10


def test_the_segment_of_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    with Writer(tmp_path, roll_at=1) as writer:
        for n in range(3):
            writer.append(meta(100 * n, 100 * n + 100), posts([str(n)]))
        assert compact(tmp_path, now=NOW).rows == 2
        writer.append(meta(300, 400), posts(["3"]))
        assert ids_in(tmp_path) == ["0", "1", "2", "3"]
    assert compact(tmp_path, now=NOW).rows == 2
    assert ids_in(tmp_path) == ["0", "1", "2", "3"]


def test_more_segments_than_files_may_be_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "_MANY", 10)
    for n in range(60):
        write(tmp_path, [str(n)], flagged=True)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 45, before[1]))
    try:
        with pytest.raises(Misconfigured, match="too many open files: run `vigie log compact`"):
            scan(tmp_path)
        gc.collect()  # the error held what was open
        assert list(progress(tmp_path, "s")) == [(0, 100)]
        assert compact(tmp_path, now=NOW).commits == 6
        found = stats(tmp_path)
        assert compact(tmp_path, now=NOW + timedelta(days=9)).deleted >= 60
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert found.posts == 60
    assert stats(tmp_path) == found


def test_a_segment_of_nothing_but_repeats_is_put_in_too(tmp_path: Path) -> None:
    for _ in range(2):
        write(tmp_path, ["1"])
        done = compact(tmp_path, now=NOW)
        assert done.commits == 1
        assert [path for path in segments(tmp_path) if path.stat().st_size] == []
    assert done.repeats == 1


_WRITING = """
import sys, time
from pathlib import Path
from journal.given import meta, posts, inbox
from vigie.journal.writer import Writer

source = sys.argv[2]
with Writer(Path(sys.argv[1]), roll_at=50_000) as writer:
    for n in range(1_000_000):
        ids = [f"{source}{n}.{k}" for k in range(5)]
        writer.append(meta(100 * n, 100 * n + 100, source=source, batch=n), posts(ids), inbox(ids[:1]))
        print(n, flush=True)
        time.sleep(0.005)
"""


def test_writers_compactor_eraser_and_readers_at_once(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", _WRITING, str(tmp_path)]
    said: dict[str, list[str]] = {}
    with ExitStack() as stack:
        writers = {
            source: stack.enter_context(
                subprocess.Popen([*command, source], stdout=subprocess.PIPE, text=True, env=env)
            )
            for source in "ab"
        }
        for source, writer in writers.items():
            assert writer.stdout
            said[source] = [writer.stdout.readline() for _ in range(10)]
        for n in range(5):
            compact(tmp_path, now=NOW)
            erase(tmp_path, source="a", ids=[f"a{n}.0"], now=NOW)
            found = scan(tmp_path).select("source", "batch").collect()
            assert found.height % 5 == 0
            assert found.height == 5 * found.unique().height
        for source, writer in writers.items():
            writer.kill()
            assert writer.stdout
            said[source] += [line for line in writer.stdout if line.endswith("\n")]
    compact(tmp_path, now=NOW)
    for source, confirmed in said.items():
        rows = scan(tmp_path).filter(pl.col("source") == source).collect()
        batches = rows["batch"].unique().sort().to_list()
        assert batches in (list(range(len(confirmed))), list(range(len(confirmed) + 1)))
        assert rows.height == 5 * len(batches)
        assert rows["id"].null_count() == (5 if source == "a" else 0)
        assert list(progress(tmp_path, source)) == [(0, 100 * len(batches))]


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    """A segment with an old number would be taken for one that is in the table, and lost."""
    for n in range(4):
        write(tmp_path, [str(n)])
        compact(tmp_path, now=NOW)
        compact(tmp_path, now=NOW)
    assert ids_in(tmp_path) == ["0", "1", "2", "3"]
    assert len(segments(tmp_path)) == 1


def test_a_table_restored_without_its_segments_takes_new_ones(tmp_path: Path) -> None:
    for n in range(3):
        write(tmp_path, [str(n)])
    compact(tmp_path, now=NOW)
    subprocess.run(["rm", "-r", str(tmp_path / "journal")], check=True)
    write(tmp_path, ["3"])
    compact(tmp_path, now=NOW)
    assert ids_in(tmp_path) == ["0", "1", "2", "3"]


def test_segments_older_than_the_table_are_not_silently_passed_over(tmp_path: Path) -> None:
    write(tmp_path, ["0"])
    subprocess.run(["cp", "-r", str(tmp_path / "journal"), str(tmp_path / "backup")], check=True)
    for n in range(1, 4):
        write(tmp_path, [str(n)])
    compact(tmp_path, now=NOW)
    subprocess.run(["rm", "-r", str(tmp_path / "journal")], check=True)
    (tmp_path / "backup").rename(tmp_path / "journal")
    write(tmp_path, ["4"])
    with pytest.raises(Misconfigured, match=r"older backup .* Delete .*w0/lock"):
        compact(tmp_path, now=NOW)
    (tmp_path / "journal" / "w0" / "lock").unlink()
    assert compact(tmp_path, now=NOW).repeats == 1
    assert ids_in(tmp_path) == ["0", "1", "2", "3", "4"]


def test_two_compactions_at_once(tmp_path: Path) -> None:
    with compacting.alone(tmp_path), pytest.raises(Refused, match=f"compacted by process {os.getpid()}"):
        compact(tmp_path, now=NOW)


def test_a_damaged_frame_stops_compaction_and_nothing_goes_in(tmp_path: Path) -> None:
    places = write(tmp_path, ["1"], ["2"])
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[places[1].offset - 70] ^= 8
    path.write_bytes(data)
    with pytest.raises(Misconfigured, match="byte 0 is damaged"):
        compact(tmp_path, now=NOW)
    assert in_table(tmp_path) == 0
    path.rename(path.with_suffix(".damaged"))
    assert compact(tmp_path, now=NOW).rows == 0
    assert list(progress(tmp_path, "s")) == []


# --- the same post again ---------------------------------------------------------------------------------------------


def test_a_batch_read_again_adds_nothing(tmp_path: Path) -> None:
    for _ in range(3):
        write(tmp_path, ["1", "2"], ["3", "1"])
        assert ids_in(tmp_path) == ["1", "2", "3"]
    assert compact(tmp_path, now=NOW).repeats == 9
    write(tmp_path, ["1", "2"], ["4"])
    assert ids_in(tmp_path) == ["1", "2", "3", "4"]
    assert compact(tmp_path, now=NOW).repeats == 2
    assert ids_in(tmp_path) == ["1", "2", "3", "4"]


def test_an_edited_post_and_another_source_are_other_posts(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        writer.append(meta(0, 100), posts(["1"]))
        writer.append(meta(100, 200), posts(["1"], edited=1))
        writer.append(meta(0, 100, source="t"), posts(["1"]))
    assert len(ids_in(tmp_path)) == 3
    assert compact(tmp_path, now=NOW).rows == 3


def test_the_first_row_wins(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        for n in range(3):
            writer.append(meta(100 * n, 100 * n + 100, batch=n), posts(["1"], seed=n))
    assert scan(tmp_path).select("batch").collect().rows() == [(0,)]
    compact(tmp_path, now=NOW)
    write(tmp_path, ["1"])
    compact(tmp_path, now=NOW)
    assert scan(tmp_path).select("batch").collect().rows() == [(0,)]


def test_a_post_seen_again_after_more_than_seven_days_is_a_new_row(tmp_path: Path) -> None:
    days = (0, 5, 8, 14, 30)
    for day in days:
        write(tmp_path, ["1"], at=NOW + timedelta(days=day))
    # 5 repeats 0; 8 does not, for 5 was left out; 14 repeats 8.
    assert len(ids_in(tmp_path)) == 3
    assert compact(tmp_path, now=NOW + timedelta(days=30)).rows == 3
    assert len(ids_in(tmp_path)) == 3


frames_written = st.tuples(
    st.sampled_from(["s", "t"]),
    st.lists(st.sampled_from("abcdefg"), max_size=4),
    st.integers(0, 1),
    st.sampled_from([0, 1, 6]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(frames_written | st.none(), max_size=12), st.sampled_from([1, 5_000_000]))
def test_asking_before_and_after_compaction_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, list[str], int, int] | None], at_once: int
) -> None:
    """Frames and compactions (None), against a plain rule: a row counts if none with its key counted in seven days."""
    directory, at = tmp_path_factory.mktemp("log"), NOW
    kept: dict[tuple[str, str, int], list[datetime]] = {}
    for step in history:
        if step is None:
            compact(directory, now=at)
            continue
        source, ids, edited, days = step
        at += timedelta(days=days)
        with Writer(directory) as writer:
            writer.append(meta(source=source, at=at), posts(ids, edited=edited))
        for post in ids:
            times = kept.setdefault((source, post, edited), [])
            if not any(at - earlier <= timedelta(days=7) for earlier in times):
                times.append(at)
    expected = sorted(post for (_, post, _), times in kept.items() for _ in times)
    assert ids_in(directory) == expected
    frames, nobody = list(read_frames(directory)), Erasures(directory)
    in_parts, at_a_time = (Repeats(frames, None, nobody, days=7, at_once=n) for n in (at_once, 5_000_000))
    assert len(in_parts) == len(at_a_time)
    compact(directory, now=at)
    assert ids_in(directory) == expected
    assert in_table(directory) == len(expected)


# --- crashes ---------------------------------------------------------------------------------------------------------

STEPS = [
    "seal",
    "put_in",
    "change",
    "shred",
    "settle",
    "sync_directory",
    "quarantine.prune",
]


class Crash(BaseException):
    """The process is gone."""


def crashes(patch: pytest.MonkeyPatch, step: str, *, after: bool, nth: int = 1) -> None:
    place = f"vigie.journal.compact.{step}"
    parts = step.split(".")
    real: Callable[..., object] = compacting.__dict__[parts[0]]
    for part in parts[1:]:
        real = getattr(real, part)
    calls = 0

    def gone(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            raise Crash
        result = real(*given, **named)
        if calls == nth:
            raise Crash
        return result

    patch.setattr(place, gone)


def two_writers(directory: Path) -> None:
    with Writer(directory) as one, Writer(directory) as two:
        one.append(meta(0, 100, at=NOW - timedelta(days=8)), posts(["1", "2"]), inbox(["1"]))
        two.append(meta(100, 200, bad=1, source="t"), posts(["3"]))
        one.append(meta(100, 200, skipped=2), posts(["4", "4"]))
    write(directory, ["5"], flagged=True, source="u")


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, nth: int
) -> None:
    two_writers(tmp_path)
    before = stats(tmp_path)
    with monkeypatch.context() as patch:
        crashes(patch, step, after=after, nth=nth)
        try:
            compact(tmp_path, now=NOW)
            crashed = False
        except Crash:
            crashed = True
    assert crashed or nth == 2
    for _ in range(2):
        assert stats(tmp_path) == before
        assert ids_in(tmp_path) == ["1", "2", "3", "4", "5"]
        assert list(progress(tmp_path, "s")) == [(0, 200)]
        compact(tmp_path, now=NOW)
    assert in_table(tmp_path) == 5
    assert [p for p in segments(tmp_path) if p.stat().st_size] == [tmp_path / "journal" / "w0" / "000002.seg"]


def test_a_crash_while_delta_writes_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_writers(tmp_path)

    def half(*given: object) -> Iterator[pa.RecordBatch]:
        yield from list(log_rows(*given))[:1]  # type: ignore[arg-type]
        raise RuntimeError("gone")

    log_rows = compacting.log_rows
    with monkeypatch.context() as patch:
        patch.setattr(compacting, "log_rows", half)
        with pytest.raises(Exception, match="gone"):
            compact(tmp_path, now=NOW)
    assert ids_in(tmp_path) == ["1", "2", "3", "4", "5"]
    compact(tmp_path, now=NOW)
    assert in_table(tmp_path) == 5


def test_segments_go_only_when_the_table_is_safe_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ["1"])
    synced: set[Path] = set()
    real_sync, real_unlink = os.fsync, Path.unlink

    def fsync(fd: int) -> None:
        synced.add(Path(f"/proc/self/fd/{fd}").readlink())
        real_sync(fd)

    def unlink(path: Path, missing_ok: bool = False) -> None:
        log = tmp_path / "log"
        assert path.suffix != ".seg" or {*log.rglob("*"), log} <= synced
        real_unlink(path, missing_ok)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "unlink", unlink)
    assert compact(tmp_path, now=NOW).deleted == 1


def test_a_full_disk_is_told_to_the_operator(tmp_path: Path) -> None:
    disk, dice = tmp_path / "disk", random.Random(1)
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=240k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        ids = [dice.randbytes(16).hex() for _ in range(1000)]
        with Writer(disk) as writer:
            for n in range(3):
                writer.append(meta(100 * n, 100 * n + 100), posts([f"{n}{i}" for i in ids], seed=n))
        with pytest.raises(Misconfigured, match="the disk is full"):
            compact(disk, now=NOW)
        assert not list((disk / "log").rglob("*.parquet")), "a failed commit leaves nothing behind"
        assert len(ids_in(disk)) == 3000
        subprocess.run(["mount", "-o", "remount,size=3m", str(disk)], check=True)
        compact(disk, now=NOW)
        assert len(ids_in(disk)) == 3000
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# --- columns ---------------------------------------------------------------------------------------------------------


def test_models_come_and_go_and_their_columns_stay(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        writer.append(meta(0, 100), posts(["1"], score="hate"))
        writer.append(meta(100, 200), posts(["2"], score="insult"))
    for _ in range(2):
        rows = scan(tmp_path).sort("id").collect().to_dicts()
        assert [(row["hate"] is None, row["insult"] is None) for row in rows] == [(False, True), (True, False)]
        compact(tmp_path, now=NOW)
    write(tmp_path, ["3"])
    assert scan(tmp_path).sort("id").collect()["insult"].is_null().to_list() == [True, False, True]
    compact(tmp_path, now=NOW)
    assert scan(tmp_path).sort("id").collect()["insult"].is_null().to_list() == [True, False, True]


def test_nothing_unsigned_nor_half_reaches_the_table(tmp_path: Path) -> None:
    odd = {
        "small": pa.array([200], pa.uint8()),
        "large": pa.array([2**31], pa.uint32()),
        "half": pa.array([0.5], pa.float32()).cast(pa.float16()),
        "kind": pa.array(["a"]).dictionary_encode(),
        "words": pa.array([["a", "b"]], pa.large_list(pa.large_string())),
        "at": pa.array([NOW.replace(tzinfo=None)], pa.timestamp("ms")),
    }
    batch = posts(["1"])
    for name, values in odd.items():
        batch = batch.append_column(name, values)
    with Writer(tmp_path) as writer:
        writer.append(meta(), batch)
    compact(tmp_path, now=NOW)
    row = scan(tmp_path).collect().to_dicts()[0]
    assert {name: row[name] for name in odd} == {
        "small": 200,
        "large": 2**31,
        "half": 0.5,
        "kind": "a",
        "words": ["a", "b"],
        "at": NOW,
    }


def test_a_column_that_changes_its_type_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    write(tmp_path, ["1"])
    compact(tmp_path, now=NOW)
    batch = posts(["2"])
    with Writer(tmp_path) as writer:
        writer.append(meta(), batch.set_column(4, "views", batch.column("views").cast(pa.string())))
    with pytest.raises(Misconfigured, match="column 'views' is int64 in one part of the log and string in another"):
        compact(tmp_path, now=NOW)


def test_the_layout_of_old_frames_can_still_be_read() -> None:
    """Frames are kept for years: a change to their layout needs a new version and a reader for the old one."""
    assert Meta.__struct_fields__[:5] == ("source", "batch", "begin", "end", "line")
    assert encode(meta(), posts([]))[:6] == b"VIGJ\x01\x00"
