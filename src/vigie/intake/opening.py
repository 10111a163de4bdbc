"""Plain, gzip or zstd: the bytes of a source as they were before compression, counted from their beginning."""

import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Literal

import zstandard

from vigie.errors import Malformed

Compression = Literal["none", "gzip", "zstd"]

PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # a zstd frame without data, from parallel compressors; the byte before is 50 to 5f
_WINDOW = 1 << 27  # bytes of memory that a zstd frame may ask for
_STEP = {"gzip": 1 << 14, "zstd": 1 << 11}  # compressed bytes at a time: a crafted file may unpack to 30,000 times more


def compression(head: bytes) -> Compression:
    r"""How a source is compressed, told from its first four bytes: its name does not matter.

    >>> compression(b"\x1f\x8b\x08\x00"), compression(b"id,t")
    ('gzip', 'none')
    """
    skippable = head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F
    return "gzip" if head.startswith(_GZIP) else "zstd" if skippable or head.startswith(_ZSTD) else "none"


def pieces(
    file: BinaryIO, *, name: str = "the source", start: int = 0, size: int = PIECE
) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each piece of about ``size`` bytes, from ``start`` on; offsets count decompressed bytes.

    Several gzip members or zstd frames in a row are one source. ``Malformed`` is raised where the compression breaks,
    after everything before it has been given.
    """
    head = _first(file, 4)
    kind = compression(head)
    offset = 0
    if kind == "none" and start > len(head) and file.seekable():
        file.seek(start - len(head), os.SEEK_CUR)
        head, offset = b"", start
    parts = _read(head, file, size) if kind == "none" else _gathered(_unpacked(head, file, kind, name), size)
    for part in parts:
        skipped = max(0, start - offset)
        if skipped < len(part):
            yield offset + skipped, part[skipped:]
        offset += len(part)


def _first(file: BinaryIO, size: int) -> bytes:
    head = b""
    while len(head) < size and (more := file.read(size - len(head))):
        head += more
    return head


def _read(head: bytes, file: BinaryIO, size: int) -> Iterator[bytes]:
    """What is there, as soon as it is there: a pipe may be slow."""
    read: Callable[[int], bytes] = getattr(file, "read1", file.read)
    if head:
        yield head + read(size)
    while data := read(size):
        yield data


def _unpacked(head: bytes, file: BinaryIO, kind: str, name: str) -> Iterator[bytes]:
    member, given = None, 0
    for data in _read(head, file, _STEP[kind]):
        rest = data
        while rest and (member or rest.strip(b"\0")):  # zeros may pad the end of a gzip file
            member = member or _member(kind)
            before = member.copy() if kind == "gzip" else None
            try:
                part = member.decompress(rest)
            except (zlib.error, zstandard.ZstdError) as fault:
                for part in _saved(before, rest):
                    given += len(part)
                    yield part
                raise _broken(name, kind, given, "is damaged") from fault
            given += len(part)
            yield part
            rest, member = (member.unused_data, None) if member.eof else (b"", member)
    if member:
        raise _broken(name, kind, given, "ends too early")


def _member(kind: str) -> Any:
    if kind == "gzip":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()


def _saved(member: Any, data: bytes) -> Iterator[bytes]:
    """What can still be unpacked before the damage, byte by byte."""
    try:
        for octet in data if member else b"":
            yield member.decompress(bytes([octet]))
    except zlib.error:
        return


def _broken(name: str, kind: str, offset: int, how: str) -> Malformed:
    return Malformed(
        f"{name}: the {kind} compression {how} at decompressed byte {offset:,}. "
        "Everything before it was read; copy or download the file again to read the rest."
    )


def _gathered(parts: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Parts of about ``size`` bytes; when the last one fails, what was gathered comes first."""
    held: list[bytes] = []
    try:
        for part in parts:
            held.append(part)
            if sum(map(len, held)) >= size:
                yield b"".join(held)
                held.clear()
    except Malformed:
        yield b"".join(held)
        raise
    yield b"".join(held)
