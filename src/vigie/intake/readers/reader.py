"""What every reader of a format promises: no record is lost without a trace, and a bad one never stops the stream."""

from typing import NamedTuple, Protocol

import pyarrow as pa

#: Bytes. A record that has not ended by then is given up, so that a crafted file cannot fill the memory.
LONGEST_RECORD = 16 << 20


class BadLine(NamedTuple):
    """A record that could not be read: where it lies in its chunk and, in plain words, why.

    ``line`` counts line breaks from 0; ``offset`` and ``length`` are bytes. ``reason`` never quotes the record, so
    that it may be kept when the bytes are gone.
    """

    line: int
    offset: int
    length: int
    reason: str


class Decoded(NamedTuple):
    """What a chunk held: ``posts`` (schema ``POSTS``), what was bad, and how many records were not posts at all.

    ``lines`` is how far the chunk moves a line counter. A record is a post, ``skipped`` (a like, a deletion, a header)
    or bad; blank lines are none of these. A line that holds a page of posts gives many, and may be bad in part.
    """

    posts: pa.RecordBatch
    bad: list[BadLine]
    lines: int
    skipped: int


class Reader(Protocol):
    """One format. It keeps no state: a chunk that ``split`` cut decodes by itself, whatever was read before it."""

    name: str

    def split(self, data: bytes | memoryview, limit: int, *, last: bool) -> int:
        """How many leading bytes of ``data`` hold at most ``limit`` whole records; 0 when none is whole yet.

        ``last`` says that nothing follows: then an unterminated record counts if it decodes, and is left unread if not.
        """

    def decode(self, chunk: bytes) -> Decoded:
        """The posts of a chunk, in order, and an account of everything else in it."""
