"""An instance as an operator runs it: processes of its own, a data directory, and a database that is its own, too."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

WITHIN = 90.0  # seconds that any wait may take before it is in vain; nothing is measured


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN
    while not reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@contextmanager
def database_of_its_own(name: str) -> Iterator[str]:
    """The URL of an empty database on the server of the tests; empty where the tests run on SQLite."""
    server = os.environ.get("VIGIE_TEST_DATABASE", "")
    if not server:
        yield ""
        return
    import psycopg

    parts = urlsplit(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Instance:
    """``vigie`` on one data directory and one database."""

    def __init__(self, data: Path, database: str):
        self.data, self.database, self.port = data, database, free_port()
        self.environment = {**os.environ, "VIGIE_DATABASE": database, "PYTHONWARNINGS": "default"}
        for name in ("DJANGO_SETTINGS_MODULE", "VIGIE_DATA", "DJANGO_ALLOW_ASYNC_UNSAFE"):
            self.environment.pop(name, None)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            [sys.executable, "-m", "vigie", *map(str, arguments)], capture_output=True, text=True, check=False,
            timeout=300, env=self.environment | environment,
        )  # fmt: skip

    def python(self, code: str) -> str:
        """What a piece of Python prints that is run inside the instance, as a command would be."""
        begin = f"from pathlib import Path; from vigie.app import preparing; DATA = Path({str(self.data)!r})\n"
        begin += "from datetime import UTC, datetime; NOW = datetime.now(UTC)\npreparing.configure(DATA)\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + code], capture_output=True, text=True, check=False, env=self.environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def answers(self, path: str = "/readyz") -> str | None:
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return None

    def begin(self, *options: object, output: int | None = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vigie", "up", "--data", str(self.data), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *map(str, options)], env=self.environment, stdout=output, stderr=output
        )
        until(lambda: self.answers() is not None)
        return self.process

    def end(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(WITHIN)

    def killed(self) -> None:
        """Make sure that nothing is left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]


def alive(pid: int) -> bool:
    """Is this process there, and not only waiting to be buried?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
