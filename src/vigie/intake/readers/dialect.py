"""How one CSV file separates its cells and its rows, quotes included."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from vigie.intake.readers.reader import LONGEST_RECORD


class Span(NamedTuple):
    """Where a row lies, and whether every quote that it opens is closed."""

    start: int
    end: int
    closed: bool


class Dialect:
    """Cells lie between delimiters. A quote opens only at the start of a cell, and ``""`` inside it is a quote.

    >>> Dialect(";").cells('1;"a;""b"" c";d "e"')
    ['1', 'a;"b" c', 'd "e"']
    """

    def __init__(self, delimiter: str):
        self.delimiter = delimiter
        mark = re.escape(delimiter)
        cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"[^{mark}\n]*+|(?!")[^{mark}\n]*+)'
        row = rf"{cell}(?:{mark}{cell})*+"
        self._cell = re.compile(rf'(?:\A|{mark})(?:"((?:[^"]|"")*+)"([^{mark}]*+)|([^{mark}]*+))')
        self._row, self._tail = re.compile(rf"{row}\n".encode()), re.compile(row.encode())

    def cells(self, row: str) -> list[str]:
        """The cells of one row, without its line end."""
        found = (match.groups() for match in self._cell.finditer(row))
        return [plain if quoted is None else quoted.replace('""', '"') + after for quoted, after, plain in found]

    def spans(self, data: bytes, width: int, *, last: bool) -> Iterator[Span]:
        """The rows of ``data``. Unless ``last`` says that nothing follows, what may yet become a whole row is left out.

        A stray quote, one that does not close within 16 MiB or makes several lines into a row that is not ``width``
        cells wide, costs its own line and not the next ones.
        """
        position = 0
        while position < len(data):
            stop = min(len(data), position + LONGEST_RECORD)
            match = self._row.match(data, position, stop)
            if match is None and not last and stop - position < LONGEST_RECORD:
                return
            if match is None and last:
                match = self._tail.fullmatch(data, position, stop)
            first_line = data.find(b"\n", position, stop) + 1 or stop
            closed = match is not None and (match.end() <= first_line or self._fits(match[0], width))
            end = match.end() if match and closed else first_line
            yield Span(position, end, closed)
            position = end

    def _fits(self, row: bytes, width: int) -> bool:
        """Whether a row over several lines was meant as one: it has the width, and no closing quote is followed."""
        found = [match[2] for match in self._cell.finditer(row.decode(errors="replace"))]
        return len(found) == width and not any(after and after.strip("\r\n") for after in found)


def sniffed(first_line: bytes) -> Dialect:
    """The dialect of a file from its first line: whichever mark stands most often outside quotes.

    >>> sniffed(b'id;"a, b";text').delimiter
    ';'
    """
    outside = b"".join(first_line.split(b'"')[::2])
    return Dialect(max(",;\t|", key=lambda mark: outside.count(mark.encode())))
