"""A demo is made once, in a directory of its own, and shows itself nowhere else."""

import argparse
import copy
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from tests.app.instance.serving import free_port
from tests.services.given import NOW, person
from vigie.app import background, cli, demo, preparing
from vigie.demo import logins, truth
from vigie.demo.network import POSTS
from vigie.errors import Misconfigured, Refused
from vigie.store.models import Setting
from vigie.store.people import Role


def asked(*words: str) -> argparse.Namespace:
    """The arguments of ``vigie up``, as far as the directory is known."""
    arguments = cli.parser().parse_args(["up", *words])
    arguments.data = demo.directory(arguments)
    return arguments


def marked(data: Path) -> Path:
    """A directory that says that it is a demo."""
    truth.place(data).mkdir(parents=True)
    said = truth.Made(seed=1, posts=1, began_at=NOW, event_at=NOW, now=NOW)
    (truth.place(data) / "made.json").write_bytes(msgspec.json.encode(said))
    return data


def test_a_demo_has_a_directory_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert asked().data == tmp_path / "vigie-data"
    assert asked("--demo").data == tmp_path / "vigie-demo"
    assert asked("--demo", "--data", "x").data == tmp_path / "x"
    assert asked("--demo").demo == POSTS


def test_a_demo_is_not_served_as_a_real_instance(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="holds a demo"):
        demo.prepare(asked("--data", str(marked(tmp_path / "d"))))


def test_a_real_instance_is_not_served_as_a_demo(tmp_path: Path) -> None:
    (tmp_path / "vigie.db").touch()
    with pytest.raises(Misconfigured, match="is no demo"):
        demo.prepare(asked("--demo", "--data", str(tmp_path)))
    assert list(tmp_path.iterdir()) == [tmp_path / "vigie.db"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "vigie.example"])
def test_a_demo_answers_on_this_machine_alone(tmp_path: Path, host: str) -> None:
    with pytest.raises(Misconfigured, match="this machine alone"):
        demo.prepare(asked("--demo", "--host", host, "--data", str(marked(tmp_path / "d"))))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_demo_that_is_there_is_shown_as_it_is(tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_DATABASE", raising=False)
    data = marked(tmp_path / "d")
    before = {file: file.read_bytes() for file in data.rglob("*") if file.is_file()}
    demo.prepare(asked("--demo", "--host", host, "--data", str(data)))
    assert {file: file.read_bytes() for file in data.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("name", ["VIGIE_DATABASE", "VIGIE_ORIGIN", "VIGIE_HOSTS"])
def test_a_demo_uses_no_database_and_no_address_of_a_real_one(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(Misconfigured, match=name):
        demo.prepare(asked("--demo", "--data", str(marked(tmp_path / "d"))))


def test_a_demo_takes_no_posts_of_real_people(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="--watch"):
        demo.prepare(asked("--demo", "--watch", "posts.jsonl", "--data", str(tmp_path / "d")))


def test_an_unreadable_mark_is_said(tmp_path: Path) -> None:
    (truth.place(tmp_path)).mkdir()
    (truth.place(tmp_path) / "made.json").write_text("{")
    with pytest.raises(Misconfigured, match="made again"):
        truth.made(tmp_path)


@pytest.mark.django_db
def test_the_database_of_a_demo_serves_nowhere_else() -> None:
    preparing.no_demo_elsewhere()
    with override_settings(DEMO=True), pytest.raises(Misconfigured, match="without --demo"):
        preparing.no_demo_elsewhere()
    Setting.objects.create(name=preparing.DEMO, value={}, at=NOW)
    with pytest.raises(Misconfigured, match="database of a demo"):
        preparing.no_demo_elsewhere()
    with override_settings(DEMO=True):
        preparing.no_demo_elsewhere()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.LEAD, Role.CHILDREN])
def test_only_a_demo_lets_people_decide_without_a_second_factor(role: str) -> None:
    from vigie.console.middleware import SecondFactor

    request = RequestFactory().get("/console/")
    request.user = person("anne", role)
    seen: list[object] = []
    with override_settings(DEMO=True):
        SecondFactor(seen.append)(request)  # type: ignore[arg-type,return-value,func-returns-value]
    assert seen == [request]
    assert SecondFactor(seen.append)(request).status_code == 302  # type: ignore[arg-type,return-value,func-returns-value]
    assert seen == [request]


@pytest.mark.django_db
def test_nothing_of_a_demo_leaves_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(background.sending, "send", lambda *_: sent.append(_))
    monkeypatch.setattr("vigie.services.outbox.deliver", lambda send, _at, **_: sent.append(send))
    with override_settings(DEMO=True):
        rounds = background.Rounds(tmp_path)
        rounds.once(0.0)
        rounds.end()
    assert sent
    assert background.sending.send not in sent


def test_the_list_of_logins_names_every_right() -> None:
    assert {one.role for one in logins.LOGINS} == set(Role) - {Role.INVITED}
    assert len(logins.PASSWORD) >= 12


@pytest.mark.slow
def test_from_nothing_to_a_demo_that_answers(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIE_", "DJANGO_"))}

    def up(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vigie", "up", "--check", "--port", str(free_port()), "--workers", "1"]
        return subprocess.run(
            [*command, "--data", str(data), *words], env=environment, capture_output=True, text=True, check=False
        )

    first = up("--demo", "4200")
    assert first.returncode == 0, first.stderr
    assert "is ready at http://127.0.0.1:" in first.stdout
    assert "4,200 posts" in first.stderr
    made = truth.made(data)
    assert made is not None
    assert made.posts == 4_200
    assert [one.name for one in tmp_path.iterdir()] == ["demo"]
    again = up("--demo")
    assert again.returncode == 0, again.stderr
    assert truth.made(data) == made
    assert up().returncode == 78
    (truth.place(data) / "made.json").unlink()  # the database still says what it is
    alone = up()
    assert alone.returncode == 78
    assert "database of a demo" in alone.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sign_in_page_of_a_demo_names_everybody_and_the_password(client: Client, language: str) -> None:
    page = client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert logins.PASSWORD not in page
    options = copy.deepcopy(settings.TEMPLATES)
    options[0]["OPTIONS"]["context_processors"].append("vigie.demo.logins.shown")
    with override_settings(DEMO=True, TEMPLATES=options):
        page = client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert logins.PASSWORD in page
    for one in logins.LOGINS:
        assert f"<code>{one.username}</code>" in page
        assert (one.what in page) == (language == "en")
    assert ("Qui vous pouvez être" in page) == (language == "fr")
