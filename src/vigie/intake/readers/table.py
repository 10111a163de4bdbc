"""Posts from CSV, by the names in its first row; commas, semicolons, tabs or bars; quoted cells may span lines."""

import csv
import io
from itertools import islice

import pyarrow as pa

from vigie.errors import Refused
from vigie.intake.readers.batches import Doubt, batch, batch_of_rows
from vigie.intake.readers.columns import Columns
from vigie.intake.readers.dialect import sniffed
from vigie.intake.readers.lines import after_lines
from vigie.intake.readers.reader import LONGEST_RECORD, BadLine, Decoded
from vigie.intake.readers.records import Buffer
from vigie.intake.readers.rows import Bad, Row, count, row

_BOM = b"\xef\xbb\xbf"
_COUNTS = "views", "followers"


class Table:
    r"""A reader of CSV. It knows the first row, so that any later part of the file can be read by itself.

    >>> table = Table(b"id;text")
    >>> table.decode(b'id;text\n1;"oui ; ""non"" ?"\n').posts.column("text").to_pylist()
    ['oui ; "non" ?']
    """

    name = "csv"

    def __init__(self, head: bytes, columns: Columns | None = None):
        first = head.removeprefix(_BOM).split(b"\n", 1)[0].rstrip(b"\r")
        self.dialect = sniffed(first)
        try:
            self.header = self.dialect.cells(first.decode())
        except UnicodeDecodeError as fault:
            raise Refused("The CSV is not UTF-8. Save it again as UTF-8, for instance with iconv.") from fault
        self.places = _places(self.header, columns or Columns())

    def split(self, data: Buffer, limit: int, *, last: bool) -> int:
        """Cut after the ``limit``-th row."""
        cut, whole = after_lines(data, limit)
        if whole and b'"' not in bytes(data[:cut]):
            return cut
        data = bytes(data)
        spans = list(islice(self.dialect.spans(data, len(self.header), last=last), limit))
        if not spans:
            return 0
        start, end, closed = spans[-1]
        if data.endswith(b"\n", start, end) or end - start >= LONGEST_RECORD:
            return end
        return end if closed and not self.decode(data[start:end]).bad else start

    def decode(self, chunk: bytes) -> Decoded:
        """The posts of these rows. A row that repeats the first is skipped: files are often glued together."""
        lines = chunk.count(b"\n") + bool(chunk and not chunk.endswith(b"\n"))
        try:
            posts, skipped = self._at_once(chunk)
        except (Doubt, csv.Error, UnicodeDecodeError):
            return self._one_by_one(chunk, lines)
        return Decoded(posts, [], lines, skipped)

    def _at_once(self, chunk: bytes) -> tuple[pa.RecordBatch, int]:
        lines = io.StringIO(chunk.removeprefix(_BOM).decode(), newline="\n")
        found = [cells for cells in csv.reader(lines, delimiter=self.dialect.delimiter, strict=True) if cells]
        if any(len(cells) != len(self.header) for cells in found):
            raise Doubt
        rows = [cells for cells in found if cells != self.header]
        return batch([self._column(rows, column) for column in self.places]), len(found) - len(rows)

    def _column(self, rows: list[list[str]], column: str) -> list[object]:
        place = self.places[column]
        if place is None:
            return [None] * len(rows)
        return [count(cells[place]) if column in _COUNTS else cells[place] for cells in rows]

    def _one_by_one(self, chunk: bytes, lines: int) -> Decoded:
        rows, bad, skipped, line = [], [], 0, 0
        for start, end, closed in self.dialect.spans(chunk, len(self.header), last=True):
            record = chunk[start:end]
            seen = self._closely(record) if closed else Bad("a quote that opens in this row is never closed")
            if isinstance(seen, Row):
                rows.append(seen)
            elif isinstance(seen, Bad):
                bad.append(BadLine(line, start, len(record.rstrip(b"\r\n")), seen.reason))
            elif record.strip(b" \t\r\n"):
                skipped += 1
            line += record.count(b"\n")
        return Decoded(batch_of_rows(rows), bad, lines, skipped)

    def _closely(self, record: bytes) -> Row | Bad | None:
        try:
            text = record.removeprefix(_BOM).decode().removesuffix("\n").rstrip("\r")
        except UnicodeDecodeError:
            return Bad("not valid UTF-8")
        cells = self.dialect.cells(text)
        if not text.strip(" \t\r") or cells == self.header:
            return None
        if len(cells) != len(self.header):
            return Bad(f"{len(cells)} cells where the first row has {len(self.header)}")
        return row(*(None if place is None else cells[place] for place in self.places.values()))


def _places(header: list[str], columns: Columns) -> dict[str, int | None]:
    """Which cell of a row feeds which column: names as written come before names in other letter case."""
    lowered = [name.strip().lower() for name in header]
    places: dict[str, int | None] = {}
    for column, names in columns.paths().items():
        exact = [header.index(name) for name in names if name in header]
        places[column] = next(iter(exact or [lowered.index(n.lower()) for n in names if n.lower() in lowered]), None)
    missing = [column for column in ("id", "text") if places[column] is None]
    if missing:
        raise Refused(
            f"The CSV has no column for {' and '.join(missing)}. Its first row names {', '.join(header[:20])}. "
            f"Say which to use, as in --map {','.join(f'{column}=NAME' for column in missing)}."
        )
    return places
