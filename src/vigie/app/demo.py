"""``vigie up --demo``: a data directory of its own, made once, shown on this machine alone, and never taken for a real one."""

import argparse
import ipaddress
import os
import shutil
import subprocess
import sys
from pathlib import Path

from vigie.demo import truth
from vigie.errors import Misconfigured, Refused

REAL, DEMO = Path("vigie-data"), Path("vigie-demo")


def directory(arguments: argparse.Namespace) -> Path:
    """The data directory that is meant; a demo has one of its own."""
    chosen: Path = arguments.data or (REAL if arguments.demo is None else DEMO)
    return chosen.absolute()


def prepare(arguments: argparse.Namespace) -> None:
    """See that a demo is shown only as a demo; make it if it is not there yet.

    Raises: Misconfigured, Refused.
    """
    data: Path = arguments.data
    if arguments.demo is None:
        if truth.made(data) is not None:
            raise Misconfigured(
                f"{data} holds a demo, where everybody knows every password: show it with `vigie up --demo --data {data}`, "
                "or choose another directory for your own posts"
            )
        return
    _refuse_elsewhere(arguments)
    known = truth.made(data)
    if known is not None:
        _say(f"simulated on {known.now:%Y-%m-%d}, with all that was done since; to begin anew, delete {data}")
    elif data.exists() and any(data.iterdir()):
        raise Misconfigured(f"{data} is no demo: choose a new directory for it (`vigie up --demo --data DIR`)")
    else:
        _make(data, arguments.demo)


def _refuse_elsewhere(arguments: argparse.Namespace) -> None:
    if arguments.host != "localhost" and not _loopback(arguments.host):
        raise Misconfigured(
            f"--host {arguments.host}: a demo, where everybody knows every password, answers on this machine alone"
        )
    if arguments.watch:
        raise Refused("--watch: a demo takes no posts of real people: watch them without --demo")
    for name in ("VIGIE_DATABASE", "VIGIE_ORIGIN", "VIGIE_HOSTS"):
        if os.environ.get(name):
            raise Misconfigured(
                f"{name} is set: a demo has a database of its own and answers on this machine alone; unset it"
            )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _make(data: Path, posts: int) -> None:
    """Build beside the directory and move into place: half a demo is never shown."""
    from vigie.journal.disk import make_directory, sync_directory, take_or_refuse

    work = data.with_name(f".{data.name}.building")
    lock = take_or_refuse(work / "locks" / "building", f"{data}: {{holder}} is making this demo: wait for it")
    for old in work.iterdir():
        if old.name != "locks":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    _say(f"six weeks of a network are simulated in {data}, once; this takes about a minute")
    environment = {**os.environ, "VIGIE_DATA": str(work), "VIGIE_DEMO": ""}
    made = subprocess.run(  # noqa: S603  (our own command)
        [sys.executable, "-m", "vigie.app.filling", str(work), str(posts)], env=environment, check=False
    )
    if made.returncode:
        raise Misconfigured(f"{work}: the demo was not made: see the message above, then start again")
    shutil.rmtree(work / "locks")
    make_directory(data.parent)
    if data.is_dir():
        data.rmdir()
    work.rename(data)
    sync_directory(data.parent)
    os.close(lock)


def say_logins(arguments: argparse.Namespace) -> None:
    """Who may sign in, where this is a demo."""
    if arguments.demo is None:
        return
    from vigie.demo.logins import LOGINS, PASSWORD

    for login in LOGINS:
        print(f"  {login.username:<8} {login.name:<6} {login.what}")
    print(f"  All with the password  {PASSWORD}  and no second factor: this is a demo.")


def _say(what: str) -> None:
    print(f"vigie: demo: {what}", file=sys.stderr, flush=True)
