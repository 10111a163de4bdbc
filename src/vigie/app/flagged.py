"""The file of flagged posts: a projection of the inbox, so that it never tells more or less than the log."""

from pathlib import Path
from types import TracebackType
from typing import Self

from vigie.errors import Refused


class Flagged:
    """One JSON object per flagged post of some sources.

    It is written anew from the inbox when a run begins (whatever a crash left in it), then each committed batch is added.
    """

    def __init__(self, path: Path, data: Path, sources: list[str]):
        self._path, self._data, self._sources = path, data, sources

    def __enter__(self) -> Self:
        from vigie.engine.worker import flagged_lines
        from vigie.journal.disk import operator_mends
        from vigie.journal.inbox import pull
        from vigie.journal.intervals import Intervals

        if not self._path.absolute().parent.is_dir():
            raise Refused(f"--flagged {self._path}: there is no directory {self._path.parent}; make it first")
        fresh = self._path.with_name(f".{self._path.name}.new")
        read = {source: Intervals() for source in self._sources}
        with operator_mends(self._path), fresh.open("wb") as file:
            for delivery in pull(self._data):
                meta = delivery.meta
                if meta.source not in read or read[meta.source].covers(meta.begin, meta.end):
                    continue  # another stream, or a batch that was judged twice
                if delivery.rows is None:
                    raise Refused(
                        f"{self._path}: some flagged posts of these sources have left the inbox, so the file cannot be made "
                        "again: they have become cases, or are older than the inbox keeps texts; leave --flagged out"
                    )
                read[meta.source].add(meta.begin, meta.end)
                file.write(flagged_lines(delivery.rows, meta.source, meta.model, meta.rulebook))
        fresh.replace(self._path)
        self._file = self._path.open("ab")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, lines: bytes) -> None:
        """The flagged posts of a batch that is in the log."""
        from vigie.journal.disk import operator_mends

        with operator_mends(self._path):
            self._file.write(lines)
            self._file.flush()
