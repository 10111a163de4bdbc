"""What has not arrived is seen, and sent again."""

from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.errors import Refused
from vigie.services import decisions, deliveries, outbox, receipts, review
from vigie.services.acts import NotAllowed
from vigie.services.decisions import Verdict
from vigie.store.models import Delivery
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")


def test_a_dead_message_is_shown_and_sent_again() -> None:
    one, anne, admin = case(), person("anne"), person("root", Role.ADMINISTRATOR)
    end, secret = deliveries.add_endpoint("https://platform.example/hook", by=admin, at=NOW)
    assert len(secret) > 40
    review.claim(one.pk, anne, NOW)
    made = decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    later = NOW + timedelta(minutes=1)
    outbox.release(later)
    for _ in range(len(outbox.WAITS) + 1):
        outbox.deliver(lambda *_: 500, later)
        later += timedelta(days=2)
    dead = deliveries.dead().get()
    assert (dead.error, dead.endpoint) == ("500", end)
    deliveries.again(dead.pk, by=admin, at=later)
    assert outbox.deliver(lambda *_: 204, later) == 1
    assert not deliveries.dead().exists()
    soon = NOW + timedelta(hours=1)
    assert list(receipts.unconfirmed(soon)) == [made]
    receipts.confirm("s", made.pk, "applied", later)
    assert not receipts.unconfirmed(soon).exists()
    deliveries.end_endpoint(end.pk, by=admin)
    end.refresh_from_db()
    assert not end.active


@pytest.mark.parametrize("url", ["", "ftp://x", "platform.example", "https://", "https://a:b@platform.example/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        deliveries.add_endpoint(url, by=person("root", Role.ADMINISTRATOR), at=NOW)


def test_nobody_but_administrators_changes_where_messages_go() -> None:
    lead = person("lead", Role.LEAD)
    for call in (
        lambda: deliveries.add_endpoint("https://x.example", by=lead, at=NOW),
        lambda: deliveries.end_endpoint(1, by=lead),
        lambda: deliveries.again(1, by=lead, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not Delivery.objects.exists()
