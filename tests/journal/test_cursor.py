"""Whose file a source is, who reads it, and what of it need not be read again."""

import subprocess
import sys
from pathlib import Path

import pytest

from vigie.errors import Refused
from vigie.journal.compact import compact
from vigie.journal.cursor import HEAD_BYTES, open_source, progress
from vigie.journal.segment import read_frames
from vigie.journal.writer import Writer

from .given import NOW, inbox, meta, posts, segments, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "1", "text": "a"}\n')
    return path


def test_a_grown_file_continues(tmp_path: Path, file: Path) -> None:
    for _ in range(3):
        with open_source(tmp_path, "s", file) as source:
            assert source.path == file
        file.write_text(file.read_text() * 200)  # soon beyond 64 KiB
    assert file.stat().st_size > HEAD_BYTES


def test_a_moved_file_continues(tmp_path: Path, file: Path) -> None:
    open_source(tmp_path, "s", file).close()
    moved = file.rename(tmp_path / "archive.jsonl")
    with open_source(tmp_path, "s", moved) as source:
        assert source.path == moved


def test_a_file_that_begins_otherwise_is_refused(tmp_path: Path, file: Path) -> None:
    open_source(tmp_path, "s", file).close()
    file.write_text(file.read_text().replace("a", "b"))
    with pytest.raises(Refused, match=r"does not begin like .* give another --source name, or the original file"):
        open_source(tmp_path, "s", file)
    open_source(tmp_path, "another", file).close()


def test_a_shorter_file_is_refused(tmp_path: Path, file: Path) -> None:
    file.write_text("x" * HEAD_BYTES * 2)
    open_source(tmp_path, "s", file).close()
    file.write_text("x" * (HEAD_BYTES + 1))
    with pytest.raises(Refused, match="65537 bytes, but source 's' had 131072"):
        open_source(tmp_path, "s", file)


def test_a_file_and_standard_input_are_two_sources(tmp_path: Path, file: Path) -> None:
    open_source(tmp_path, "s", file).close()
    with pytest.raises(Refused, match="not standard input"):
        open_source(tmp_path, "s", None)
    for _ in range(2):
        open_source(tmp_path, "t", None).close()
    with pytest.raises(Refused, match="was read from standard input"):
        open_source(tmp_path, "t", file)


@pytest.mark.parametrize(("name", "why"), [("nowhere", "no such file"), (".", "not a regular file")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        open_source(tmp_path, "s", tmp_path / name)


def test_a_finished_file_is_finished_until_it_grows(tmp_path: Path, file: Path) -> None:
    with open_source(tmp_path, "s", file) as source:
        assert source.finished is None
        source.finish(file.stat().st_size, 12345)
    with open_source(tmp_path, "s", file) as source:
        assert source.finished
        assert source.finished.end == 12345
    file.write_text(file.read_text() * 2)
    with open_source(tmp_path, "s", file) as source:
        assert source.finished is None


_HOLDING = """
import sys
from pathlib import Path
from vigie.journal.cursor import open_source
with open_source(Path(sys.argv[1]), sys.argv[2], None):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("name", ["s", "a {holder} of {braces} / …"])
def test_two_processes_on_one_source(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", _HOLDING, str(tmp_path), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Refused, match=f"process {other.pid}"):
            open_source(tmp_path, name, None)
        open_source(tmp_path, "elsewhere", None).close()
        other.kill()
    open_source(tmp_path, name, None).close()


def test_progress_is_the_union_of_all_that_is_in_the_log(tmp_path: Path) -> None:
    with Writer(tmp_path) as one, Writer(tmp_path) as two:
        one.append(meta(0, 100), posts(["1"]))
        two.append(meta(100, 250), posts(["2"]), inbox(["2"]))
        one.append(meta(300, 400), posts(["3"]))
        two.append(meta(250, 300, source="another"), posts(["4"]))
    for _ in range(3):
        assert list(progress(tmp_path, "s")) == [(0, 250), (300, 400)]
        assert list(progress(tmp_path, "another")) == [(250, 300)]
        assert list(progress(tmp_path, "unknown")) == []
        compact(tmp_path, now=NOW)


def test_the_hole_of_a_torn_frame_is_read_again(tmp_path: Path) -> None:
    """Its meta can be sound and its posts not: then its bytes are not in the log."""
    write(tmp_path, ["1"], ["2"])
    (path,) = segments(tmp_path)
    last = list(read_frames(tmp_path))[1]
    data = bytearray(path.read_bytes())
    data[last.offset + last.header.posts_at + 99] ^= 1
    path.write_bytes(data)
    assert list(progress(tmp_path, "s")) == [(0, 100)]
