"""The background process: what hangs outside holds up nothing inside, and what fails is tried again."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from vigie.app import background
from vigie.app.sending import Sending

WITHIN = 30.0  # seconds that a wait may take before it is in vain; nothing is measured


class Hanging:
    """An endpoint that answers when the test lets it: stands where ``outbox.deliver`` does."""

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def deliver(self, _send: object, _at: datetime, **_: Any) -> int:
        self.asked.set()
        self.answer.wait(WITHIN)
        return 1


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    one = Hanging()
    monkeypatch.setattr("vigie.services.outbox.deliver", one.deliver)
    yield one
    one.answer.set()


@pytest.mark.django_db
def test_an_endpoint_that_hangs_holds_up_nothing_else(
    hanging: Hanging, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("vigie.services.inbox.pull", lambda *_, **__: done.append("inbox"))
    monkeypatch.setattr("vigie.services.review.lapse", lambda *_: done.append("lapsed"))
    rounds = background.Rounds(tmp_path, lambda: now)
    rounds.once(0.0)
    assert hanging.asked.wait(WITHIN)
    rounds.once(20.0)
    assert done == ["inbox", "lapsed", "inbox", "lapsed"]
    assert not hanging.answer.is_set(), "all that while it hung"
    hanging.answer.set()
    rounds.end()
    assert "sending" not in [one.name for one in threading.enumerate()]


def test_it_ends_while_an_endpoint_hangs(hanging: Hanging, now: datetime) -> None:
    sending = Sending(lambda *_: 204, lambda: now)
    sending.keep()
    assert hanging.asked.wait(WITHIN)
    sending.end(within=0.01)
    assert not hanging.answer.is_set()


def test_a_round_that_fails_is_said_and_tried_again(
    now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = iter([RuntimeError("the database is gone")])
    again = threading.Event()

    def deliver(*_: object, **__: object) -> int:
        for error in rounds:
            raise error
        again.set()
        return 0

    monkeypatch.setattr("vigie.services.outbox.deliver", deliver)
    monkeypatch.setattr("vigie.app.sending._PAUSE", 0.01)
    sending = Sending(lambda *_: 204, lambda: now)
    sending.keep()
    assert again.wait(WITHIN)
    sending.end()
    assert "the database is gone" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_begun_again(
    now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = threading.Event()

    def deliver(*_: object, **__: object) -> int:
        if not asked.is_set():
            asked.set()
            raise SystemExit
        return 0

    monkeypatch.setattr("vigie.services.outbox.deliver", deliver)
    sending = Sending(lambda *_: 204, lambda: now)
    sending.keep()
    assert asked.wait(WITHIN)
    assert sending._thread is not None
    sending._thread.join(WITHIN)
    sending.keep()
    assert sending._thread.is_alive()
    sending.end()
    assert "begun again" in caplog.text


def test_alarms_are_mailed_where_mail_is_set_up_and_not_again_at_once(
    now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    asked: list[str] = []
    rounds = threading.Semaphore(0)

    def deliver(*_: object, **__: object) -> int:
        rounds.release()
        return 0

    def fails(*_: object) -> int:
        asked.append("mail")
        raise ConnectionError

    monkeypatch.setattr("vigie.services.outbox.deliver", deliver)
    monkeypatch.setattr("vigie.services.alarms.mail", fails)
    monkeypatch.setattr("vigie.app.sending._PAUSE", 0.01)
    for configured, mailed in (({}, []), ({"EMAIL_HOST": "mail.example"}, ["mail"])):
        settings.MAIL = configured
        sending = Sending(lambda *_: 204, lambda: now)
        sending.keep()
        assert all(rounds.acquire(timeout=WITHIN) for _ in range(4))
        sending.end()
        assert asked == mailed
