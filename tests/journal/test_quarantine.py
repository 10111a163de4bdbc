"""Bad lines are kept once, and their bytes for seven days at most."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from vigie.errors import Misconfigured
from vigie.journal.quarantine import BadLine, Quarantine, entries, prune, raw_lines

from .given import NOW

BAD = [BadLine(2, 40, b'{"id": ', "not JSON: ends too early"), BadLine(7, 310, b"\xff", "not UTF-8")]


def test_what_is_kept_of_a_bad_line(tmp_path: Path) -> None:
    assert Quarantine(tmp_path, "s").keep(BAD, now=NOW) == 2
    first, second = entries(tmp_path)
    assert (first.source, first.line, first.offset, first.length, first.reason, first.at) == (
        *("s", 2, 40, 7, "not JSON: ends too early"),
        NOW,
    )
    assert second.hash == "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"
    assert list(raw_lines(tmp_path, "s")) == [(40, b'{"id": '), (310, b"\xff")]


def test_a_line_read_again_is_not_kept_twice(tmp_path: Path) -> None:
    one, other = Quarantine(tmp_path, "s"), Quarantine(tmp_path, "s")
    assert one.keep(BAD[:1], now=NOW) == 1
    assert other.keep(BAD, now=NOW) == 1
    assert one.keep([*BAD, *BAD], now=NOW) == 0
    assert Quarantine(tmp_path, "s").keep(BAD, now=NOW + timedelta(days=1)) == 0
    assert Quarantine(tmp_path, "another").keep(BAD, now=NOW) == 2
    assert len(list(entries(tmp_path))) == 4
    assert len(list(entries(tmp_path, "s"))) == 2
    assert len(list(raw_lines(tmp_path, "s"))) == 2


def test_every_cut_of_the_last_entry_is_mended(tmp_path: Path) -> None:
    Quarantine(tmp_path, "s").keep(BAD, now=NOW)
    (path,) = (tmp_path / "quarantine").glob("*.jsonl")
    whole = path.read_bytes()
    for size in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:size])
        assert len(list(entries(tmp_path))) == 1
        assert Quarantine(tmp_path, "s").keep(BAD, now=NOW) == 1
        assert path.read_bytes() == whole


def test_a_long_torn_line_is_cut_whole(tmp_path: Path) -> None:
    Quarantine(tmp_path, "s").keep(BAD[:1], now=NOW)
    (path,) = (tmp_path / "quarantine").glob("*.jsonl")
    whole = path.read_bytes()
    for first in (whole, b""):
        path.write_bytes(first + b"x" * 200_000)
        Quarantine(tmp_path, "s").keep(BAD[:1], now=NOW)
        assert path.read_bytes() == whole


def test_bytes_are_deleted_before_they_are_seven_days_old(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, "s")
    for days in range(10):
        quarantine.keep([BadLine(days + 1, days, b"bad", "why")], now=NOW - timedelta(days=days))
    assert prune(tmp_path, now=NOW) == 3
    assert sorted(offset for offset, _ in raw_lines(tmp_path, "s")) == list(range(7))
    assert len(list(entries(tmp_path, "s"))) == 10
    assert prune(tmp_path, now=NOW) == 0


_KEEPING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from vigie.journal.quarantine import BadLine, Quarantine
quarantine = Quarantine(Path(sys.argv[1]), "s")
for n in range(50):
    quarantine.keep([BadLine(k, k, b"bad", "why") for k in range(n, n + 10)], now=datetime(2026, 11, 20, tzinfo=UTC))
"""


def test_several_workers_at_once(tmp_path: Path) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", _KEEPING, str(tmp_path)]) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert [entry.offset for entry in entries(tmp_path)] == list(range(59))


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    quarantine = Quarantine(tmp_path, "s")
    with monkeypatch.context() as patch:
        patch.setattr("vigie.journal.disk.os.pwrite", full)
        with pytest.raises(Misconfigured, match="the disk is full"):
            quarantine.keep(BAD, now=NOW)
    assert quarantine.keep(BAD, now=NOW) == 2
