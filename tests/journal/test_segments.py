"""The writer: what was confirmed is there, what a crash cut short is cut off, damage is never passed over."""

import errno
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.errors import Misconfigured
from vigie.journal.segment import read_frames, writer_directories
from vigie.journal.writer import Writer, seal

from .given import NOW, inbox, meta, posts, segments, write


def batches(directory: Path) -> list[int]:
    return [frame.meta.batch for frame in read_frames(directory)]


def test_frames_are_read_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    places = write(tmp_path, ["1"], ["2", "3"], flagged=True)
    frames = list(read_frames(tmp_path))
    assert [frame.position for frame in frames] == places
    assert frames[1].posts() == posts(["2", "3"])
    assert frames[1].inbox() == inbox(["2"])
    assert frames[1].meta.writer == places[0].writer
    assert [f.meta.batch for f in read_frames(tmp_path, "w1")] == []


def test_each_living_writer_has_a_directory_of_its_own(tmp_path: Path) -> None:
    with Writer(tmp_path) as first, Writer(tmp_path) as second:
        assert (first.name[:3], second.name[:3]) == ("w0-", "w1-")
    with Writer(tmp_path) as third:
        assert third.name == first.name


def test_a_full_segment_is_left_for_a_new_one(tmp_path: Path) -> None:
    with Writer(tmp_path, roll_at=5000) as writer:
        for n in range(6):
            writer.append(meta(batch=n), posts([str(n)]))
    assert [path.name for path in segments(tmp_path)] == ["000001.seg", "000002.seg", "000003.seg", "000004.seg"][
        : len(segments(tmp_path))
    ]
    assert len(segments(tmp_path)) > 1
    assert all(path.stat().st_size <= 5000 for path in segments(tmp_path))
    assert batches(tmp_path) == list(range(6))


def test_a_frame_larger_than_a_segment_gets_one_of_its_own(tmp_path: Path) -> None:
    with Writer(tmp_path, roll_at=10) as writer:
        for n in range(2):
            writer.append(meta(batch=n), posts([str(n)]))
    assert len(segments(tmp_path)) == 2


def test_every_cut_of_the_last_frame_leaves_the_frames_before_it(tmp_path: Path) -> None:
    write(tmp_path, ["1"], ["2"], flagged=True)
    (path,) = segments(tmp_path)
    whole, second = path.read_bytes(), list(read_frames(tmp_path))[1].offset
    for size in range(second, len(whole)):
        path.write_bytes(whole[:size])
        assert batches(tmp_path) == [0]
        with Writer(tmp_path) as writer:
            assert writer.cut == size - second
        assert path.stat().st_size == second


def test_a_last_frame_of_full_length_that_the_disk_did_not_finish_is_cut(tmp_path: Path) -> None:
    """A disk may write the end of a frame and not its middle: any block of it can be zeros."""
    write(tmp_path, ["1"], ["2"], flagged=True)
    (path,) = segments(tmp_path)
    whole, second = path.read_bytes(), list(read_frames(tmp_path))[1].offset
    for start in range(second, len(whole), 64):
        size = min(64, len(whole) - start)
        if whole[start : start + size] == bytes(size):
            continue
        path.write_bytes(whole[:start] + bytes(size) + whole[start + size :])
        assert batches(tmp_path) == [0]
        with Writer(tmp_path) as writer:
            assert writer.cut == len(whole) - second
    path.write_bytes(whole[:second] + bytes(len(whole) - second))
    assert batches(tmp_path) == [0]


def test_a_flipped_bit_before_the_last_frame_stops_the_writer_and_says_where(tmp_path: Path) -> None:
    places = write(tmp_path, ["1", "2"], ["3"], ["4"], flagged=True)
    (path,) = segments(tmp_path)
    whole, dice = path.read_bytes(), random.Random(3)
    header_of_second = range(places[1].offset, places[1].offset + 44)
    for at in [*dice.sample(range(places[2].offset), 150), *header_of_second]:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        frame = max(place.offset for place in places if place.offset <= at)
        with pytest.raises(Misconfigured, match=rf"000001\.seg: the frame at byte {frame} is damaged"):
            Writer(tmp_path)
    path.write_bytes(whole)
    with Writer(tmp_path) as writer:
        assert writer.cut == 0


def test_damage_met_while_reading_rows_stops_the_reader(tmp_path: Path) -> None:
    place = write(tmp_path, ["1"], ["2"], flagged=True)[0]
    (path,) = segments(tmp_path)
    frame = next(read_frames(tmp_path))
    for at, read in ((frame.header.posts_at, frame.posts), (frame.header.inbox_at, frame.inbox)):
        data = bytearray(whole := path.read_bytes())
        data[place.offset + at + 50] ^= 4
        path.write_bytes(data)
        with pytest.raises(Misconfigured, match="byte 0 is damaged"):
            read()
        path.write_bytes(whole)


def test_a_segment_set_aside_as_damaged_keeps_its_number(tmp_path: Path) -> None:
    write(tmp_path, ["1"])
    (path,) = segments(tmp_path)
    path.rename(path.with_suffix(".damaged"))
    write(tmp_path, ["2"])
    assert [path.name for path in segments(tmp_path)] == ["000002.seg"]


def test_a_place_in_the_log_never_holds_two_frames(tmp_path: Path) -> None:
    """Someone may have seen a frame that a power cut then took away: what comes next must not look like it."""
    first = write(tmp_path, ["1"])
    (path,) = segments(tmp_path)
    path.write_bytes(b"")
    assert write(tmp_path, ["2"])[0] > first[0]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
def test_a_frame_that_the_disk_refuses_is_not_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    real = os.pwrite

    def fails(fd: int, *rest: bytes) -> int:
        if rest:
            real(fd, bytes(rest[0][:100]), rest[1])  # type: ignore[call-overload]  # part of it gets there
        raise OSError(code, os.strerror(code))

    with Writer(tmp_path) as writer:
        writer.append(meta(batch=0), posts(["1"]))
        with monkeypatch.context() as patch:
            patch.setattr(f"vigie.journal.writer.os.{call}", fails)
            with pytest.raises(Misconfigured, match="journal/w0: "):
                writer.append(meta(batch=1), posts(["2"]))
        assert batches(tmp_path) == [0]
        writer.append(meta(batch=2), posts(["3"]))  # once there is room again
    assert batches(tmp_path) == [0, 2]


def test_an_interrupted_frame_is_not_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Writer(tmp_path) as writer:
        with monkeypatch.context() as patch:
            patch.setattr("vigie.journal.writer.os.fdatasync", lambda fd: signal.raise_signal(signal.SIGINT))
            with pytest.raises(KeyboardInterrupt):
                writer.append(meta(), posts(["1"]))
        assert batches(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def append_many(writer: Writer, ids: list[str]) -> None:
    for n in range(100):
        writer.append(meta(batch=n), posts(ids, seed=n))


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    ids = [random.Random(1).randbytes(8).hex() for _ in range(500)]
    with Writer(small_disk) as writer:
        with pytest.raises(Misconfigured, match="the disk is full") as raised:
            append_many(writer, ids)
        done = batches(small_disk)
        assert raised.value.exit_code == 78
        assert done
        assert done == list(range(len(done)))
        (small_disk / "journal" / "w0" / "000001.seg").unlink()
        writer.append(meta(batch=99), posts(["1"]))
    assert batches(small_disk) == [99]


def test_a_disk_that_is_really_read_only(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Misconfigured, match="read-only"):
        Writer(small_disk)


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Misconfigured, match="this is a file"):
        Writer(tmp_path / "data")


_APPENDING = """
import sys
from pathlib import Path
from journal.given import meta, posts, inbox
from vigie.journal.writer import Writer

with Writer(Path(sys.argv[1])) as writer:
    for n in range(1_000_000):
        writer.append(meta(100 * n, 100 * n + 100, batch=n), posts([f"{n}.{k}" for k in range(20)]), inbox([f"{n}.0"]))
        print(n, flush=True)
"""


def appending(directory: Path) -> "subprocess.Popen[str]":
    tests = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", _APPENDING, str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": tests},
    )


def test_kill_9_loses_no_confirmed_frame(tmp_path: Path) -> None:
    before: list[int] = []
    for enough in (5, 17, 40):
        with appending(tmp_path) as process:
            assert process.stdout
            said = [int(process.stdout.readline()) for _ in range(enough)]
            process.kill()
            said += [int(line) for line in process.stdout if line.endswith("\n")]
        with Writer(tmp_path):
            found = batches(tmp_path)
        # The last one may have been confirmed before it could be said.
        assert found in ([*before, *said], [*before, *said, len(said)])
        before = found


def test_a_reader_beside_a_living_writer_sees_whole_frames_in_order(tmp_path: Path) -> None:
    with appending(tmp_path) as process:
        assert process.stdout
        process.stdout.readline()
        for _ in range(8):
            found = [frame.posts().num_rows and frame.meta.batch for frame in read_frames(tmp_path)]
            assert found == list(range(len(found)))
        process.kill()


def test_a_sealed_segment_is_left_by_its_living_writer(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        writer.append(meta(batch=0), posts(["1"]))
        (place,) = writer_directories(tmp_path)
        seal(place)
        seal(place)  # there is nothing in the new one to seal
        assert writer.append(meta(batch=1), posts(["2"])).segment == 3
    assert batches(tmp_path) == [0, 1]


def test_appending_does_not_load_what_only_asking_needs(tmp_path: Path) -> None:
    code = "import sys, vigie.journal.writer, vigie.journal.cursor, vigie.journal.quarantine, vigie.journal.inbox;"
    code += "print([m for m in ('polars', 'deltalake', 'pyarrow.dataset', 'pyarrow.parquet') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("column", ["source", "written_at"])
def test_posts_may_not_bring_the_columns_that_the_log_adds(tmp_path: Path, column: str) -> None:
    with Writer(tmp_path) as writer, pytest.raises(ValueError, match=column):
        writer.append(meta(), posts(["1"], score=column))


def test_a_post_without_a_key_is_a_bug(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer, pytest.raises(ValueError, match="its id"):
        writer.append(meta(), posts(["1"]).set_column(0, "id", [None]))


def test_the_files_are_for_this_user_alone(tmp_path: Path) -> None:
    write(tmp_path / "some" / "data", ["1"], at=NOW)
    (path,) = segments(tmp_path / "some" / "data")
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "some" / "data").stat().st_mode & 0o777 == 0o700
