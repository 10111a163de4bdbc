"""Hashes of texts: SipHash-2-4 as its authors publish it, and a secret key that matters."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vigie.intake.prepared import keyed

#: The first vectors of the reference implementation: key 00 01 … 0f, messages of 0, 1, 2 … bytes 00 01 02 …
VECTORS = ["310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785"]


def test_it_is_siphash_2_4() -> None:
    messages = pa.array([bytes(range(n)).decode() for n in range(4)])
    got = [h.to_bytes(8, "little", signed=True).hex() for h in keyed(messages, bytes(range(16))).to_pylist()]
    assert got == VECTORS


@given(st.text(min_size=1, max_size=50), st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_another_key_gives_another_hash(text: str, one: bytes, other: bytes) -> None:
    hashes = {keyed(pa.array([text]), key).to_pylist()[0] for key in {one, other}}
    assert len(hashes) == len({one, other})
