"""Posts that someone waits for: each caller gets his own answer, all of it is in the log, and each post counts once."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from vigie.engine.door import ASKED, Door
from vigie.engine.pipeline import judge
from vigie.engine.seen import Seen
from vigie.engine.standing import judge_of
from vigie.engine.worker import Log
from vigie.errors import Misconfigured
from vigie.intake.readers.formats import reader
from vigie.journal.compact import compact
from vigie.journal.inbox import pull
from vigie.journal.key import secret
from vigie.journal.log import scan, stats
from vigie.journal.segment import read_frames

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
JUDGE = judge_of(None, NOW.date())
EXAMPLES = (Path(__file__).parents[2] / "examples" / "posts.jsonl").read_bytes()
ALL = reader("x", head=EXAMPLES).decode(EXAMPLES).posts
POSTED = ALL.append_column("context", pa.nulls(len(ALL), pa.string())).cast(ASKED)


def door(place: Path) -> Door:
    return Door(Log(place, secret(place)), lambda: JUDGE, lambda: NOW)


def test_each_caller_gets_what_is_said_of_his_own_posts(tmp_path: Path) -> None:
    one = door(tmp_path)
    parts = [POSTED.slice(n, 3) for n in range(0, len(POSTED), 3)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda part: one.judged("api", part), parts))
    alone = judge(POSTED, *JUDGE, secret(tmp_path)).to_pylist()
    assert [row for answer in answers for row in answer.record.to_pylist()] == alone
    flagged = [row["id"] for row in alone if row["clause"]]
    assert [row["id"] for answer in answers for row in answer.inbox.to_pylist()] == flagged
    assert stats(tmp_path).posts == len(POSTED)


def test_callers_who_wait_share_a_frame_and_sources_do_not(tmp_path: Path) -> None:
    one = door(tmp_path)
    with ThreadPoolExecutor(24) as pool:
        waiting = [pool.submit(one.judged, "ab"[n % 2], POSTED.slice(n, 1)) for n in range(24)]
        assert [len(each.result().record) for each in waiting] == [1] * 24
    metas = [frame.meta for frame in read_frames(tmp_path)]
    assert sum(meta.posts for meta in metas) == 24
    assert stats(tmp_path).by_source == {"a": 12, "b": 12}


def test_a_post_sent_again_is_said_to_be_a_duplicate_and_counts_once(tmp_path: Path) -> None:
    one, other = door(tmp_path), door(tmp_path)
    first = one.judged("api", POSTED)
    again = other.judged("api", POSTED)
    assert not first.duplicate.any()
    assert again.duplicate.all()
    assert again.record.equals(first.record)
    assert stats(tmp_path).posts == len(POSTED)
    one.close(), other.close()
    compact(tmp_path, now=NOW)
    third = door(tmp_path)
    assert third.judged("api", POSTED).duplicate.all()
    assert not third.judged("another source", POSTED.slice(0, 1)).duplicate.any()
    assert stats(tmp_path).posts == len(POSTED) + 1


def test_the_same_post_twice_in_one_batch_is_a_duplicate_of_itself(tmp_path: Path) -> None:
    twice = pa.concat_batches([POSTED.slice(0, 2), POSTED.slice(1, 2)])
    assert door(tmp_path).judged("api", twice).duplicate.tolist() == [False, False, True, False]


def test_an_edit_is_no_duplicate(tmp_path: Path) -> None:
    one = door(tmp_path)
    one.judged("api", POSTED.slice(0, 1))
    edited = POSTED.slice(0, 1).set_column(1, ASKED.field("text"), pa.array(["Une autre phrase."]))
    assert not one.judged("api", edited).duplicate.any()
    assert stats(tmp_path).posts == 2


def test_what_the_platform_sent_with_a_flagged_post_is_in_the_inbox(tmp_path: Path) -> None:
    context = pa.array([f'{{"url":"https://example.org/{n}"}}' for n in range(len(POSTED))])
    one = door(tmp_path)
    one.judged("api", POSTED.set_column(8, ASKED.field("context"), context))
    rows = [row for delivery in pull(tmp_path) for row in delivery.rows.to_pylist()]
    numbers = {post: n for n, post in enumerate(POSTED.column("id").to_pylist())}
    assert rows
    assert all(row["context"] == f'{{"url":"https://example.org/{numbers[row["id"]]}"}}' for row in rows)
    assert "context" not in scan(tmp_path).collect_schema()


def test_if_the_disk_refuses_the_caller_hears_of_it_and_the_door_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = door(tmp_path)

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(Misconfigured, match="disk is full"):
            one.judged("api", POSTED.slice(0, 1))
    assert not one.judged("api", POSTED.slice(0, 1)).duplicate.any()
    assert stats(tmp_path).posts == 1


_KILLED = """
import os, sys
from pathlib import Path
from tests.engine.test_door import POSTED, door
place = Path(sys.argv[1])
answer = door(place).judged("api", POSTED)
print(len(answer.record), flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}/src{os.pathsep}{root}"}
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)], check=False, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == str(len(POSTED)), done.stderr
    assert stats(tmp_path).posts == len(POSTED)
    assert door(tmp_path).judged("api", POSTED).duplicate.all()


def test_the_memory_of_what_was_seen_is_bounded_and_may_be_lost(tmp_path: Path) -> None:
    import numpy as np

    few = Seen(tmp_path / "seen", slots=4)
    numbers = np.arange(1, 100, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    few.add(numbers)
    assert 0 < few.known(numbers).sum() <= 4
    (tmp_path / "seen").unlink()
    assert not Seen(tmp_path / "seen", slots=4).known(numbers).any()
