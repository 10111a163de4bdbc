"""The command line from the outside: what a person types, what comes back, what is left on the disk."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "posts.jsonl"


def vigie(
    *arguments: object, stdin: bytes | None = None, cwd: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vigie", *map(str, arguments)]
    done = subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env=os.environ | environ, timeout=300, check=False
    )
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def stats(data: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(vigie("log", "stats", "--data", data, "--json").stdout)
    return found


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The examples, judged once: the data directory, the flagged posts, what was said."""
    place = tmp_path_factory.mktemp("examples")
    done = vigie("moderate", EXAMPLES, "--data", place / "data", "--flagged", place / "flagged.jsonl")
    assert done.returncode == 0, done.stderr
    return place / "data", place / "flagged.jsonl", done.stdout


def test_the_examples_are_judged_and_every_one_is_kept(judged: tuple[Path, Path, str]) -> None:
    data, flagged, said = judged
    found = stats(data)
    posts = len(rows(EXAMPLES))
    assert found["posts"] == posts
    assert f"{posts} posts judged" in said
    assert "Next: vigie log stats" in said
    assert found["by_route"]["human"] == len(rows(flagged))
    assert "machine" not in found["by_route"]


def test_a_flagged_post_says_why(judged: tuple[Path, Path, str]) -> None:
    texts = {row["id"]: row["text"] for row in rows(EXAMPLES)}
    for row in rows(judged[1]):
        assert set(row) >= {"id", "clause", "route", "restriction", "scores", "evidence", "model", "rulebook"}
        assert "@" in row["clause"]
        assert row["evidence"], row
        for evidence in row["evidence"]:
            assert texts[row["id"]][evidence["start"] : evidence["end"]] == evidence["words"]


def test_a_finished_file_has_nothing_new(judged: tuple[Path, Path, str]) -> None:
    data, flagged, _ = judged
    before = flagged.read_bytes()
    done = vigie("moderate", EXAMPLES, "--data", data, "--flagged", flagged)
    assert done.returncode == 0
    assert "Nothing new" in done.stdout
    assert flagged.read_bytes() == before


def test_a_grown_file_goes_on_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    lines = EXAMPLES.read_bytes().splitlines(keepends=True)
    file = tmp_path / "posts.jsonl"
    file.write_bytes(b"".join(lines[:50]) + lines[50][:40])
    first = vigie("moderate", file, "--data", tmp_path / "d")
    assert "50 posts judged" in first.stdout
    assert "unfinished" in first.stdout
    file.write_bytes(b"".join(lines[:80]))
    assert "30 posts judged" in vigie("moderate", file, "--data", tmp_path / "d").stdout
    file.write_bytes(b"".join(lines[5:90]))
    refused = vigie("moderate", file, "--data", tmp_path / "d")
    assert refused.returncode == 2
    assert "does not begin like" in refused.stderr
    assert stats(tmp_path / "d")["posts"] == 80


@pytest.mark.parametrize("workers", [1, 2])
def test_gzip_and_workers_give_the_same_log(tmp_path: Path, judged: tuple[Path, Path, str], workers: int) -> None:
    file = tmp_path / "posts.jsonl.gz"
    file.write_bytes(gzip.compress(EXAMPLES.read_bytes()))
    flagged = tmp_path / "flagged.jsonl"
    done = vigie("moderate", file, "--data", tmp_path / "d", "--flagged", flagged, "--batch", 20, "--workers", workers)
    assert done.returncode == 0, done.stderr
    kept = {"posts", "by_language", "by_route", "by_clause"}
    assert {k: stats(tmp_path / "d")[k] for k in kept} == {k: stats(judged[0])[k] for k in kept}
    without_source = [{k: v for k, v in row.items() if k != "source"} for row in rows(flagged)]
    expected = [{k: v for k, v in row.items() if k != "source"} for row in rows(judged[1])]
    assert sorted(map(json.dumps, without_source)) == sorted(map(json.dumps, expected))
    again = vigie("moderate", file, "--data", tmp_path / "d")
    assert "nothing new" in again.stderr


def test_standard_input_goes_on_when_it_has_a_name(tmp_path: Path) -> None:
    lines = EXAMPLES.read_bytes().splitlines(keepends=True)
    first = vigie("moderate", "-", "--source", "feed", "--data", tmp_path, stdin=b"".join(lines[:60]))
    assert "60 posts judged" in first.stdout
    again = vigie("moderate", "-", "--source", "feed", "--data", tmp_path, stdin=b"".join(lines[:100]))
    assert "40 posts judged" in again.stdout
    unnamed = vigie("moderate", "-", "--data", tmp_path, stdin=b"".join(lines[:10]))
    assert "10 posts judged" in unnamed.stdout


BAD = b'{"id": "1", "text": "fine"}\n{"id": "2"\n\n\xff\xfe\n{"id": "3", "text": "also fine"}\n{"id": {"a": 1}, "text": "no"}\n'


def test_bad_lines_go_to_quarantine_and_the_stream_goes_on(tmp_path: Path) -> None:
    done = vigie("moderate", "-", "--source", "s", "--format", "jsonl", "--data", tmp_path, stdin=BAD)
    assert done.returncode == 0
    assert "3 lines could not be read" in done.stdout
    entries = [
        json.loads(line) for file in (tmp_path / "quarantine").glob("*.jsonl") for line in file.read_text().splitlines()
    ]
    assert [(entry["line"], BAD[entry["offset"] :][: entry["length"]].rstrip(b"\n")) for entry in entries] == [
        (2, b'{"id": "2"'),
        (4, b"\xff\xfe"),
        (6, b'{"id": {"a": 1}, "text": "no"}'),
    ]
    assert stats(tmp_path)["quarantined"] == 3


def test_no_good_line_ends_with_2(tmp_path: Path) -> None:
    done = vigie("moderate", "-", "--source", "s", "--format", "jsonl", "--data", tmp_path, stdin=b"{\n[\n")
    assert done.returncode == 2


def hostile() -> dict[str, bytes]:
    def line(text: str) -> bytes:
        return json.dumps({"id": "1", "text": text}).encode() + b"\n"

    return {
        "a megabyte": line("sale " * 200_000),
        "deep": b'{"id": "1", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "NUL": line("a\0b"),
        "lone surrogate": b'{"id": "1", "text": "\\ud800 and \\udfff"}\n',
        "invalid UTF-8": b'{"id": "1", "text": "\xff\xfe\xc0\x80"}\n',
        "marks": line("a" + "\u0301" * 100_000),
        "backtracking": line("a" * 50_000 + "!" + "je te te te te " * 5_000),
        "expanding": line("\ufdfa" * 50_000),
        "quotes": line('"' * 100_000),
        "huge number": b'{"id": ' + b"9" * 5_000 + b', "text": "n"}\n',
    }


def test_hostile_input_is_judged_or_set_aside_and_nothing_stops(tmp_path: Path) -> None:
    stream = b"".join(hostile().values()) + b'{"id": "last", "text": "the end"}\n'
    started = time.monotonic()
    done = vigie("moderate", "-", "--source", "s", "--format", "jsonl", "--data", tmp_path, stdin=stream)
    assert done.returncode == 0, done.stderr
    found = stats(tmp_path)
    exported = vigie("log", "export", "--data", tmp_path, "--columns", "id").stdout.splitlines()
    assert '{"id":"last"}' in exported
    assert found["lines"] == len(hostile()) + 1
    assert found["quarantined"] + len(exported) >= 3
    assert time.monotonic() - started < 120  # not a timing: a guard against running for ever


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_batch_in_hand(tmp_path: Path, number: int) -> None:
    file = tmp_path / "grows.jsonl"
    file.write_bytes(EXAMPLES.read_bytes())
    command = [sys.executable, "-m", "vigie", "moderate", file, "--follow", "--data", tmp_path / "d", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    posts = len(rows(EXAMPLES))
    _until(lambda: (tmp_path / "d" / "journal").is_dir() and stats(tmp_path / "d")["posts"] == posts)
    with file.open("a") as more:
        more.write('{"id": "more", "text": "one more", "public_metrics": {}}\n')
    _until(lambda: stats(tmp_path / "d")["posts"] == posts + 1)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"goes on from there" in said


def _until(reached: object) -> None:
    assert callable(reached)
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)


def test_two_processes_on_one_source_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "grows.jsonl"
    file.write_bytes(EXAMPLES.read_bytes())
    command = [sys.executable, "-m", "vigie", "moderate", file, "--follow", "--data", tmp_path / "d", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _until((tmp_path / "d" / "journal").is_dir)
        done = vigie("moderate", file, "--data", tmp_path / "d")
        assert done.returncode == 2
        assert str(process.pid) in done.stderr
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["moderate", "nowhere.jsonl"], 2, "there is no such file"),
        (["moderate", "-", "-"], 2, "only once"),
        (["moderate", "x", "--batch", "0"], 2, "1 to 20000"),
        (["moderate", "a", "b", "--source", "s"], 2, "one stream"),
        (["moderate", "-", "--source", "é" * 101], 2, "at most 200 bytes"),
        (["log", "stats", "--data", "nowhere"], 2, "no log here"),
        (["terms", "show", "--clause", "no.such"], 2, "no clause is called"),
        (["terms", "check", "nowhere"], 78, "nowhere"),
        (["train", "nowhere"], 2, "nowhere"),
        (["train", "x", "--ablation"], 2, "--card"),
        (["evaluate", "nowhere.jsonl"], 2, "nowhere.jsonl"),
        (["bench", "--posts", "1"], 2, "--batch"),
    ],
)
def test_bad_input_says_who_can_mend_it(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = vigie(*arguments, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_is_exported_compacted_and_erased(tmp_path: Path) -> None:
    vigie("moderate", EXAMPLES, "--data", tmp_path, "--source", "s")
    posts = stats(tmp_path)["posts"]
    exported = vigie(
        "log", "export", "--data", tmp_path, "--columns", "id,language", "--where", "language = 'fr'"
    ).stdout
    ids = [json.loads(line)["id"] for line in exported.splitlines()]
    assert ids
    assert "rows into the table" in vigie("log", "compact", "--data", tmp_path).stdout
    assert stats(tmp_path)["posts"] == posts
    erased = vigie("log", "erase", "--data", tmp_path, "--source", "s", "--id", ids[0])
    assert "1 rows have lost" in erased.stdout, erased.stderr
    after = vigie("log", "export", "--data", tmp_path, "--columns", "id").stdout
    assert ids[0] not in after
    assert stats(tmp_path)["posts"] == posts
    refused = vigie("log", "export", "--data", tmp_path, "--columns", "nope")
    assert refused.returncode == 2
    assert "fingerprint" in refused.stderr


def test_help_imports_nothing_heavy() -> None:
    heavy = ("numba", "polars", "django", "pyarrow", "numpy")
    code = "import sys; from vigie.app.cli import parser; parser().format_help(); "
    code += f"print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_explain_shows_the_whole_path(tmp_path: Path) -> None:
    path = json.loads(vigie("explain", "--json", "Il fait beau, on va à la plage").stdout)
    assert (path["language"], path["clause"]) == ("fr", None)
    assert set(path) >= {"folded", "signals", "route", "evidence", "model", "rulebook"}
    said = vigie("explain", "-", stdin=b"Il fait beau").stdout
    assert "proposal  none" in said


def test_evaluate_scores_the_whole_judge(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    texts = [("What a lovely day at the beach", 0), ("Quel temps magnifique ce matin", 0), ("no label", None)]
    flagged = [row["text"] for row in rows(EXAMPLES)][:30]
    file.write_text(
        "".join(json.dumps({"text": t, "lang": "en", "hate": h}) + "\n" for t, h in texts + [(t, 1) for t in flagged])
    )
    found = json.loads(vigie("evaluate", file, "--json").stdout)
    assert set(found) == {"n", "skipped", "accuracy", "macro_f1", "confusion", "per_lang", "per_label"}
    assert (found["n"], found["skipped"]) == (32, 1)
    c = found["confusion"]
    assert c["true_positive"] + c["false_positive"] + c["false_negative"] + c["true_negative"] == 32


def test_it_runs_without_a_home_and_with_read_only_packages(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "vigie", "moderate", str(EXAMPLES), "--data", str(tmp_path / "d")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "d" / "cache" / "kernels").rglob("*.nbi"))
    assert {path.name for path in tmp_path.iterdir()} == {"d"}
