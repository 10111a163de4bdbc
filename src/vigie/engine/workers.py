"""Several workers on several cores: one reader numbers the batches, each worker judges and commits its own."""

import ctypes
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from vigie.engine.source import Task
from vigie.engine.worker import Done, Worker
from vigie.errors import Misconfigured

AHEAD = 2  # batches that wait for each worker
_PR_SET_PDEATHSIG = 1

_worker: Worker | None = None


def _begin(build: Callable[[], Worker]) -> None:
    """In the new process: leave Ctrl-C to the reader, die with it, and get ready."""
    global _worker  # noqa: PLW0603  (one worker a process: that is how a pool keeps state)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _worker = build()


def _work(task: Task) -> Done:
    assert _worker is not None
    return _worker.work(task)


def alone(build: Callable[[], Worker], tasks: Iterable[Task]) -> Iterator[Done]:
    """One worker, in this process."""
    worker = build()
    try:
        for task in tasks:
            yield worker.work(task)
    finally:
        worker.close()


def together(build: Callable[[], Worker], tasks: Iterable[Task], count: int) -> Iterator[Done]:
    """``count`` workers, each a process of its own (spawned, never forked); ``build`` must be picklable."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(build,)) as pool:
        waiting: deque[Future[Done]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(_work, task))
                while len(waiting) >= AHEAD * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise Misconfigured(
                "a worker died (out of memory, or killed): what it had committed is kept; run the same command again"
            ) from error
