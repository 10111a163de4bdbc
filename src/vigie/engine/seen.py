"""Which posts came before: a memory that all processes of a machine share and that outlives them, to say "duplicate".

It only answers questions: what is kept in the log never depends on it, so it may forget, and be deleted.
"""

import mmap
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vigie.intake.prepared import keyed
from vigie.journal.disk import PRIVATE_FILE, make_directory, operator_mends

SLOTS = 1 << 22  # 32 MiB: the last four million posts, give or take those whose place a later one took
_ODD = 0x9E3779B97F4A7C15

Keys = np.ndarray[Any, np.dtype[np.uint64]]


def keys(source: str, record: pa.RecordBatch, key: bytes) -> Keys:
    """A number for source, id and text of each post; not 0, and nobody without the instance's secret can craft it.

    >>> post = pa.record_batch({"id": ["1", "1"], "text_hash": pa.array([5, 6])})
    >>> len(set(keys("s", post, bytes(16)))), len(set(keys("t", post, bytes(16))) - set(keys("s", post, bytes(16))))
    (2, 2)
    """
    ids = keyed(record.column("id"), key).to_numpy().view(np.uint64)
    texts = record.column("text_hash").to_numpy().view(np.uint64)
    mixed = (ids ^ np.uint64(zlib.crc32(source.encode()) << 16)) * np.uint64(_ODD) ^ texts
    return np.asarray(mixed * np.uint64(_ODD) | np.uint64(1), np.uint64)


class Seen:
    """The memory, mapped from a file. A slot holds one number, and the latest that falls there takes it."""

    def __init__(self, path: Path, slots: int = SLOTS):
        make_directory(path.parent)
        with operator_mends(path):
            fd = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            try:
                os.ftruncate(fd, slots * 8)
                self._map = mmap.mmap(fd, slots * 8)
            finally:
                os.close(fd)
        self._table = np.frombuffer(self._map, np.uint64)
        self._shift = np.uint64(64 - (slots.bit_length() - 1))

    def known(self, keys: Keys) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of these came before, in an earlier batch or earlier in this one."""
        found = self._table[keys >> self._shift] == keys
        first = np.unique(keys, return_index=True)[1]
        if len(first) < len(keys):
            again = np.ones(len(keys), bool)
            again[first] = False
            found |= again
        return np.asarray(found, np.bool_)

    def add(self, keys: Keys) -> None:
        """Remember these, once the disk has confirmed them. Writers at the same time overwrite each other whole."""
        self._table[keys >> self._shift] = keys
