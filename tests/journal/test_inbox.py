"""Flagged posts are delivered in order, and their words are gone once they have been, or when they are old."""

import os
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from vigie.journal import inbox as box
from vigie.journal.compact import compact
from vigie.journal.frame import State
from vigie.journal.inbox import pull, read_inbox
from vigie.journal.segment import Position, read_frames
from vigie.journal.writer import Writer

from .given import NOW, ids_in, inbox, meta, posts, segments, write


def pulled(directory: Path, after: list[Position] | None = None) -> list[str]:
    return [i for d in pull(directory, after or []) if d.rows for i in d.rows.column("id").to_pylist()]


def test_each_writer_is_pulled_from_its_own_position(tmp_path: Path) -> None:
    with Writer(tmp_path) as one, Writer(tmp_path) as two:
        for n in range(4):
            for name, writer in (("a", one), ("b", two)):
                writer.append(meta(100 * n, 100 * n + 100, source=name), posts([f"{name}{n}"]), inbox([f"{name}{n}"]))
        one.append(meta(400, 500, source="a"), posts(["nobody"]))
        all_of_them = list(pull(tmp_path))
        assert pulled(tmp_path) == ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"]
        assert pulled(tmp_path, [all_of_them[1].position, all_of_them[6].position]) == ["a2", "a3", "b3"]
        assert pulled(tmp_path, [all_of_them[3].position, all_of_them[7].position]) == []
        two.append(meta(400, 500, source="b"), posts(["b4"]), inbox(["b4"]))
        assert pulled(tmp_path, [all_of_them[3].position, all_of_them[7].position]) == ["b4"]


def test_a_position_in_a_deleted_segment_goes_on_with_the_next(tmp_path: Path) -> None:
    (first,) = write(tmp_path, ["1"], flagged=True)
    box.shred(tmp_path, [first])
    compact(tmp_path, now=NOW)
    write(tmp_path, ["2"], flagged=True)
    assert pulled(tmp_path, [first]) == ["2"]


def test_words_are_destroyed_and_decisions_stay(tmp_path: Path) -> None:
    places = write(tmp_path, ["1", "2"], ["3"], flagged=True)
    (path,) = segments(tmp_path)
    frame = next(read_frames(tmp_path))
    assert box.shred(tmp_path, places[:1]) == 1
    assert box.shred(tmp_path, places[:1]) == 0
    again = next(read_frames(tmp_path))
    assert again.header.state == State.SHREDDED
    start = again.offset + again.header.inbox_at
    assert path.read_bytes()[start : start + again.header.inbox_size] == bytes(again.header.inbox_size)
    assert again.posts() == posts(["1", "2"])
    assert frame.inbox() is None, "also for those who looked at the frame before"
    assert pulled(tmp_path) == ["3"]
    missed = next(pull(tmp_path))
    assert (missed.rows, missed.meta.flagged) == (None, 1)
    Writer(tmp_path).close()  # every checksum still agrees


def test_shredding_that_was_cut_short_is_ended_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = write(tmp_path, ["1"], ["2"], flagged=True)
    for call in range(8):
        with monkeypatch.context() as patch:
            crash_at(patch, call)
            with pytest.raises(SystemExit):
                box.shred(tmp_path, places)
        readable = [frame.inbox() is not None for frame in read_frames(tmp_path)]
        assert len(readable) == 2, "a crash leaves no damage"
    assert box.shred(tmp_path, places) == 1, "the crash before last came after the first of the two"
    assert b"The words" not in segments(tmp_path)[0].read_bytes()
    assert box.shred(tmp_path, places) == 0


def crash_at(patch: pytest.MonkeyPatch, call: int) -> None:
    calls = 0

    def stops(name: str) -> object:
        real = getattr(os, name)

        def step(*given: object) -> object:
            nonlocal calls
            calls += 1
            if calls > call:
                raise SystemExit
            return real(*given)

        return step

    for name in ("pwrite", "fdatasync"):
        patch.setattr(os, name, stops(name))


def test_words_are_shredded_after_seven_days_though_nobody_came(tmp_path: Path) -> None:
    write(tmp_path, ["old"], at=NOW - timedelta(days=7, seconds=1), flagged=True)
    write(tmp_path, ["young"], at=NOW - timedelta(days=6), flagged=True)
    assert compact(tmp_path, now=NOW).expired == 1
    assert pulled(tmp_path) == ["young"]
    assert len([p for p in segments(tmp_path) if p.stat().st_size]) == 1
    assert ids_in(tmp_path) == ["old", "young"]
    assert compact(tmp_path, now=NOW + timedelta(days=2)).expired == 1
    assert [p for p in segments(tmp_path) if p.stat().st_size] == []


def test_words_in_the_segment_of_a_living_writer_are_shredded_too(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        writer.append(meta(0, 100, at=NOW - timedelta(days=8)), posts(["1"]), inbox(["1"]))
        assert compact(tmp_path, now=NOW).expired == 1
        writer.append(meta(100, 200), posts(["2"]), inbox(["2"]))
    assert pulled(tmp_path) == ["2"]
    assert ids_in(tmp_path) == ["1", "2"]


def test_the_inbox_of_a_source_is_read_in_order_and_once(tmp_path: Path) -> None:
    with Writer(tmp_path) as one, Writer(tmp_path) as orphan:
        for n in range(3):
            one.append(meta(100 * n, 100 * n + 100), posts([str(n)]), inbox([str(n)]))
        orphan.append(meta(100, 200), posts(["1"]), inbox(["1"]))
        orphan.append(meta(0, 0, source="pushed"), posts(["x"]), inbox(["x"]))
        orphan.append(meta(0, 0, source="pushed"), posts(["y"]), inbox(["y"]))

    def read(*sources: str) -> list[str]:
        return [i for rows in read_inbox(tmp_path, sources or None) for i in rows.column("id").to_pylist()]

    assert read("s") == ["0", "1", "2"]
    assert read("pushed") == ["x", "y"]
    assert len(read()) == 5
    assert all(a < b for a, b in pairwise(read("s")))
