"""One frame: all that was decided about one batch of posts, under checksums, so that damage never passes for a record.

Bytes, little-endian: a header of 44, then three parts.

====== ====== =======================================================================================
offset length what
====== ====== =======================================================================================
0      4      ``VIGJ``
4      1      version of this layout: 1
5      1      state of the inbox: 0x00 whole, 0x0F being shredded, 0xFF shredded
6      2      zero
8      4, 4   size and CRC-32C of the meta part: JSON, see ``Meta``
16     8, 4   size and CRC-32C of the posts part: an Arrow IPC stream, a row per post
28     4, 8   CRC-32C and size of the inbox part: an Arrow IPC stream, a row per flagged post; size 0: none
40     4      CRC-32C of the 40 bytes before, the state counted as zero
====== ====== =======================================================================================

A part may end in zeros that are no part of its stream. The state is outside of the header's checksum because it
changes alone, later: one byte is never half written, and no flipped bit turns one of its three values into another.
"""

import enum
import struct
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import google_crc32c
import msgspec
import pyarrow as pa

from vigie.errors import Misconfigured

MAGIC = b"VIGJ"
VERSION = 1
STATE_AT = 5
_FIELDS = struct.Struct("<4sBBHIIQIIQ")
_CRC = struct.Struct("<I")
HEADER_SIZE = _FIELDS.size + _CRC.size
# Small buffers: handing each to another thread takes longer than compressing it.
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
_PLAIN = pa.ipc.IpcWriteOptions()
_FEW = (
    32  # rows that are written as they are: compressing some fifty columns takes longer than all else, and saves little
)


class State(enum.IntEnum):
    """Whether the texts of a frame can still be read."""

    WHOLE = 0x00
    SHREDDING = 0x0F  # begun: they may be partly there, and are not read any more
    SHREDDED = 0xFF


class Broken(ValueError):
    """These bytes are no frame; says why. Damage, or a write that a crash cut short? That depends on what follows."""


class Meta(msgspec.Struct, frozen=True, kw_only=True, rename={"begin": "from", "end": "to"}):
    """Where a batch came from and what judged it: enough to say what has been read, without looking at the posts.

    ``begin`` and ``end`` bound the batch in decompressed bytes of its source (equal: the source has no bytes to read
    again); ``line`` is the number of its first line, from 1; of its ``lines``, ``bad`` went to quarantine and
    ``skipped`` were blank or not posts. ``rulebook`` and ``model`` are hashes; ``written_at`` is an instant, UTC.
    ``writer``, ``posts`` and ``flagged`` (rows of the two parts) are filled in when the frame is written.
    """

    source: str
    batch: int
    begin: int
    end: int
    line: int
    lines: int
    bad: int = 0
    skipped: int = 0
    rulebook: str
    model: str
    written_at: datetime
    writer: str = ""
    posts: int = 0
    flagged: int = 0


class Header(NamedTuple):
    """The sizes and checksums of a frame's parts."""

    state: int
    meta_size: int
    meta_crc: int
    posts_size: int
    posts_crc: int
    inbox_crc: int
    inbox_size: int

    @property
    def size(self) -> int:
        """Bytes of the whole frame."""
        return HEADER_SIZE + self.meta_size + self.posts_size + self.inbox_size

    @property
    def posts_at(self) -> int:
        """Where the posts part starts, from the start of the frame."""
        return HEADER_SIZE + self.meta_size

    @property
    def inbox_at(self) -> int:
        """Where the inbox part starts, from the start of the frame."""
        return self.posts_at + self.posts_size

    def pack(self) -> bytes:
        """The 44 bytes."""
        _, *rest = self
        crc = checksum(_FIELDS.pack(MAGIC, VERSION, 0, 0, *rest))
        return _FIELDS.pack(MAGIC, VERSION, self.state, 0, *rest) + _CRC.pack(crc)


def checksum(data: bytes) -> int:
    """CRC-32C, as in iSCSI and ext4.

    >>> hex(checksum(b"123456789"))
    '0xe3069283'
    """
    return int(google_crc32c.value(data))


def parse_header(data: bytes) -> Header:
    """Read 44 bytes, believing none before the checksum agrees. Raises ``Broken``; ``Misconfigured`` if newer."""
    if len(data) < HEADER_SIZE:
        raise Broken("the header is cut short")
    magic, version, state, _, *rest = _FIELDS.unpack_from(data)
    if magic != MAGIC:
        raise Broken("no frame starts here")
    if checksum(data[:STATE_AT] + b"\0" + data[STATE_AT + 1 : _FIELDS.size]) != _CRC.unpack_from(data, _FIELDS.size)[0]:
        raise Broken("the header's checksum is wrong")
    if version != VERSION:
        raise Misconfigured(f"the log was written by a newer Vigie (layout {version}, known here: {VERSION}): upgrade")
    if state not in tuple(State):
        raise Broken("the state of the inbox is none of the three")
    return Header(state, *rest)


def encode(meta: Meta, posts: pa.RecordBatch, inbox: pa.RecordBatch | None = None) -> bytes:
    """The bytes of a frame; its meta is told the numbers of rows.

    >>> from datetime import UTC
    >>> meta = Meta(source="s", batch=1, begin=0, end=9, line=1, lines=1, rulebook="r", model="m",
    ...             written_at=datetime(2026, 11, 1, tzinfo=UTC))
    >>> meta, posts, inbox = decode(encode(meta, pa.record_batch({"id": ["1"], "text_hash": [7]})))
    >>> meta.posts, posts.to_pylist(), inbox
    (1, [{'id': '1', 'text_hash': 7}], None)
    """
    if meta.written_at.tzinfo is None:
        raise ValueError("written_at needs a time zone")
    flagged = inbox.num_rows if inbox is not None else 0
    meta = msgspec.structs.replace(meta, posts=posts.num_rows, flagged=flagged)
    return assemble(msgspec.json.encode(meta), to_stream(posts), to_stream(inbox) if flagged else b"")


def assemble(meta: bytes, posts: bytes, inbox: bytes, state: State = State.WHOLE) -> bytes:
    """Three parts and their header, as they lie in the file."""
    sums = (len(meta), checksum(meta), len(posts), checksum(posts), checksum(inbox), len(inbox))
    return b"".join((Header(state, *sums).pack(), meta, posts, inbox))


def decode(data: bytes) -> tuple[Meta, pa.RecordBatch, pa.RecordBatch | None]:
    """Read a whole frame, every checksum verified; no inbox if it is empty or shredded. Raises ``Broken``."""
    header = parse_header(data)
    if len(data) < header.size:
        raise Broken("the frame is cut short")
    meta, posts = data[HEADER_SIZE : header.posts_at], data[header.posts_at : header.inbox_at]
    inbox = data[header.inbox_at : header.size]
    verify(header, meta, posts, inbox)
    readable = header.inbox_size and header.state == State.WHOLE
    return read_meta(meta), from_stream(posts), from_stream(inbox) if readable else None


def verify(header: Header, meta: bytes, posts: bytes, inbox: bytes) -> None:
    """Every part against its checksum, except a shredded inbox, which is zeros. Raises ``Broken``, naming the part."""
    if checksum(meta) != header.meta_crc:
        raise Broken("the checksum of the meta part is wrong")
    if checksum(posts) != header.posts_crc:
        raise Broken("the checksum of the posts part is wrong")
    if header.state == State.WHOLE and checksum(inbox) != header.inbox_crc:
        raise Broken("the checksum of the inbox part is wrong")


_META = msgspec.json.Decoder(Meta)


def read_meta(data: bytes) -> Meta:
    """The meta part, once its checksum has been verified."""
    return _META.decode(data)


def to_stream(batch: pa.RecordBatch) -> bytes:
    """Rows as an Arrow IPC stream, compressed unless they are few."""
    sink = pa.BufferOutputStream()
    options = _COMPRESSED if batch.num_rows >= _FEW else _PLAIN
    with pa.ipc.new_stream(sink, batch.schema, options=options) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def from_stream(data: bytes, columns: Collection[str] | None = None) -> pa.RecordBatch:
    """Rows of an Arrow IPC stream: all columns, or those named that are there; the others are not decompressed."""
    options = pa.ipc.IpcReadOptions()
    if columns is not None:
        schema = pa.ipc.read_schema(pa.py_buffer(data))
        options = pa.ipc.IpcReadOptions(included_fields=[i for i, name in enumerate(schema.names) if name in columns])
    return pa.ipc.open_stream(data, options=options).read_next_batch()
