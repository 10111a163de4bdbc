"""A message leaves by webhook: signed, tried again, dead in the end; and never into our own network."""

import hashlib
import hmac
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.services.given import NOW, case, person
from vigie.app import sending
from vigie.services import decisions, endpoints, outbox, review
from vigie.services.acts import NotFound
from vigie.services.decisions import Verdict
from vigie.store.models import Delivery, Outbox

pytestmark = pytest.mark.django_db
LEFT = NOW + timedelta(seconds=30)
RACISM = Verdict(
    breach=True, clause="hate.racism", facts="Le message compare un groupe à des animaux.", explanation="Il l’abaisse."
)


class Platform(http.server.BaseHTTPRequestHandler):
    """Answers as its path says, and remembers what came."""

    heard: list[tuple[str, dict[str, str], bytes]]
    hang: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, dict(self.headers), body))
        if self.path == "/hang":
            self.hang.wait(10)
        elif self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/ok")
        else:
            self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the platform listens, on this machine, which the operator allows."""
    monkeypatch.setenv("VIGIE_PRIVATE_WEBHOOKS", "1")
    monkeypatch.setattr(Platform, "heard", [], raising=False)
    monkeypatch.setattr(Platform, "hang", threading.Event(), raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Platform.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


def left() -> None:
    """A restriction has left."""
    one, anne = case(), person("anne")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(LEFT)


def test_the_platform_hears_the_decision_and_can_prove_who_sent_it(platform: str) -> None:
    made = endpoints.make(f"{platform}/ok", NOW)
    left()
    assert outbox.deliver(sending.send, LEFT) == 1
    ((_, headers, body),) = Platform.heard
    stamp = headers["Vigie-Timestamp"]
    expected = hmac.new(made.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Vigie-Signature"] == f"sha256={expected}"
    assert int(stamp) == int(LEFT.timestamp())
    assert json.loads(body)["posts"] == [{"source": "s", "id": "p1"}]
    assert outbox.deliver(sending.send, LEFT) == 0, "heard once, it is not sent again"


def test_an_endpoint_that_fails_is_tried_with_longer_waits_then_dead_then_sent_again(platform: str) -> None:
    endpoints.make(f"{platform}/broken", NOW)
    left()
    at = LEFT
    for wait in outbox.WAITS:
        assert outbox.deliver(sending.send, at) == 0
        one = Delivery.objects.get()
        assert (one.next_at, one.error) == (at + wait, "500")
        assert outbox.deliver(sending.send, at + wait - timedelta(seconds=1)) == 0
        at += wait
    outbox.deliver(sending.send, at)
    one = Delivery.objects.get()
    assert (one.dead_at, one.next_at, one.attempts) == (at, None, len(outbox.WAITS) + 1)
    assert len(Platform.heard) == len(outbox.WAITS) + 1
    outbox.send_again(one.pk, at)
    outbox.deliver(sending.send, at)
    assert Delivery.objects.get().attempts == 1


def test_a_redirect_is_not_followed(platform: str) -> None:
    endpoints.make(f"{platform}/redirect", NOW)
    left()
    assert outbox.deliver(sending.send, LEFT) == 0
    assert [path for path, _, _ in Platform.heard] == ["/redirect"]
    assert Delivery.objects.get().error == "302"


def test_one_that_hangs_does_not_hold_up_the_others(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_SECONDS", 0.2)
    endpoints.make(f"{platform}/hang", NOW)
    endpoints.make(f"{platform}/ok", NOW)
    left()
    one, anne = case("p2"), person("bao")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(LEFT)
    assert outbox.deliver(sending.send, LEFT) == 2
    assert [path for path, _, _ in Platform.heard].count("/hang") == 1
    assert "Timeout" in Delivery.objects.exclude(error="").get().error


def test_a_delivered_message_can_be_sent_again_and_none_to_an_endpoint_that_ended(platform: str) -> None:
    made = endpoints.make(f"{platform}/ok", NOW)
    left()
    outbox.deliver(sending.send, LEFT)
    one = Delivery.objects.get()
    outbox.send_again(one.pk, LEFT)
    assert outbox.deliver(sending.send, LEFT) == 1
    assert Platform.heard[0][2] == Platform.heard[1][2]
    outbox.send_again(one.pk, LEFT)
    endpoints.end(made.endpoint.pk)
    assert outbox.deliver(sending.send, LEFT) == 0
    with pytest.raises(NotFound):
        outbox.send_again(one.pk, LEFT)


def resolving(to: str) -> Any:
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    return lambda host, port, **_: [(family, socket.SOCK_STREAM, 6, "", (to, port))]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
    ],
)
def test_a_name_that_leads_into_our_own_network_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_PRIVATE_WEBHOOKS", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", resolving(address))
    assert "private network" in str(sending.send("https://platform.example/hook", b"{}", {}))


def test_if_one_address_of_a_name_is_private_none_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [*resolving("93.184.216.34")("x", 443), *resolving("10.0.0.1")("x", 443)]
    monkeypatch.delenv("VIGIE_PRIVATE_WEBHOOKS", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    assert "private network" in str(sending.send("https://platform.example/hook", b"{}", {}))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://example.org/", "https:///x"])
def test_other_kinds_of_address_are_refused(url: str) -> None:
    assert isinstance(sending.send(url, b"", {}), str)


def test_told_to_stop_the_message_in_hand_is_the_last(platform: str) -> None:
    endpoints.make(f"{platform}/ok", NOW)
    endpoints.make(f"{platform}/ok", NOW)
    left()
    assert outbox.deliver(sending.send, LEFT, wanted=lambda: not Platform.heard) == 1
    assert outbox.deliver(sending.send, LEFT) == 1, "the other leaves at the next start"


def test_what_waits_for_one_that_hangs_stands_in_nobody_elses_way() -> None:
    hangs = endpoints.make("https://hangs.example/", NOW).endpoint
    left()
    row = Delivery.objects.get().outbox
    for number in range(2, 62):
        more = Outbox.objects.create(decision=row.decision, event="decided", payload={}, not_before=NOW, number=number)
        Delivery.objects.create(outbox=more, endpoint=hangs, next_at=NOW)
    well = endpoints.make("https://well.example/", NOW).endpoint
    last = Outbox.objects.create(decision=row.decision, event="decided", payload={}, not_before=NOW, number=62)
    Delivery.objects.create(outbox=last, endpoint=well, next_at=NOW)
    assert outbox.deliver(lambda url, *_: 204 if "well" in url else "Timeout", LEFT) == 1
    assert Delivery.objects.get(delivered_at__isnull=False).endpoint == well
    assert Delivery.objects.filter(attempts__gt=0, endpoint=hangs).count() == 1
