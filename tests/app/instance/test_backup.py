"""A backup made while posts and decisions are being written, and what is there when it is restored."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from vigie.app import archive
from vigie.app.archive import Manifest
from vigie.errors import Malformed

from .serving import Instance, until

#: Claims and decides until it is ended; each decision is said when it is committed.
DECIDE = """
import sys, time
from pathlib import Path
from vigie.app import preparing
preparing.configure(Path(sys.argv[1]))
from datetime import UTC, datetime
from vigie.services import decisions, review, wellbeing
from vigie.services.decisions import Verdict
from vigie.store.models import User
wellbeing.rested = lambda user, at: None
anne, _ = User.objects.get_or_create(username="anne", defaults={"roles": ["moderator"]})
while True:
    case = review.claim_next(anne, datetime.now(UTC))
    if case is None:
        time.sleep(0.05)
    else:
        print(decisions.settle(case.pk, Verdict(breach=False), by=anne, at=datetime.now(UTC)).pk, flush=True)
"""
KNOWN = """
import json
from vigie.store.models import Case, CasePost, Decision, Post, Account
print(json.dumps({
    "posts": sorted(Post.objects.exclude(key=None).values_list("key", flat=True)),
    "rows": CasePost.objects.count(), "pairs": CasePost.objects.values("post", "clause").distinct().count(),
    "decisions": sorted(Decision.objects.values_list("pk", flat=True)),
    "texts": [text for text in Post.objects.values_list("text", flat=True)],
    "accounts": sorted(Account.objects.exclude(key=None).values_list("key", flat=True)),
}))
"""


def posts(first: int, last: int) -> str:
    """Posts that are flagged, each by an account of its own."""
    lines = [
        {"id": f"p{n}", "account": f"a{n}", "text": f"text of p{n}. Retourne dans ton pays sale arabe", "lang": "fr"}
        for n in range(first, last)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def known(instance: Instance) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(instance.python(KNOWN).splitlines()[-1])
    return found


@contextmanager
def at_work(instance: Instance, file: Path) -> Iterator[list[int]]:
    """Posts come in and are decided all the while; the decisions that were acknowledged so far."""
    acknowledged: list[int] = []
    stop = threading.Event()

    def write() -> None:
        number = 40
        while not stop.is_set():
            with file.open("a") as more:
                more.write(posts(number, number + 2))
            number += 2
            time.sleep(0.1)

    def listen(decider: "subprocess.Popen[str]") -> None:
        assert decider.stdout is not None
        acknowledged.extend(int(line) for line in decider.stdout if line.endswith("\n"))

    reading = [sys.executable, "-m", "vigie", "moderate", str(file), "--format", "jsonl", "--source", "s", "--follow"]
    reader = subprocess.Popen(
        [*reading, "--quiet", "--data", str(instance.data)], env=instance.environment, stdout=subprocess.DEVNULL
    )
    deciding = [sys.executable, "-c", DECIDE, str(instance.data)]
    decider = subprocess.Popen(deciding, env=instance.environment, stdout=subprocess.PIPE, text=True)
    threads = [threading.Thread(target=write), threading.Thread(target=listen, args=[decider])]
    for one in threads:
        one.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        decider.kill()
        reader.terminate()
        for thread in threads:
            thread.join()
        reader.wait()
        decider.wait()
        if decider.stdout is not None:
            decider.stdout.close()


def test_backed_up_under_load_nothing_acknowledged_is_lost(instance: Instance, other: Instance, tmp_path: Path) -> None:
    file, saved = tmp_path / "posts.jsonl", tmp_path / "backup.vigie"
    file.write_text(posts(0, 40))
    instance.begin("--workers", 1)
    with at_work(instance, file) as acknowledged:
        until(lambda: len(acknowledged) > 5)
        assert instance.run("log", "erase", "--data", instance.data, "--account", "a1").returncode == 0
        logged = instance.run("log", "export", "--data", instance.data, "--columns", "id").stdout.splitlines()
        before, decided = {json.loads(line)["id"] for line in logged} - {None}, list(acknowledged)
        done = instance.run("backup", saved, "--data", instance.data)
        assert done.returncode == 0, done.stderr
        until(lambda: len(acknowledged) > len(decided) + 3)
    assert instance.run("log", "erase", "--data", instance.data, "--account", "a2").returncode == 0
    assert saved.stat().st_mode & 0o077 == 0

    erasures = instance.data / "erasures.jsonl"
    done = other.run("restore", saved, "--data", other.data, "--erasures", erasures)
    assert done.returncode == 0, done.stderr
    other.begin("--workers", 1)
    until(lambda: before - {"p1", "p2"} <= set(known(other)["posts"]))
    found = known(other)
    assert set(decided) <= set(found["decisions"])
    assert found["rows"] == found["pairs"]
    assert len(before) > 30
    assert not {"p1", "p2"} & set(found["posts"])
    assert not {"a1", "a2"} & set(found["accounts"])
    assert not [text for text in found["texts"] if text.startswith(("text of p1.", "text of p2."))]
    exported = other.run("log", "export", "--data", other.data, "--columns", "id,account").stdout
    assert '"p3"' in exported
    assert '"p2"' not in exported
    assert '"a1"' not in exported
    assert other.end() == 0


@pytest.fixture
def saved(instance: Instance, tmp_path: Path) -> Path:
    """A backup of an instance that has nothing in it."""
    assert instance.run("up", "--data", instance.data, "--port", instance.port, "--check").returncode == 0
    target = tmp_path / "backup.vigie"
    done = instance.run("backup", target, "--data", instance.data)
    assert done.returncode == 0, done.stderr
    return target


def test_what_would_do_harm_is_refused(instance: Instance, saved: Path, tmp_path: Path) -> None:
    again = instance.run("backup", saved, "--data", instance.data)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    inside = instance.run("backup", instance.data / "here", "--data", instance.data)
    assert (inside.returncode, "burn down" in inside.stderr) == (2, True)
    full = instance.run("restore", saved, "--data", instance.data)
    assert (full.returncode, "is not empty" in full.stderr) == (2, True)
    assert not list(tmp_path.glob(".*"))
    nothing = instance.run("backup", tmp_path / "b", "--data", tmp_path / "nowhere")
    assert (nothing.returncode, "no instance here" in nothing.stderr) == (2, True)


def repacked(saved: Path, target: Path, change: dict[str, bytes]) -> Path:
    """The same backup with other contents of some files."""
    content = zstandard.ZstdDecompressor().stream_reader(saved.read_bytes()).read()
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for entry in old:
            kept = old.extractfile(entry)
            assert kept is not None
            data = change.get(entry.name, kept.read())
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    target.write_bytes(zstandard.ZstdCompressor().compress(out.getvalue()))
    return target


def manifest(saved: Path) -> dict[str, object]:
    content = zstandard.ZstdDecompressor().stream_reader(saved.read_bytes()).read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        first = tar.extractfile(archive.MANIFEST)
        assert first is not None
        found: dict[str, object] = json.loads(first.read())
        return found


def test_a_backup_that_cannot_be_trusted_is_refused_and_leaves_nothing(
    saved: Path, other: Instance, tmp_path: Path
) -> None:
    says = manifest(saved)
    newer = json.dumps(says | {"format": 99, "vigie": "9.0"}).encode()
    later = json.dumps(says | {"migrations": [*says["migrations"], "store.0999_later"]}).encode()  # type: ignore[misc]
    kind = json.dumps(says | {"database": "oracle"}).encode()
    short = tmp_path / "short"
    short.write_bytes(saved.read_bytes()[:-200])
    for file, word in (
        (repacked(saved, tmp_path / "1", {archive.MANIFEST: newer}), "newer Vigie (9.0)"),
        (repacked(saved, tmp_path / "2", {archive.MANIFEST: later}), "store.0999_later"),
        (repacked(saved, tmp_path / "3", {archive.MANIFEST: kind}), "oracle"),
        (repacked(saved, tmp_path / "4", {"data/key": b"another key here"}), "data/key is not what was backed up"),
        (short, "short"),
        (Path(__file__), "is no backup"),
        (tmp_path / "none", "no such file"),
    ):
        done = other.run("restore", file, "--data", other.data)
        assert done.returncode == 2, (file, done.stderr)
        assert word in done.stderr, done.stderr
        assert not other.data.exists()
        assert not list(tmp_path.glob(".*"))
    assert other.run("restore", saved, "--data", other.data).returncode == 0
    assert other.run("up", "--data", other.data, "--port", other.port, "--check").returncode == 0


def test_no_file_of_a_backup_is_laid_outside_the_directory(tmp_path: Path) -> None:
    out = io.BytesIO()
    says = Manifest(format=1, vigie="1", at="", database="sqlite", migrations=[])
    with tarfile.open(fileobj=out, mode="w") as tar:
        packer = archive.Packer(tar)
        import msgspec

        packer.write(archive.MANIFEST, msgspec.json.encode(says))
        packer.write("data/../../outside", b"x")
    hostile = tmp_path / "hostile"
    hostile.write_bytes(zstandard.ZstdCompressor().compress(out.getvalue()))
    (tmp_path / "in").mkdir()
    with pytest.raises(Malformed, match="below the directory"):
        list(archive.unpack(hostile, tmp_path / "in"))
    shutil.rmtree(tmp_path / "in")
    assert {path.name for path in tmp_path.iterdir()} == {"hostile"}
