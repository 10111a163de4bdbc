"""How far a source has been read: whose file it is, who is reading it now, and which of its bytes are in the log."""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from vigie.errors import Refused
from vigie.journal.disk import operator_mends, take_or_refuse
from vigie.journal.intervals import Intervals
from vigie.journal.segment import read_frames
from vigie.journal.sources import Finished, Saved, change, load, slug

HEAD_BYTES = 64 << 10


class Source:
    """A source that this process alone reads, until ``close``. ``finished`` is set if its file was read to its end."""

    def __init__(self, directory: Path, saved: Saved, lock: int) -> None:
        self.directory, self.name, self._lock = directory, saved.name, lock
        self.path = Path(saved.path) if saved.path else None
        self.finished = saved.finished if saved.finished and saved.finished.size == saved.size else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let another process read it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def progress(self) -> Intervals:
        """The decompressed bytes that need not be read again."""
        return progress(self.directory, self.name)

    def finish(self, size: int, end: int) -> None:
        """Remember that a compressed file of ``size`` bytes ends at ``end``: it need not be decompressed again."""
        self.finished = Finished(size, end)
        change(self.directory, self.name, lambda saved: msgspec.structs.replace(saved, finished=self.finished))


def open_source(directory: Path, name: str, path: Path | None) -> Source:
    """Take a source for this process: a file, or standard input (``path`` None).

    A file that has grown, or was moved, continues. Raises ``Refused`` if another process reads this source, or if the
    file is not the one that was read under this name: its beginning has changed, or it has become shorter.
    """
    lock = take_or_refuse(
        directory / "locks" / f"source-{slug(name)}.lock",
        f"source '{name}' is being read by {{holder}}: wait for it to end, or give another --source name",
    )
    try:
        return Source(directory, change(directory, name, lambda saved: _recognised(saved, path)), lock)
    except BaseException:
        os.close(lock)
        raise


def progress(directory: Path, name: str) -> Intervals:
    """The decompressed bytes of a source that are in the log, wherever a crash or other workers left holes.

    Segments first, then what was saved: a segment is deleted only after what it held was saved.
    """
    in_segments = Intervals((f.meta.begin, f.meta.end) for f in read_frames(directory) if f.meta.source == name)
    saved = load(directory, name)
    return in_segments | Intervals(saved.intervals if saved else ())


def _recognised(saved: Saved, path: Path | None) -> Saved:
    """What is remembered of the source, brought up to date with its file; ``Refused`` if it is another file."""
    other = "give another --source name, or the original file"
    if path is None:
        if saved.path:
            raise Refused(f"source '{saved.name}' is the file {saved.path}, not standard input: {other}")
        return msgspec.structs.replace(saved, standard_input=True)
    head, size = _beginning(path)
    if saved.standard_input:
        raise Refused(f"source '{saved.name}' was read from standard input, not from {path}: {other}")
    if _sha256(head[: saved.head_bytes]) != (saved.head_sha256 or _sha256(b"")):
        raise Refused(f"{path}: it does not begin like the file of source '{saved.name}' ({saved.path}): {other}")
    if size < saved.size:
        raise Refused(f"{path}: {size} bytes, but source '{saved.name}' had {saved.size} already: {other}")
    return msgspec.structs.replace(
        saved, path=str(path.resolve()), head_bytes=len(head), head_sha256=_sha256(head), size=size
    )


def _beginning(path: Path) -> tuple[bytes, int]:
    """The first 64 KiB of a file, and its size."""
    if not path.exists():
        raise Refused(f"{path}: there is no such file")
    if not path.is_file():
        raise Refused(f"{path}: not a regular file: read it through standard input, with a --source name")
    with operator_mends(path), path.open("rb") as file:
        return file.read(HEAD_BYTES), os.fstat(file.fileno()).st_size


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
