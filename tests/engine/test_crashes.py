"""kill -9 at random moments, restarted each time: every post is once in the log, and the flagged set is as if undisturbed."""

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.journal.texts import read_texts

KILLS = 10
ROOT = Path(__file__).parents[2]


def _grown(data: Path) -> int:
    return sum(path.stat().st_size for path in data.glob("journal/*/*.seg"))


def _command(file: Path, data: Path, flagged: Path, workers: int) -> list[str]:
    where = ["--data", str(data), "--flagged", str(flagged), "--workers", str(workers), "--batch", "50", "--quiet"]
    where += ["--text-days", "30"]
    return [sys.executable, "-m", "vigie", "moderate", str(file), *where]


def _exported(data: Path) -> list[str]:
    out = subprocess.run(
        [sys.executable, "-m", "vigie", "log", "export", "--data", str(data), "--columns", "id"],
        capture_output=True,
        check=True,
    )
    return [json.loads(line)["id"] for line in out.stdout.splitlines()]


def _texts(data: Path) -> list[tuple[str, str]]:
    found = read_texts(data, now=datetime.now(UTC))
    return [(row["id"], row["text"]) for batch in found for row in batch.select(["id", "text"]).to_pylist()]


def _flagged(path: Path) -> list[str]:
    return sorted(path.read_text().splitlines())


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, thirty times over with other ids: 6,000 posts."""
    posts = [json.loads(line) for line in (ROOT / "examples" / "posts.jsonl").read_text().splitlines()]
    path = tmp_path_factory.mktemp("stream") / "posts.jsonl"
    many = ({**post, "id": f"{n}-{post['id']}"} for n in range(30) for post in posts)
    path.write_text("".join(json.dumps(post) + "\n" for post in many))
    return path


@pytest.mark.slow
def test_killed_and_restarted_it_loses_nothing_and_counts_nothing_twice(tmp_path: Path, stream: Path) -> None:
    draw = random.Random(20221201)
    data, flagged = tmp_path / "d", tmp_path / "f.jsonl"
    kills = 0
    for attempt in range(60):
        process = subprocess.Popen(
            _command(stream, data, flagged, 1 + attempt % 2), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        before = _grown(data)
        while process.poll() is None and _grown(data) == before:
            time.sleep(0.005)
        time.sleep(draw.random() * 0.15)
        if kills < KILLS and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
        break
    assert kills >= 3, "the stream was over before it could be killed"
    subprocess.run(
        _command(stream, tmp_path / "calm", tmp_path / "calm.jsonl", 1), check=True, stdout=subprocess.DEVNULL
    )
    assert sorted(_exported(data)) == sorted(json.loads(line)["id"] for line in stream.read_text().splitlines())
    assert _flagged(flagged) == _flagged(tmp_path / "calm.jsonl")
    posts = (json.loads(line) for line in stream.read_text().splitlines())
    assert sorted(_texts(data)) == sorted((post["id"], post["text"]) for post in posts)
