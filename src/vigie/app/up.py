"""``vigie up``: the console, the API and one background process, on this machine, from one command."""

import argparse
import ipaddress
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from vigie.app import demo, preparing, tied, wiring
from vigie.errors import Misconfigured
from vigie.journal.disk import take_or_refuse

log = logging.getLogger("vigie.up")

_READY_WITHIN = 60.0
_STOP_WITHIN = 15.0
_WORKER_MIB = 2048  # a web process that has grown beyond this is begun again, after the requests in hand


class Child:
    """A process that is kept alive: begun again when it dies, more slowly each time it dies soon."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str]):
        self.name, self._command, self._environment = name, list(command), environment
        self._pause, self._begun = 0.5, 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def keep(self, at: float) -> None:
        """Begin it if it is not there."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            log.error("%s ended with %s: begun again", self.name, self._process.returncode)
            self._pause = 0.5 if at - self._begun > 10 else min(self._pause * 2, 10.0)
            self._not_before, self._process = at + self._pause, None
        if at >= self._not_before:
            self._begun = at
            self._process = subprocess.Popen(  # noqa: S603  (our own commands)
                self._command,
                env=self._environment,
                preexec_fn=tied.to_parent,  # noqa: PLW1509  (this process has one thread)
            )

    def stop(self) -> None:
        """Ask it to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def gone(self, within: float) -> None:
        """Wait for its end, and make sure of it."""
        if self._process is not None:
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _children(arguments: argparse.Namespace) -> list[Child]:
    environment = {"POLARS_MAX_THREADS": "1"} | os.environ  # each process has a core of its own, more or less
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", arguments.host, "--port", str(arguments.port),
        "--workers", str(arguments.workers), "--blocking-threads", "16", "--no-access-log", "--log-level", "error",
        "--log-config", str(Path(__file__).with_name("granian.json")),
        "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-max-rss", str(_WORKER_MIB),
        "--workers-kill-timeout", "10", "vigie.app.serving:application",
    ]  # fmt: skip
    background = [sys.executable, "-m", "vigie.app.background", str(arguments.data), str(os.getpid())]
    moderate = [sys.executable, "-m", "vigie", "moderate", "--data", str(arguments.data), "--follow", "--quiet"]
    watching = [Child("the reader of a source", [*moderate, source], environment) for source in arguments.watch]
    return [
        Child("the web server", web, environment),
        Child("the background process", background, environment),
        *watching,
    ]


def may_listen(host: str, port: int, origin: str) -> None:
    """Raises: Misconfigured if the port is taken, or if passwords would travel readable through a network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError) as error:
        raise Misconfigured(f"--host {host} --port {port}: there is no such address ({error})") from error
    family, kind, protocol, _, address = found[0]
    if not ipaddress.ip_address(address[0]).is_loopback and not origin.startswith("https://"):
        raise Misconfigured(
            f"--host {host}: passwords would travel readable. Put a server that speaks HTTPS before Vigie and say under "
            "which address people reach it: VIGIE_ORIGIN=https://…"
        )
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            raise Misconfigured(
                f"--port {port}: {error.strerror}: stop what listens there, or choose another"
            ) from error


def _alone(data: Path) -> int:
    """The lock of the instance, held until this process ends."""
    return take_or_refuse(
        data / "locks" / "instance", f"{data}: {{holder}} is serving this data directory: stop it first"
    )


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _reached_at(host: str) -> str:
    """The name under which this machine reaches what listens on an address."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not listened on)
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _first_steps(address: str) -> None:
    from vigie.services import people
    from vigie.store.models import User

    if not any(user.has_usable_password() for user in User.objects.filter(is_active=True)):
        secret = people.administrator_link(wiring.now())
        print(
            f"  administrator   {address}/start/{secret}/   (works once, for 24 hours; `vigie admin link` makes another)"
        )


def up(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; with ``--check``, until ``/readyz`` has answered."""
    arguments.data = demo.directory(arguments)
    may_listen(arguments.host, arguments.port, os.environ.get("VIGIE_ORIGIN", ""))
    demo.prepare(arguments)
    lock = _alone(arguments.data)
    wiring.kernels_kept(arguments.data)
    preparing.configure(arguments.data, demo=arguments.demo is not None)
    preparing.migrate(arguments.data, wiring.now())
    preparing.no_demo_elsewhere()
    address = f"http://{_reached_at(arguments.host)}:{arguments.port}"
    stop = wiring.Stop()
    children = _children(arguments)
    try:
        return _serve(arguments, address, stop, children)
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.gone(_STOP_WITHIN)
        os.close(lock)


def _serve(arguments: argparse.Namespace, address: str, stop: wiring.Stop, children: list[Child]) -> int:
    began, said = time.monotonic(), False
    while not stop():
        for child in children:
            child.keep(time.monotonic())
        if not said and _ready(address):
            said = True
            print(f"Vigie is ready at {address}/ after {time.monotonic() - began:.1f} s", flush=True)
            if arguments.check:
                return 0
            _first_steps(address)
            demo.say_logins(arguments)
            print("  Ctrl-C ends it; nothing is lost.", flush=True)
            if arguments.open:
                webbrowser.open(address)
        if not said and time.monotonic() - began > _READY_WITHIN:
            raise Misconfigured(f"{address}/readyz did not answer within {_READY_WITHIN:.0f} s: see the messages above")
        time.sleep(0.2)
    return 0


def admin(arguments: argparse.Namespace) -> int:
    """``vigie admin link``: a new one-time link for the administrator."""
    preparing.configure(arguments.data)
    preparing.migrate(arguments.data.absolute(), wiring.now())
    from vigie.services import people

    print(f"/start/{people.administrator_link(wiring.now())}/")
    return 0
