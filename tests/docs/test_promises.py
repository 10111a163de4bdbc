"""File formats and what commands print: every key is on its page, and no page has a key that is gone."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from vigie.app.metrics import GAUGES
from vigie.decide.backtest import Backtest
from vigie.decide.labels import Label
from vigie.intake.readers.columns import Columns
from vigie.intake.readers.formats import FORMATS
from vigie.journal.log import Stats
from vigie.measure.accuracy import Confusion, Report
from vigie.records.evidence import Evidence
from vigie.records.posts import POSTS
from vigie.services.alarms import SAID

from .reading import ROOT, SOURCE, first_cells, in_code, sections, shipped_signals, text_of, words


def test_every_input_format_and_column_is_documented() -> None:
    formats = text_of("formats")
    assert {name for name in FORMATS if name != "auto"} <= first_cells(formats)
    assert set(POSTS.names) <= first_cells(formats)
    generic = first_cells(sections(formats)["Generic JSON lines"])
    assert generic == set(Columns.__struct_fields__)


@pytest.mark.parametrize("column", Columns.__struct_fields__)
def test_every_name_that_a_column_may_have_is_documented(column: str) -> None:
    rows = sections(text_of("formats"))["Generic JSON lines"].splitlines()
    row = next(line for line in rows if line.startswith(f"| `{column}` |"))
    assert in_code(row.split("|")[2]) == set(getattr(Columns(), column))


def keys(value: object) -> set[str]:
    """Every key of a TOML file, however deep, that is not the operator's own name for something."""
    if isinstance(value, list):
        return {key for part in value for key in keys(part)}
    return {key for key, part in value.items() for key in (key, *keys(part))} if isinstance(value, dict) else set()


def test_every_key_of_a_clause_file_is_documented() -> None:
    files = [tomllib.loads(file.read_text()) for file in (SOURCE / "terms" / "starter").glob("*.toml")]
    found = {key for file in files for key in keys(file)}
    assert found <= words("terms")


def test_every_key_of_a_pattern_file_is_documented() -> None:
    files = [tomllib.loads(file.read_text()) for file in (SOURCE / "detect" / "patterns").glob("*.toml")]
    found = {key for file in files for key in (*file, *keys(file["pattern"]))}
    assert found <= words("patterns")


def test_every_key_of_a_label_is_documented_and_no_other() -> None:
    assert first_cells(text_of("labels")) == set(Label.__struct_fields__)


def test_every_key_of_evaluate_is_documented() -> None:
    assert set(Report.__struct_fields__) <= first_cells(text_of("evaluate"))
    assert set(Confusion.__struct_fields__) <= words("evaluate")


def test_every_key_of_a_backtest_is_documented() -> None:
    rows = sections(text_of("cli"))["`vigie backtest`"].splitlines()
    assert set(Backtest.__struct_fields__) <= in_code(next(row for row in rows if row.startswith("| `--json`")))


def test_every_alarm_is_documented() -> None:
    assert first_cells(sections(text_of("metrics"))["Alarms"]) == set(SAID)


def test_every_metric_is_documented_and_no_other() -> None:
    named = {name for name in first_cells(text_of("metrics")) if name.startswith("vigie_")}
    assert named == set(GAUGES)


def test_every_key_of_stats_is_documented() -> None:
    assert first_cells(sections(text_of("log"))["Statistics"]) == set(Stats.__struct_fields__)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after the first command of the README, with the file of flagged posts beside it."""
    place = tmp_path_factory.mktemp("run")
    posts, data, flagged = ROOT / "examples" / "posts.jsonl", place / "data", place / "flagged.jsonl"
    vigie("moderate", posts, "--data", data, "--flagged", flagged, "--quiet")
    return place


def vigie(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "vigie", *map(str, words)], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_key_of_a_flagged_post_is_documented_and_no_other(run: Path) -> None:
    posts = [json.loads(line) for line in (run / "flagged.jsonl").read_text().splitlines()]
    assert posts
    named = first_cells(text_of("flagged"))
    assert named == {*posts[0], *Evidence.__struct_fields__}


def test_every_column_of_the_log_is_documented(run: Path) -> None:
    row = json.loads(vigie("log", "export", "--data", run / "data").splitlines()[0])
    columns = first_cells(sections(text_of("log"))["Columns"])
    assert set(row) - shipped_signals() == columns


def test_every_file_of_the_data_directory_is_documented(run: Path) -> None:
    vigie("log", "compact", "--data", run / "data")
    vigie("log", "erase", "--data", run / "data", "--id", "no such post")
    layout = {name.split("/")[0] for name in first_cells(sections(text_of("log"))["Layout"])}
    assert {path.name for path in (run / "data").iterdir()} <= layout


def test_every_key_of_explain_is_documented() -> None:
    row = next(
        line for line in sections(text_of("cli"))["`vigie explain`"].splitlines() if line.startswith("| `--json`")
    )
    assert set(json.loads(vigie("explain", "--json", "Bonjour"))) <= in_code(row)
