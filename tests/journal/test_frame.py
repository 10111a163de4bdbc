"""A frame gives back what was put in, and never passes damage for a record."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Misconfigured
from vigie.journal import frame as frames
from vigie.journal.frame import HEADER_SIZE, STATE_AT, Broken, Meta, State, decode, encode

from .given import NOW, inbox, meta, posts

names = st.text(max_size=12)
metas = st.builds(
    Meta,
    source=names,
    batch=st.integers(0, 2**40),
    begin=st.integers(0, 2**40),
    end=st.integers(0, 2**40),
    line=st.integers(1, 2**31),
    lines=st.integers(0, 2**31),
    bad=st.integers(0, 9),
    skipped=st.integers(0, 9),
    writer=names,
    rulebook=names,
    model=names,
    written_at=st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
ids = st.lists(st.text(min_size=1, max_size=12).filter(lambda s: s.isprintable()), max_size=6)


@given(metas, ids, ids)
def test_what_goes_in_comes_out(said: Meta, all_ids: list[str], flagged: list[str]) -> None:
    read, rows, seen = decode(encode(said, posts(all_ids), inbox(flagged)))
    assert read.posts == len(all_ids)
    assert read.flagged == len(flagged)
    assert (read.source, read.begin, read.end, read.written_at) == (said.source, said.begin, said.end, said.written_at)
    assert rows == posts(all_ids)
    assert seen == (inbox(flagged) if flagged else None)


def test_the_meta_part_is_the_json_that_auditors_were_promised() -> None:
    data = encode(meta(3, 9), posts(["1"]))
    header = frames.parse_header(data)
    assert data[HEADER_SIZE : header.posts_at] == (
        b'{"source":"s","batch":1,"from":3,"to":9,"line":1,"lines":2,"bad":0,"skipped":0,"rulebook":"r","model":"m",'
        b'"written_at":"2026-11-20T12:00:00Z","writer":"","posts":1,"flagged":0}'
    )


def test_no_flipped_bit_goes_unseen() -> None:
    data = bytearray(encode(meta(), posts(["1", "2"]), inbox(["1"])))
    for at in range(len(data)):
        for bit in (1, 2, 4, 8, 16, 32, 64, 128) if at < HEADER_SIZE else (1 << at % 8,):
            data[at] ^= bit
            with pytest.raises(Broken):
                decode(bytes(data))
            data[at] ^= bit
    decode(bytes(data))


def test_no_cut_goes_unseen() -> None:
    data = encode(meta(), posts(["1", "2"]), inbox(["1"]))
    for size in range(len(data)):
        with pytest.raises(Broken):
            decode(data[:size])


@pytest.mark.parametrize("state", [State.SHREDDING, State.SHREDDED])
def test_a_shredded_inbox_is_not_read_whatever_is_left_of_it(state: State) -> None:
    data = bytearray(encode(meta(), posts(["1"]), inbox(["1"])))
    data[STATE_AT] = state
    data[-20:] = bytes(20)
    said, rows, seen = decode(bytes(data))
    assert (said.flagged, rows.num_rows, seen) == (1, 1, None)


def test_states_are_four_bits_apart() -> None:
    assert min((a ^ b).bit_count() for a in State for b in State if a != b) == 4


def test_zeros_after_a_stream_are_no_part_of_it() -> None:
    batch = posts(["1", "2"])
    assert frames.from_stream(frames.to_stream(batch) + bytes(99)) == batch


def test_only_the_columns_asked_for_are_read() -> None:
    batch = frames.from_stream(frames.to_stream(posts(["1"])), ["text_hash", "id", "nothing"])
    assert sorted(batch.schema.names) == ["id", "text_hash"]


def test_a_newer_layout_is_never_taken_for_damage() -> None:
    data = bytearray(encode(meta(), posts(["1"])))
    data[4] = 2
    data[40:44] = frames.checksum(bytes(data[:40])).to_bytes(4, "little")
    with pytest.raises(Misconfigured, match="newer Vigie"):
        decode(bytes(data))


def test_a_time_without_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        encode(meta(at=NOW.replace(tzinfo=None)), posts(["1"]))


def test_the_posts_may_have_any_columns() -> None:
    odd = pa.record_batch({"id": ["1"], "text_hash": [1], "kind": pa.array(["a"]).dictionary_encode()})
    assert decode(encode(meta(), odd))[1] == odd
