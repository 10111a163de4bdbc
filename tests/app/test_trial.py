"""A trial in a process of its own: from asking to what was found; and one whose process dies is said to have."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services.given import NOW, person
from tests.services.test_workshop import RULE
from vigie.app import trial as asked
from vigie.services import terms, workshop
from vigie.store.models import RuleChange
from vigie.store.people import Role

ROOT = Path(__file__).parents[2]

_WHOLE = f"""
import sys, time
from pathlib import Path
from vigie.app import preparing, wiring
data = Path(sys.argv[1])
preparing.configure(data)
preparing.migrate(data, wiring.now())
from vigie.app.trial import Trials
from vigie.services import terms, workshop
from vigie.store.models import RuleChange, User
ada = User.objects.create(username="ada", roles=["policy"])
text = terms.text_of("clause", "hate.racism") + '''{RULE.replace("spam_words", "racism_words").replace("0.9", "0.95")}'''
change = RuleChange(kind="clause", name="hate.racism", toml=text, why="w")
change = workshop.write(change, by=ada, at=wiring.now())
change = workshop.ask_trial(change.pk, 30, by=ada, at=wiring.now())
trials = Trials(data, wiring.now)
while change.trial["state"] in ("waiting", "running"):
    trials.keep()
    time.sleep(0.1)
    change.refresh_from_db()
print(change.trial["state"], change.trial["posts"], sum(row["no_longer"] for row in change.trial["rows"]) > 0)
"""


def python(*words: object) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIE_D", "DJANGO"))}
    done = subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, check=False, text=True, env=environment, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_from_asking_to_what_was_found(tmp_path: Path) -> None:
    data = tmp_path / "data"
    python("-m", "vigie", "moderate", ROOT / "examples" / "posts.jsonl", "--data", data, "--quiet")
    posts = len((ROOT / "examples" / "posts.jsonl").read_text().splitlines())
    assert python("-c", _WHOLE, data).split() == ["done", str(posts), "True"]


@pytest.mark.django_db
def test_a_process_that_dies_is_begun_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terms.import_terms(NOW)
    ada = person("ada", Role.POLICY)
    text = (terms.text_of("clause", "platform.spam") or "") + RULE
    change = RuleChange(kind="clause", name="platform.spam", toml=text, why="w")
    change = workshop.write(change, by=ada, at=NOW)
    change = workshop.ask_trial(change.pk, 30, by=ada, at=NOW)
    begun: list[list[str]] = []

    def dies(command: list[str]) -> "subprocess.Popen[bytes]":
        begun.append(command)
        return real([sys.executable, "-c", "raise SystemExit(1)"])

    real = subprocess.Popen
    monkeypatch.setattr(asked.subprocess, "Popen", dies)
    trials = asked.Trials(tmp_path, lambda: NOW)
    while change.trial and change.trial["state"] == "waiting":
        trials.keep()
        time.sleep(0.05)
        change.refresh_from_db()
    trials.keep()
    assert (change.trial or {})["why"] == "stopped"
    assert [command[-3:-1] for command in begun] == [[str(tmp_path), str(change.pk)]]
