"""A PostgreSQL of the tests' own: begun in a temporary directory, on a Unix socket alone, gone when the command has ended.

``python -m tests.postgres pytest tests/services`` runs the command with ``VIGIE_TEST_DATABASE`` set; tests.instance reads it.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Where Debian keeps the programs of a server; elsewhere they are on the path.
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=80", "listen_addresses=")


def program(name: str) -> str | None:
    """The path of a program of the server, or None where it is not installed."""
    return shutil.which(name, path=os.pathsep.join([*map(str, _PLACES), os.environ.get("PATH", "")]))


@contextmanager
def server() -> Iterator[str]:
    """A running server; the URL of an empty database."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        sys.exit("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="vigie-pg-") as name:
        place = Path(name)
        shutil.chown(place, user)

        def run(*command: str) -> None:
            subprocess.run(command, user=user, cwd=place, check=True, stdout=subprocess.DEVNULL)

        data = place / "data"
        run(initdb, "-D", str(data), "-U", "vigie", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {one}" for one in (*_SETTINGS, f"unix_socket_directories={place}"))
        run(pg_ctl, "-D", str(data), "-o", options, "-l", str(place / "log"), "-w", "start")
        try:
            run(str(program("createdb")), "-h", name, "-U", "vigie", "vigie")
            yield f"postgresql://vigie@/vigie?host={name}"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")


if __name__ == "__main__":
    with server() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "VIGIE_TEST_DATABASE": url}, check=False).returncode)
