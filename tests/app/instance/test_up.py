"""``vigie up`` from the outside: it starts, keeps itself alive, ends cleanly, and refuses what would do harm."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from vigie.app.up import may_listen
from vigie.errors import Misconfigured

from .serving import Instance, alive, children, until


def test_check_starts_answers_and_stops(instance: Instance) -> None:
    done = instance.run("up", "--data", instance.data, "--port", instance.port, "--check")
    assert done.returncode == 0, done.stderr
    assert "Vigie is ready" in done.stdout
    assert "/start/" not in done.stdout
    assert instance.answers() is None


def test_sigterm_ends_it_cleanly_and_it_starts_again(instance: Instance) -> None:
    for _ in range(2):
        process = instance.begin("--workers", 1)
        begun = children(process.pid)
        assert len(begun) == 2
        assert instance.end() == 0
        assert not any(alive(pid) for pid in begun)


def test_a_child_that_dies_is_begun_again(instance: Instance) -> None:
    process = instance.begin("--workers", 1)
    before = children(process.pid)
    workers = [worker for pid in before for worker in children(pid)]
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in [*before, *workers]))
    until(lambda: len(children(process.pid)) == 2 and instance.answers() is not None)
    assert not set(children(process.pid)) & set(before)


def test_nothing_outlives_it_when_it_is_killed(instance: Instance) -> None:
    process = instance.begin("--workers", 2)
    begun = children(process.pid)
    begun += [worker for pid in begun for worker in children(pid)]
    assert len(begun) >= 4
    process.kill()
    process.wait()
    until(lambda: not any(alive(pid) for pid in begun))
    instance.begin("--workers", 1)
    assert instance.end() == 0


def test_a_worker_that_dies_is_begun_again(instance: Instance) -> None:
    process = instance.begin("--workers", 1)
    server = next(pid for pid in children(process.pid) if children(pid))
    worker = children(server)[0]
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(worker))
    until(lambda: instance.answers() is not None)
    assert alive(server)


def test_one_data_directory_is_served_once(instance: Instance) -> None:
    process = instance.begin("--workers", 1)
    done = instance.run("up", "--data", instance.data, "--port", instance.port + 1)
    assert done.returncode == 2
    assert f"process {process.pid} is serving" in done.stderr


def test_a_port_that_is_taken_is_said(instance: Instance) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", instance.port))
        other.listen()
        done = instance.run("up", "--data", instance.data, "--port", instance.port)
    assert done.returncode == 78
    assert f"--port {instance.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("host", "origin"), [("0.0.0.0", ""), ("::", "http://vigie.example")])
def test_no_network_without_encryption(host: str, origin: str) -> None:
    with pytest.raises(Misconfigured, match="readable"):
        may_listen(host, 0, origin)
    may_listen("0.0.0.0", 0, "https://vigie.example")


def test_a_database_from_the_future_is_refused(instance: Instance) -> None:
    assert instance.run("up", "--data", instance.data, "--port", instance.port, "--check").returncode == 0
    instance.python("""
from django.db.migrations.recorder import MigrationRecorder
from django.db import connection
MigrationRecorder(connection).record_applied("store", "0999_from_the_future")
""")
    done = instance.run("up", "--data", instance.data, "--port", instance.port, "--check")
    assert done.returncode == 78
    assert "store.0999_from_the_future" in done.stderr


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP TABLE store_inboxposition", "table store_inboxposition is missing"),
        ("ALTER TABLE store_outbox RENAME COLUMN event TO evnt", "column store_outbox.event is missing"),
        ("DELETE FROM django_migrations WHERE app = 'mfa'",
         "table mfa_authenticator is there already"),
    ],
)  # fmt: skip
def test_a_half_applied_migration_is_refused_and_nothing_is_touched(instance: Instance, harm: str, said: str) -> None:
    assert instance.run("up", "--data", instance.data, "--port", instance.port, "--check").returncode == 0
    instance.python(f"""
from django.db import connection
for one in {harm!r}.split(";"):
    connection.cursor().execute(one)
""")
    done = instance.run("up", "--data", instance.data, "--port", instance.port, "--check")
    assert done.returncode == 78
    assert said in done.stderr, done.stderr


def test_killed_while_it_migrates_it_goes_on_at_the_next_start(instance: Instance) -> None:
    code = """
import os, signal
from django.db.models.signals import pre_migrate
from django.db.migrations import executor
whole = executor.MigrationExecutor.apply_migration
def apply(self, state, migration, *rest, **more):
    if migration.app_label == "store":
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, state, migration, *rest, **more)
executor.MigrationExecutor.apply_migration = apply
preparing.migrate(DATA, NOW)
"""
    with pytest.raises(AssertionError):
        instance.python(code)
    done = instance.run("up", "--data", instance.data, "--port", instance.port, "--check")
    assert done.returncode == 0, done.stderr


def test_a_database_that_is_not_there_is_the_operators(tmp_path: Path) -> None:
    instance = Instance(tmp_path, "postgresql://nobody@127.0.0.1:9/none")
    done = instance.run("up", "--data", instance.data, "--port", instance.port, "--check")
    assert done.returncode == 78
    assert "VIGIE_DATABASE" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_line_of_the_log_is_json_and_says_nothing_of_people(instance: Instance) -> None:
    process = instance.begin("--workers", 1, output=subprocess.PIPE)
    for path in ("/start/a-secret-of-a-link/", "/nobody@example.org", "/console/cases/7/"):
        instance.answers(path)
    process.terminate()
    _, logged = process.communicate(timeout=60)
    lines = [json.loads(line) for line in logged.decode().splitlines()]
    assert {line["level"] for line in lines} >= {"info", "warning"}
    assert all(set(line) >= {"at", "level", "from", "message"} for line in lines)
    assert "a-secret-of-a-link" not in logged.decode()
    assert "nobody" not in logged.decode()
