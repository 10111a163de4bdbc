"""The JSON door under load: posts a second in bodies of 1,000 to the disk, cases and moderators meanwhile, and single posts.

Everything runs as ``vigie up`` runs it, on this machine, the client beside it: its processor time is taken off nobody's.
"""

import argparse
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

import judge
import machine
import mix

BODY = 1_000  # posts in a request
PORT = 8479
WORKERS = 2
SINGLE_RATE = 200  # single posts a second
MODERATORS, PACE = 4, 4.0  # each looks at the queue and at a case every four seconds: two pages a second


class Server(NamedTuple):
    """Where the instance is, what a program of the platform sends, and the cookie of a moderator who is signed in."""

    data: Path
    token: str
    cookie: str


class Line:
    """One kept connection: a request out, its answer in. As little work as can be: the client shares the cores."""

    def __init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", PORT))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._socket.sendall(request)
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        found = re.search(rb"(?i)content-length: (\d+)", data[:end])
        assert found is not None, bytes(data[:end])
        whole = end + 4 + int(found[1])
        while len(data) < whole:
            data += self._more()
        return int(data[9:12]), bytes(data[end + 4 :])

    def _more(self) -> bytes:
        more = self._socket.recv(1 << 18)
        if not more:
            raise ConnectionError("the server hung up")
        return more


def posting(token: str, body: bytes) -> bytes:
    """A whole request."""
    head = (
        f"POST /api/v1/posts HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def objects(path: Path) -> Iterator[dict[str, object]]:
    """The posts of the mix, as a platform would send them."""
    with path.open("rb") as file:
        for line in file:
            post = msgspec.json.decode(line)
            yield {
                "id": post["id"], "text": post["text"], "account": post["author_id"], "created_at": post["created_at"],
                "language": post["lang"], "views": post["public_metrics"]["impression_count"],
            }  # fmt: skip


def bodies(token: str, posts: Iterator[dict[str, object]]) -> Iterator[bytes]:
    """Requests of 1,000 posts, built before anything is measured."""
    while some := list(islice(posts, BODY)):
        yield posting(token, msgspec.json.encode({"posts": some}))


def started(data: Path) -> subprocess.Popen[bytes]:
    """``vigie up`` in this data directory, ready; ends with this process."""
    environment = {**os.environ, "VIGIE_DATA": str(data)}
    command = [*judge.COMMAND, "up", "--data", str(data), "--port", str(PORT), "--workers", str(WORKERS)]
    up = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith(b"Vigie is ready"):
            threading.Thread(target=up.stdout.read, daemon=True).start()
            return up
    sys.exit("vigie up did not become ready")


def prepared(data: Path) -> Server:
    """A key, and a moderator with a second factor who is signed in."""
    from vigie.app import preparing

    preparing.configure(data)
    preparing.migrate(data, datetime.now(UTC))
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from vigie.services import keys
    from vigie.store.models import User

    token = keys.make("bench", "bench", keys.SCOPES, at=datetime.now(UTC), rate=10_000_000).token
    user = User.objects.create(username="moderator", roles=["moderator"])
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    client = Client()
    client.force_login(user)
    return Server(data, token, client.cookies["sessionid"].value)


def waits(server: Server) -> bool:
    """Does a frame wait to become cases?"""
    from vigie.services import inbox

    return inbox.waiting_since(server.data) is not None


class Moderators:
    """People at work: each looks at the queue and at a case again and again; what each page takes is kept."""

    def __init__(self, server: Server):
        self.seconds: list[float] = []
        self._stop = threading.Event()
        self._server = server
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(MODERATORS)]

    def __enter__(self) -> "Moderators":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        line = Line()
        self._stop.wait(PACE * number / MODERATORS)
        while not self._stop.is_set():
            page = self._page(line, "/console/")
            if found := re.search(rb"/console/cases?/(\d+)/", page):
                self._page(line, found[0].decode())
            self._stop.wait(PACE)

    def _page(self, line: Line, path: str) -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: sessionid={self._server.cookie}\r\n\r\n"
        began = time.perf_counter()
        status, body = line.ask(head.encode())
        self.seconds.append(time.perf_counter() - began)
        assert status == 200, (path, status)
        return body


def sent(requests: Sequence[bytes], connections: int) -> float:
    """Seconds until all requests were answered with 200, over some connections at once."""
    waiting = iter(requests)
    lock = threading.Lock()

    def work(_: int) -> None:
        line = Line()
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            status, body = line.ask(request)
            assert status == 200, body[:300]

    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))
    return time.perf_counter() - began


def singles(requests: Sequence[bytes], rate: int) -> list[float]:
    """Seconds of each single post, from when it should have been sent: a late start counts."""
    begin = time.perf_counter() + 0.2
    taken: list[float] = []
    numbers = iter(range(len(requests)))
    lock = threading.Lock()

    def work(_: int) -> None:
        line = Line()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = begin + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            status, body = line.ask(requests[number])
            assert status == 200, body[:300]
            taken.append(time.perf_counter() - due)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    return taken


def processor(up: int) -> dict[str, float]:
    """Seconds of processor so far of the instance's processes: those that serve, and the background process."""
    seen: dict[int, tuple[int, bool, float]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            stat = (place / "stat").read_text().rpartition(")")[2].split()
            background = b"vigie.app.background" in (place / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks = int(stat[11]) + int(stat[12])
        seen[int(place.name)] = int(stat[1]), background, ticks / os.sysconf("SC_CLK_TCK")
    found = {"web": 0.0, "background": 0.0}
    for first, background, seconds in seen.values():
        parent = first
        while parent not in (up, 0, 1):
            parent = seen.get(parent, (0, False, 0.0))[0]
        if parent == up:
            found["background" if background else "web"] += seconds
    return found


def p95(seconds: Sequence[float]) -> float:
    """Milliseconds."""
    return 1e3 * sorted(seconds)[int(0.95 * len(seconds))] if seconds else 0.0


def measure(server: Server, up: int, path: Path, a: argparse.Namespace) -> None:
    """Bodies of 1,000, cases, single posts; then the verdicts."""
    posts = objects(path)
    alone = [posting(server.token, msgspec.json.encode(post)) for post in islice(posts, SINGLE_RATE * a.seconds)]
    many = list(bodies(server.token, posts))
    warm = [
        posting(server.token, msgspec.json.encode({"id": f"warm {n}", "text": "Bonjour à tous"})) for n in range(40)
    ]
    sent(list(islice(cycle(warm), 40)), 8)
    used, before = resource.getrusage(resource.RUSAGE_SELF), processor(up)
    with Moderators(server) as people:
        seconds = sent(many, a.connections)
        after, then = resource.getrusage(resource.RUSAGE_SELF), processor(up)
        last = time.perf_counter()
        while waits(server) and time.perf_counter() - last < 600:
            time.sleep(0.2)
        behind = time.perf_counter() - last
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    count = BODY * len(many)
    idle, began = processor(up)["web"], time.perf_counter()
    taken = machine.quantiles(singles(alone, SINGLE_RATE))
    busy = (processor(up)["web"] - idle) / (time.perf_counter() - began)
    machine.table(
        ("bodies of 1,000", "posts", "seconds", "posts/s", "client's CPU s", "web's CPU s", "background's CPU s"),
        [(f"{a.connections} connections", count, seconds, count / seconds, cpu, *(then[k] - before[k] for k in then))],
    )
    from vigie.store.models import Case, CasePost

    machine.table(
        ("cases", "cases", "posts of them", "seconds after the last post"),
        [("made", Case.objects.count(), CasePost.objects.count(), behind)],
    )
    machine.table(("moderators' pages", "pages", "p95 ms"), [("meanwhile", len(people.seconds), p95(people.seconds))])
    machine.table((f"single posts at {SINGLE_RATE}/s, ms", "p50", "p99", "most"), [(f"{a.seconds} s", *taken)])
    print(f"  the web processes took {busy:.2f} cores for them\n")
    machine.verdict(count / seconds >= 50_000, "≥ 50,000 posts/s to fdatasync", f"{count / seconds:,.0f}")
    machine.verdict(behind <= 30, "cases complete ≤ 30 s after the last post", f"{behind:.1f} s")
    machine.verdict(p95(people.seconds) <= 300, "moderators' p95 meanwhile ≤ 300 ms", f"{p95(people.seconds):.0f} ms")
    machine.verdict(taken[1] <= 25, f"single posts at {SINGLE_RATE}/s: p99 ≤ 25 ms", f"{taken[1]:.1f} ms")


def main() -> None:
    """Start an instance, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    mix.options(parser, 1_000_000)
    parser.add_argument("--connections", type=int, default=16, metavar="N", help="connections at once (default: 16)")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="of single posts (default: 60)")
    parser.add_argument("--first", type=int, default=None, metavar="N", help="only the first N posts of the mix")
    a, seen_by = parser.parse_args(), judge.ready()
    path = mix.made(a, seen_by)
    judge.warm()
    machine.header("The JSON door", judge=seen_by.named(), mix=path, workers=WORKERS)
    with machine.scratch(judge.WORK) as work:
        if a.first:
            with path.open("rb") as file:
                (work / "first.jsonl").write_bytes(b"".join(islice(file, a.first)))
            path = work / "first.jsonl"
        server = prepared(work / "data")
        up = started(work / "data")
        try:
            measure(server, up.pid, path, a)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)


if __name__ == "__main__":
    judge.script(main)
