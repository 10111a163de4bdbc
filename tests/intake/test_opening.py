"""A compressed source reads as the plain one does, to the byte where it breaks."""

import gzip
import io
import os
import threading
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import Malformed
from vigie.intake.opening import compression, pieces

DATA = b"".join(b'{"id":"%d","text":"bonjour %d"}\n' % (number, number * number) for number in range(5000))


def gzipped(*parts: bytes) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def zstded(*parts: bytes) -> bytes:
    return b"".join(zstandard.compress(part) for part in parts)


def read(data: bytes, **options: int) -> bytes:
    return b"".join(piece for _, piece in pieces(io.BytesIO(data), **options))


@pytest.mark.parametrize("pack", [b"".join, lambda parts: gzipped(*parts), lambda parts: zstded(*parts)])
@given(parts=st.lists(st.binary(max_size=200), max_size=4), start=st.integers(0, 300), size=st.integers(1, 100))
@settings(max_examples=60, deadline=None)
def test_offsets_are_those_of_the_plain_source(
    pack: Callable[[list[bytes]], bytes], parts: list[bytes], start: int, size: int
) -> None:
    plain = b"".join(parts)
    if compression(pack(parts)[:4]) == compression(plain[:4]) != "none":
        return  # random bytes that look compressed
    position = start
    for offset, piece in pieces(io.BytesIO(pack(parts)), start=start, size=size):
        assert offset == position
        assert piece == plain[offset : offset + len(piece)]
        position += len(piece)
    assert position == max(start, len(plain))


def test_kinds() -> None:
    assert compression(gzipped(b"a")[:4]) == "gzip"
    assert compression(zstded(b"a")[:4]) == "zstd"
    assert compression(b"\x50\x2a\x4d\x18") == "zstd"
    assert compression(b"") == compression(b"{") == "none"


def test_members_frames_padding_and_empty_frames() -> None:
    assert read(gzipped(DATA, b"", DATA) + bytes(1000)) == DATA * 2
    assert read(b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstded(DATA, b"", DATA)) == DATA * 2


def until_it_breaks(packed: bytes) -> tuple[bytes, str]:
    """What was read before the source broke, and what was said then."""
    seen = []
    try:
        for _, piece in pieces(io.BytesIO(packed), name="posts.gz", size=1000):
            seen.append(piece)
    except Malformed as broken:
        return b"".join(seen), str(broken)
    raise AssertionError("nothing was said")


@pytest.mark.parametrize("cut", [5, 11, 100, 5000, -9, -8, -1])
def test_truncated_gzip_gives_everything_before_the_break(cut: int) -> None:
    packed = gzipped(DATA, DATA)
    got, said = until_it_breaks(packed[:cut])
    assert (DATA * 2).startswith(got)
    assert said.startswith(f"posts.gz: the gzip compression ends too early at decompressed byte {len(got):,}.")
    assert len(got) > len(DATA) or cut > 0


def test_damaged_gzip_gives_everything_before_the_damage() -> None:
    packed = bytearray(gzipped(DATA) + gzipped(DATA))
    packed[len(packed) // 2 + 20 :] = b"\xff" * 500
    got, said = until_it_breaks(bytes(packed))
    assert got.startswith(DATA)
    assert f"is damaged at decompressed byte {len(got):,}." in said


def test_truncated_zstd_is_not_taken_for_the_end() -> None:
    with pytest.raises(Malformed, match="zstd compression ends too early"):
        read(zstded(DATA)[:-3])


def test_garbage_after_the_last_member_is_said() -> None:
    with pytest.raises(Malformed, match=f"damaged at decompressed byte {len(DATA):,}"):
        read(gzipped(DATA) + b"garbage")


@pytest.mark.parametrize("pack", [gzipped, zstded])
def test_a_bomb_comes_in_small_pieces(pack: Callable[[bytes], bytes]) -> None:
    largest = max(len(piece) for _, piece in pieces(io.BytesIO(pack(bytes(200 << 20)))))
    assert largest <= 80 << 20


def test_a_slow_pipe_is_read_as_it_comes() -> None:
    reading, writing = os.pipe()
    arrived = threading.Event()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            pipe.write(b"first line\n")
            arrived.wait(10)
            pipe.write(b"second line\n")

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        stream = pieces(pipe)
        got = next(stream)[1]
        arrived.set()
        got += b"".join(piece for _, piece in stream)
    writer.join()
    assert got == b"first line\nsecond line\n"
