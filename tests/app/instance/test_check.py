"""``vigie check``: what is not fit is found, and it is said who mends it."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings as Configured  # type: ignore[attr-defined]

from tests.services.given import case, person
from vigie.app.check import findings
from vigie.services import second_person, settings
from vigie.services.second_person import missing
from vigie.store.models import Case, Delivery, Endpoint, Fact, Outbox, RuleChange, Setting, User
from vigie.store.people import Role

from .serving import Instance


def said(data: Path) -> dict[str, str]:
    """What is found, with its level."""
    return {finding.what: finding.level for finding in findings(data)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A private data directory whose background process has just ended a round."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "background").touch()
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.mark.django_db
def test_an_instance_of_one_person_is_told_which_rules_wait(data: Path) -> None:
    person("anne", Role.ADMINISTRATOR, Role.LEAD, Role.MODERATOR, Role.POLICY)
    rules = {one.rule for one in missing()}
    assert rules == {"second look", "disagreement", "rule publication"}
    found = said(data)
    assert found["1 people who decide or administer have no second factor"] == "warning"
    assert found["second look: decisions drawn for a blind second look wait"] == "warning"


@pytest.mark.django_db
def test_a_case_that_waits_for_somebody_who_is_not_there_is_an_error(data: Path) -> None:
    anne = person("anne", Role.LEAD, Role.MODERATOR)
    case(status="second_look", queue="second_look", decided_by=anne)
    what = "1 cases wait for a second person whom the team does not have (case 1 first)"
    assert said(data)[what.replace("case 1 first", f"case {Case.objects.get().pk} first")] == "error"


@pytest.mark.django_db
def test_a_change_of_rules_that_waits_for_nobody_is_said(data: Path) -> None:
    anne = person("anne", Role.POLICY)
    RuleChange.objects.create(kind="clause", name="hate.racism", toml="x", why="w", by=anne, at=datetime.now(UTC))
    found = [finding for finding in findings(data) if "second policy lead" in finding.what]
    assert [(one.level, one.who) for one in found] == [("warning", "policy lead")]
    assert found[0].how.startswith("an administrator must give")


@pytest.mark.django_db
def test_that_alarms_reach_nobody_by_mail_is_said(data: Path, settings: Configured) -> None:
    admin = person("root", Role.ADMINISTRATOR)
    assert said(data)["alarms reach nobody by mail"] == "note"
    admin.email = "root@example.org"
    admin.save()
    settings.MAIL = {"EMAIL_HOST": "mail.example"}
    assert "alarms reach nobody by mail" not in said(data)


@pytest.mark.django_db
def test_a_full_team_has_nothing_that_waits() -> None:
    for name in ("anne", "bao", "chloe"):
        person(name, Role.LEAD, Role.MODERATOR, Role.POLICY)
    person("dev", Role.CHILDREN)
    case("a"), case("b", clause="children.exploitation")
    assert missing() == []


@pytest.mark.django_db
def test_cases_that_nobody_is_given_are_an_error(data: Path) -> None:
    person("anne", languages=["en"])
    person("lead", Role.LEAD)
    case("a", clause="children.exploitation")
    assert said(data)["cases of children in fr: nobody is given them"] == "error"
    person("dev", Role.CHILDREN, languages=["en"])
    assert [one.rule for one in missing() if one.serious] == ["cases of children in fr"]
    User.objects.filter(username="dev").update(languages=["fr"])
    assert not [one for one in missing() if one.serious]


@pytest.mark.django_db
def test_without_second_looks_nobody_is_missed_for_them() -> None:
    lead = person("lead", Role.LEAD)
    settings.change("second_look_share", 0.0, by=lead, at=datetime.now(UTC))
    assert "second look" not in {one.rule for one in missing()}
    assert second_person.missing([]) == [one for one in missing([]) if one.rule == "rule publication"]


@pytest.mark.django_db
def test_what_did_not_arrive_and_a_clock_that_was_set_back(data: Path) -> None:
    one, anne = case("a"), person("anne")
    now = datetime.now(UTC)
    Fact.objects.create(case=one, at=now + timedelta(hours=2), kind="note")
    decision = one.decisions.create(at=now, by=anne, breach=True)
    told = Outbox.objects.create(
        decision=decision, event="decided", payload={}, not_before=now - timedelta(hours=1), number=1,
        released_at=now - timedelta(hours=1),
    )  # fmt: skip
    end = Endpoint.objects.create(url="https://platform.example/", secret="s", made_at=now)
    Delivery.objects.create(outbox=told, endpoint=end, dead_at=now)
    found = said(data)
    assert found["1 messages to the platform are no longer tried"] == "warning"
    assert found["1 decisions were not confirmed in time"] == "warning"
    assert any(what.startswith("the clock was set back") and level == "error" for what, level in found.items())


@pytest.mark.django_db
def test_a_place_that_is_not_fit(data: Path) -> None:
    data.chmod(0o755)
    Setting.objects.create(name="zone", value="Europe/Nowhere", at=datetime.now(UTC))
    (data / "locks" / "backup").touch()
    os.utime(data / "locks" / "backup", (0, 0))
    found = said(data)
    assert any("the last backup is" in what for what in found)
    assert found[f"{data} is open to other users of this machine"] == "error"
    assert found["there is no time zone Europe/Nowhere"] == "error"
    assert stat.S_IMODE(data.stat().st_mode) == 0o755


def test_the_command_says_who_mends_what_and_how_grave_it_is(instance: Instance) -> None:
    assert instance.run("check", "--data", instance.data).returncode == 2
    instance.begin("--workers", 1)
    done = instance.run("check", "--data", instance.data)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "warning: nobody is administrator. operator: `vigie admin link`" in done.stdout
    assert "not serving" not in done.stdout
    assert "error: " not in done.stdout
    open_to_all = instance.run("check", "--data", instance.data, VIGIE_ORIGIN="http://vigie.example", VIGIE_SECRET="x")
    assert open_to_all.returncode == 78
    assert "security.W009" in open_to_all.stdout
    assert "travel readable" in open_to_all.stdout
