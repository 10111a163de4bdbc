"""``vigie up``: the console, the API and one background process, on this machine, from one command."""

import argparse
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence

from vigie.app import preparing, wiring
from vigie.errors import Misconfigured

_READY_WITHIN = 60.0
_STOP_WITHIN = 15.0


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
            print(f"vigie: {self.name} ended with {self._process.returncode}; begun again", file=sys.stderr, flush=True)
            self._pause = 0.5 if at - self._begun > 60 else min(self._pause * 2, 30.0)
            self._not_before, self._process = at + self._pause, None
        if at >= self._not_before:
            self._begun = at
            self._process = subprocess.Popen(self._command, env=self._environment)  # noqa: S603  (our own commands)

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
    environment = dict(os.environ)
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", arguments.host, "--port", str(arguments.port),
        "--workers", str(arguments.workers), "--blocking-threads", "4", "--no-access-log", "--log-level", "warning",
        "--respawn-failed-workers", "vigie.app.wsgi:application",
    ]  # fmt: skip
    background = [sys.executable, "-m", "vigie.app.background", str(arguments.data), str(os.getpid())]
    moderate = [sys.executable, "-m", "vigie", "moderate", "--data", str(arguments.data), "--follow", "--quiet"]
    watching = [Child(f"reading {source}", [*moderate, source], environment) for source in arguments.watch]
    return [
        Child("the web server", web, environment),
        Child("the background process", background, environment),
        *watching,
    ]


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


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
    arguments.data = arguments.data.absolute()
    wiring.kernels_kept(arguments.data)
    preparing.configure(arguments.data)
    preparing.migrate(arguments.data, wiring.now())
    address = f"http://{arguments.host}:{arguments.port}"
    stop = wiring.Stop()
    children = _children(arguments)
    try:
        return _serve(arguments, address, stop, children)
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.gone(_STOP_WITHIN)


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
