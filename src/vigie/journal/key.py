"""The instance's secret: texts and erased people are kept as hashes that nobody can try out without it."""

import hashlib
import os
import secrets
from pathlib import Path

from vigie.errors import Misconfigured
from vigie.journal.disk import PRIVATE_FILE, make_directory, operator_mends, sync_directory

SIZE = 16  # bytes


def secret(directory: Path) -> bytes:
    """The 16 secret bytes of a data directory, made once; every process finds the same.

    Raises ``Misconfigured`` if the file is not 16 bytes long: another secret would make every post look new.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> secret(place) == secret(place), len(secret(place))
    (True, 16)
    """
    path = make_directory(directory) / "key"
    if not path.exists():
        _make(path)
    with operator_mends(path):
        found = path.read_bytes()
    if len(found) != SIZE:
        raise Misconfigured(f"{path}: {len(found)} bytes instead of {SIZE}: restore this file from a backup")
    return found


def _make(path: Path) -> None:
    """Write elsewhere, then link: of two processes at once, the first gives the key and neither sees half of one."""
    draft = path.with_name(f".key.{os.getpid()}.{secrets.token_hex(4)}")
    with operator_mends(path.parent):
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        try:
            os.write(fd, secrets.token_bytes(SIZE))
            os.fsync(fd)
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.close(fd)
            draft.unlink()
        sync_directory(path.parent)


def derived(directory: Path, purpose: str) -> bytes:
    """32 secret bytes for one purpose, from the instance's secret: what leaks of one tells nothing of another.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> derived(place, "sessions") == derived(place, "sessions") != derived(place, "links")
    True
    """
    return hashlib.blake2b(purpose.encode(), key=secret(directory), digest_size=32).digest()
