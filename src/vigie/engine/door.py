"""Posts that someone waits for: judged and safe in the log before the answer, those of several callers in one go.

Callers queue. Whoever finds nobody at work takes all that waits (of one source, up to 20,000 posts), judges it as one batch
and writes it as one frame; the next group forms meanwhile. So the time that the work takes is the window in which callers
gather, and a single caller waits for nobody: no timer. Judging is a pure function of each post, so nobody's answer depends
on who else asked. One group is judged while the one before waits for the disk.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from itertools import count
from threading import Event, Lock
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.engine.pipeline import explain, judge, model_hash
from vigie.engine.seen import Keys, Seen, keys
from vigie.engine.standing import Judge
from vigie.engine.worker import Log
from vigie.journal.frame import Meta
from vigie.journal.text_writer import TextWriter
from vigie.journal.writer import Writer
from vigie.records.posts import CONTEXT, POSTS

MOST = 20_000  # posts in a frame
#: What a batch must look like here: all alike, so that they can be put together.
ASKED = POSTS.append(CONTEXT)


class Judged(NamedTuple):
    """What is proposed for some posts, in order: records, a row per post; of the flagged ones, text and evidence.

    ``duplicate`` says of each post whether it came before with the same text. ``rulebook`` and ``model`` are hashes.
    """

    record: pa.RecordBatch
    inbox: pa.RecordBatch
    duplicate: np.ndarray[Any, np.dtype[np.bool_]]
    rulebook: str
    model: str


class _Waiting:
    """A caller's posts: ``taken`` when a thread has them in hand, ``answer`` or ``error`` when ``done``."""

    def __init__(self, source: str, posts: pa.RecordBatch):
        self.source, self.posts = source, posts
        self.taken, self.done = False, Event()
        self.answer: Judged | None = None
        self.error: BaseException | None = None


class _Group(NamedTuple):
    waiting: list[_Waiting]
    posts: pa.RecordBatch
    keys: Keys
    judged: Judged


class Door:
    """The way into the log of a process that answers requests; for all of its threads.

    ``standing`` says what judges: it is asked once before each group.
    """

    def __init__(self, log: Log, standing: Callable[[], Judge], clock: Callable[[], datetime]):
        self._log, self.standing, self._clock = log, standing, clock
        self._seen = Seen(log.directory / "seen")
        self._writer = Writer(log.directory)
        self._texts = TextWriter(log.directory, self._writer.name)
        self._queue: deque[_Waiting] = deque()
        self._judging, self._writing = Lock(), Lock()
        self._numbers = count(1)

    def close(self) -> None:
        """Let the log go."""
        self._texts.close()
        self._writer.close()

    def judged(self, source: str, posts: pa.RecordBatch) -> Judged:
        """What is proposed for these posts (schema ``ASKED``, at most 20,000), once the disk has confirmed their record.

        Raises: Misconfigured if the disk will not have it, and then nothing is kept.
        """
        mine = _Waiting(source, posts)
        self._queue.append(mine)
        while not mine.taken:
            self._work(mine)
        mine.done.wait()
        if mine.error is not None:
            raise mine.error
        assert mine.answer is not None
        return mine.answer

    def _work(self, mine: _Waiting) -> None:
        """Judge and keep one group, the first in the queue; nothing, if another thread took our posts while we waited for our turn.

        Whoever worked for others then would be missing among those who gather: groups would stay as small as they are.
        """
        waiting: list[_Waiting] = []
        try:
            with self._judging:
                if mine.taken:
                    return
                waiting = self._taken()
                group = self._grouped(waiting)
            with self._writing:
                self._keep(group)
        except BaseException as error:
            for one in waiting:
                one.error = error
        finally:
            for one in waiting:
                one.done.set()

    def _taken(self) -> list[_Waiting]:
        """The first in the queue, and those behind it that fit into one frame with it. Others keep their turn."""
        taken: list[_Waiting] = []
        left: list[_Waiting] = []
        size = 0
        while self._queue and size < MOST:
            one = self._queue.popleft()
            fits = not taken or (one.source == taken[0].source and size + one.posts.num_rows <= MOST)
            one.taken = fits
            (taken if fits else left).append(one)
            size += one.posts.num_rows if fits else 0
        self._queue.extendleft(reversed(left))
        return taken

    def _grouped(self, waiting: list[_Waiting]) -> _Group:
        rulebook, detectors = self.standing()
        posts = waiting[0].posts if len(waiting) == 1 else pa.concat_batches([one.posts for one in waiting])
        record = judge(posts, rulebook, detectors, self._log.key)
        inbox = explain(posts, record, rulebook, detectors)
        found = keys(waiting[0].source, record, self._log.key)
        return _Group(
            waiting, posts, found, Judged(record, inbox, self._seen.known(found), rulebook.hash, model_hash(detectors))
        )

    def _keep(self, group: _Group) -> None:
        source, judged = group.waiting[0].source, group.judged
        size = judged.record.num_rows
        meta = Meta(
            source=source, batch=next(self._numbers), begin=0, end=0, line=1, lines=size,
            rulebook=judged.rulebook, model=judged.model, written_at=self._clock(),
        )  # fmt: skip
        self._texts.keep(meta, judged.record, group.posts.column("text"))
        self._writer.append(meta, judged.record, judged.inbox)
        self._seen.add(group.keys)
        _share_out(group.waiting, judged)


def _share_out(waiting: list[_Waiting], judged: Judged) -> None:
    """To each caller what is said of his posts."""
    row = flagged = 0
    valid = pc.is_valid(judged.record.column("clause"))
    for one in waiting:
        size = one.posts.num_rows
        hits = pc.sum(valid.slice(row, size)).as_py() or 0
        one.answer = judged._replace(
            record=judged.record.slice(row, size),
            inbox=judged.inbox.slice(flagged, hits),
            duplicate=judged.duplicate[row : row + size],
        )
        row, flagged = row + size, flagged + hits
