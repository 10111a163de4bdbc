"""The instance's secret is made once, for this user alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from vigie.errors import Misconfigured
from vigie.journal.key import secret


def test_processes_that_start_together_find_the_same_secret(tmp_path: Path) -> None:
    code = "import sys, pathlib; from vigie.journal.key import secret; print(secret(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    found = {process.communicate()[0] for process in started}
    assert found == {secret(tmp_path / "data").hex() + "\n"}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["key"]


def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    secret(tmp_path)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_secret_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(Misconfigured, match="5 bytes instead of 16"):
        secret(tmp_path)
