"""The hand that writes the text window, and the one that takes erased people out of it."""

import fcntl
import os
from datetime import UTC, date
from itertools import count
from pathlib import Path

import msgspec
import pyarrow as pa

from vigie.journal.disk import PRIVATE_FILE, make_directory, operator_mends, sync_directory, write_all
from vigie.journal.frame import Meta, encode
from vigie.journal.rewrite import Which
from vigie.journal.shred import changing
from vigie.journal.texts import SUFFIX, TEXTS, TextFile, text_days, text_files


class TextWriter:
    """Keeps the texts of one process's batches, where its data directory keeps texts at all.

    ``writer`` is the name that the process has in the log. Like there, it never writes to a file that it did not begin.
    Not for several threads at once.
    """

    def __init__(self, directory: Path, writer: str) -> None:
        self._directory, self._writer = directory, writer
        self._page: int | None = None
        self._day: date | None = None
        self._end = 0

    def close(self) -> None:
        """Let the file go. What was written stays."""
        if self._page is not None:
            os.close(self._page)
            self._page = None

    def keep(self, meta: Meta, record: pa.RecordBatch, texts: pa.Array) -> None:
        """Write down a batch and wait for the disk, if texts are kept: to be called before it is appended to the log.

        ``record`` is what was judged, ``texts`` the text of each of its rows. Raises ``Misconfigured`` if the disk is full,
        read-only, failing …; the batch must not be committed then.
        """
        if not text_days(self._directory):
            self.close()
            return
        if not record.num_rows:
            return
        kept = [name for name in TEXTS.names if name in record.schema.names]
        frame = encode(
            msgspec.structs.replace(meta, writer=self._writer), record.select(kept).append_column("text", texts)
        )
        day = meta.written_at.astimezone(UTC).date()
        with operator_mends(self._directory / "texts"):
            page = self._locked_page(day)
            try:
                write_all(page, frame, self._end)
                os.fdatasync(page)
                self._end += len(frame)
            except BaseException:
                self.close()  # what was written of it is a torn tail, which every reader leaves out
                raise
            fcntl.flock(page, fcntl.LOCK_UN)

    def _locked_page(self, day: date) -> int:
        """The file of the day, locked; a new one if the day is new, or if an erasure or a purge took the old one away."""
        if self._page is not None:
            fcntl.flock(self._page, fcntl.LOCK_EX)
            if day == self._day and os.fstat(self._page).st_nlink:
                return self._page
            self.close()
        self._page, self._day, self._end = self._begun(day), day, 0
        fcntl.flock(self._page, fcntl.LOCK_EX)
        return self._page

    def _begun(self, day: date) -> int:
        """A new, empty file of the day; its name survives a power cut."""
        place = make_directory(self._directory / "texts" / day.isoformat())
        for number in count(1):
            path = place / f"{self._writer}-{number:06}{SUFFIX}"
            try:
                page = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            except FileExistsError:
                continue
            sync_directory(place)
            return page
        raise AssertionError


def forget_texts(directory: Path, which: Which) -> None:
    """Take these posts out of the window: by whoever holds the lock of compaction.

    A file without them takes the old one's place; a crash leaves the old file or the new one, whole.
    """
    for path in text_files(directory):
        with changing(path) as held, operator_mends(path.parent):
            if held is not None and _concerns(path, which):
                _rewrite(path, which)


def _concerns(path: Path, which: Which) -> bool:
    names = ("id", "account", "created_at")
    return any(any(which(frame.meta.source, frame.posts(names))) for frame in TextFile(path).frames())


def _rewrite(path: Path, which: Which) -> None:
    draft, at = path.with_name(f".{path.name}.{os.getpid()}.draft"), 0
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        for frame in TextFile(path).frames():
            posts = frame.posts()
            data = encode(
                frame.meta, posts.filter(pa.array([not hide for hide in which(frame.meta.source, posts)], pa.bool_()))
            )
            write_all(fd, data, at)
            at += len(data)
        os.fsync(fd)
    finally:
        os.close(fd)
    draft.replace(path)
    sync_directory(path.parent)
