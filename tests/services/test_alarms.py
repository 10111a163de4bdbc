"""What somebody must see to reaches people: by webhook and by mail, once a day until it is mended, in their language."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.given import Program
from tests.services.given import NOW, case, person
from vigie.app.mail import mail
from vigie.app.platform import platform
from vigie.errors import Misconfigured, Refused
from vigie.services import alarms, decisions, deliveries, outbox, people, review
from vigie.services.decisions import Verdict
from vigie.store.models import Alarm, Outbox
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Une phrase.", explanation="Elle abaisse un groupe.")
DAY = timedelta(days=1)


class Box:
    """Where mails arrive."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.mails = refused, list[tuple[str, str, str]]()

    def post(self, address: str, subject: str, text: str) -> None:
        if address in self.refused:
            raise ConnectionError("no such mailbox")
        self.mails.append((address, subject, text))


def told() -> list[str]:
    return [row.payload["alarm"] for row in Outbox.objects.filter(event="alarm").order_by("pk")]


def test_an_alarm_is_told_when_it_begins_then_once_a_day_until_it_is_mended() -> None:
    one = case(due=NOW)
    begin = NOW + timedelta(minutes=5)
    later = [begin, begin + timedelta(hours=23), begin + DAY, begin + DAY + timedelta(hours=1)]
    assert alarms.keep(NOW) == 0
    assert [alarms.keep(at) for at in later] == [1, 0, 1, 0]
    assert told() == ["overdue", "overdue"]
    assert Alarm.objects.get().since == begin
    one.due = None
    one.save()
    alarms.keep(NOW + 2 * DAY)
    assert not Alarm.objects.exists()


def test_every_kind_is_raised_by_what_it_says() -> None:
    anne, admin = person("anne"), person("root", Role.ADMINISTRATOR)
    deliveries.add_endpoint("https://platform.example/hook", by=admin, at=NOW)
    one = case("sent")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(NOW + timedelta(minutes=1))
    for attempt in range(len(outbox.WAITS) + 1):
        outbox.deliver(lambda *_: 500, NOW + timedelta(days=2 * attempt + 1))
    case("alone", status="second_look", queue="second_look", decided_by=anne)
    case("late", due=NOW)
    found = {one.kind: one.values for one in alarms.standing(NOW + timedelta(hours=1))}
    assert found == {kind: {"count": 1} for kind in ("unconfirmed", "dead", "nobody", "overdue")}


def test_the_platforms_programs_hear_it_by_webhook_and_not_among_decisions() -> None:
    admin = person("root", Role.ADMINISTRATOR)
    deliveries.add_endpoint("https://platform.example/hook", by=admin, at=NOW)
    case(due=NOW)
    alarms.keep(NOW + DAY)
    outbox.release(NOW + DAY)
    sent: list[bytes] = []

    def send(_url: str, body: bytes, _headers: dict[str, str]) -> int:
        sent.append(body)
        return 204

    assert outbox.deliver(send, NOW + DAY) == 1
    assert b'"event":"alarm"' in sent[0]
    assert b"Undecided cases whose legal clock has run out: 1" in sent[0]
    assert Program(source="s").get("/decisions")[1] == {"decisions": [], "last": 0}
    assert platform(lambda: NOW)("", sent[0], {}) == 200, "the platform of the demo takes it, too"


def test_administrators_get_one_mail_a_day_in_their_language() -> None:
    box, rows = Box(), {"root": "fr", "second": "en", "silent": "en"}
    for name, language in rows.items():
        admin = person(name, Role.ADMINISTRATOR, interface_language=language)
        address = "" if name == "silent" else f" {name}@example.org "
        people.set_own(admin, language=language, opted_out=[], screen=[], mail=address)
    people.set_own(person("lead", Role.LEAD), language="en", opted_out=[], screen=[], mail="lead@example.org")
    case(due=NOW)
    assert alarms.mail(box.post, NOW + timedelta(minutes=1)) == 0, "nothing has been raised yet"
    alarms.keep(NOW + timedelta(minutes=1))
    assert [alarms.mail(box.post, NOW + at) for at in (timedelta(minutes=2), timedelta(hours=5))] == [2, 0]
    subjects = {address: (subject, text) for address, subject, text in box.mails}
    assert set(subjects) == {"root@example.org", "second@example.org"}
    assert subjects["root@example.org"][0].startswith("Vigie\u00a0: quelqu’un")
    assert "délai légal est dépassé\u00a0: 1" in subjects["root@example.org"][1]
    assert "legal clock has run out: 1" in subjects["second@example.org"][1]
    assert alarms.mail(box.post, NOW + DAY + timedelta(minutes=3)) == 2


def test_a_mail_that_does_not_leave_is_tried_again_and_keeps_nobody_else_from_theirs() -> None:
    for name in ("a", "b"):
        admin = person(name, Role.ADMINISTRATOR)
        people.set_own(admin, language="en", opted_out=[], screen=[], mail=f"{name}@example.org")
    case(due=NOW)
    alarms.keep(NOW + DAY)
    with pytest.raises(OSError, match="no such mailbox"):
        alarms.mail(Box("a@example.org", "b@example.org").post, NOW + DAY)
    assert alarms.mail(Box("a@example.org").post, NOW + DAY) == 1
    assert alarms.mail(Box().post, NOW + DAY) == 0, "whoever got it is not written to again"


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "a b@example.org", "a@example.org\nBcc: c@example.org"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        people.set_own(person("root", Role.ADMINISTRATOR), language="en", opted_out=[], screen=[], mail=address)


@pytest.mark.parametrize(("url", "sender"), [("mail.example", "a@b"), ("http://x", "a@b"), ("smtps://x", "")])
def test_mail_that_is_set_up_by_half_is_refused(url: str, sender: str) -> None:
    with pytest.raises(Misconfigured):
        mail(url, sender)


def test_mail_is_encrypted_at_once_or_before_anything_is_said() -> None:
    at_once: dict[str, Any] = mail("smtps://x", "a@b")
    later: dict[str, Any] = mail("smtp://x:2525", "a@b")
    assert (at_once["EMAIL_USE_SSL"], at_once["EMAIL_USE_TLS"], at_once["EMAIL_PORT"]) == (True, False, 465)
    assert (later["EMAIL_USE_SSL"], later["EMAIL_USE_TLS"], later["EMAIL_PORT"]) == (False, True, 2525)
