"""``vigie backtest`` from the outside: it finds by itself whether the log is enough, and says what would have changed."""

import json
import shutil
from pathlib import Path

import pytest

from vigie.detect import patterns

from .test_cli import EXAMPLES, ROOT, vigie

STARTER = ROOT / "src" / "vigie" / "terms" / "starter"

PATTERN = """
[[pattern]]
regex = 'blorptastic'
score = 0.9
why = "an invented word"
match = "blorptastic"
near_miss = "blorp"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data directories in which the examples and a post with an invented word were judged; one keeps texts."""
    place = tmp_path_factory.mktemp("backtest")
    posts = EXAMPLES.read_text() + json.dumps({"id": "new", "text": "This was blorptastic, the best of days."}) + "\n"
    (place / "posts.jsonl").write_text(posts)
    for name, days in (("texts", 30), ("none", 0)):
        done = vigie("moderate", place / "posts.jsonl", "--data", place / name, "--text-days", days)
        assert done.returncode == 0, done.stderr
    return place


def terms(place: Path, *, with_pattern: bool = False) -> Path:
    """The starter set, to be changed."""
    shutil.rmtree(place / "terms", ignore_errors=True)
    shutil.copytree(STARTER, place / "terms")
    if with_pattern:
        (place / "terms" / "patterns").mkdir()
        for file in patterns.SHIPPED.glob("*.toml"):
            text = file.read_text() + (PATTERN if file.name == "spam_words.en.toml" else "")
            (place / "terms" / "patterns" / file.name).write_text(text)
    return place / "terms"


def backtest(place: Path, data: str, *more: object) -> dict[str, object]:
    done = vigie("backtest", "--data", place / data, *more, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("data", ["texts", "none"])
def test_unchanged_rules_change_nothing(place: Path, data: str) -> None:
    done = vigie("backtest", "--data", place / data, "--terms", terms(place))
    assert "Nothing changes." in done.stdout
    assert "the scores in the log" in done.stdout
    assert "100%" in done.stderr
    assert "left" in done.stderr


@pytest.mark.parametrize("data", ["texts", "none"])
def test_a_condition_is_tried_on_the_log(place: Path, data: str) -> None:
    changed = terms(place)
    spam = changed / "platform.spam.toml"
    spam.write_text(spam.read_text() + '\n[[rule]]\nin_force_from = 2099-01-01\nwhen = "spam_words >= 0.999"\n')
    done = vigie("backtest", "--data", place / data, "--terms", changed)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("platform.spam"))
    assert row.split()[1:] == ["en", "1", "0", "0", "1", "0"]
    assert backtest(place, data, "--terms", changed, "--against", changed) == backtest(place, data, "--terms", changed)
    found = backtest(place, data, "--terms", changed, "--against", STARTER)
    assert [(c["clause"], c["after"]) for c in found["sample"] if c["after"] is None] == [("platform.spam", None)]
    assert "text" not in found["sample"][0]


def test_a_pattern_is_tried_on_kept_texts(place: Path) -> None:
    found = backtest(place, "texts", "--terms", terms(place, with_pattern=True))
    newly = [(c["id"], c["clause"]) for c in found["sample"] if c["before"] is None]
    assert newly == [("new", "platform.spam")]
    against = backtest(place, "texts", "--terms", terms(place, with_pattern=True), "--against", STARTER)
    assert against == found


def test_a_pattern_is_refused_where_no_texts_are_kept(place: Path) -> None:
    done = vigie("backtest", "--data", place / "none", "--terms", terms(place, with_pattern=True))
    assert done.returncode == 2
    assert "--text-days" in done.stderr
    assert not done.stdout


def test_what_cannot_be_asked_is_refused(place: Path, tmp_path: Path) -> None:
    for arguments, why in (
        (("--data", tmp_path), "no log here"),
        (("--data", place / "texts", "--days", 0), "give 1 or more"),
    ):
        done = vigie("backtest", *arguments)
        assert done.returncode == 2
        assert why in done.stderr
