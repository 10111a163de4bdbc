"""The judge that is measured: the detectors that ship, under the starter terms in force today.

VIGIE_BENCH_JUDGE=words leaves the classifier out, to see what it costs, or to work without a model; every header then
says so. ``python bench/judge.py`` is ``vigie`` with that judge.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import machine
from vigie.app import wiring

if TYPE_CHECKING:
    import pyarrow as pa

    from vigie.decide.rulebook import Rulebook
    from vigie.detect.detector import Detector
    from vigie.journal.frame import Meta

CHOSEN = os.environ.get("VIGIE_BENCH_JUDGE", "shipped")
HERE = Path(__file__).resolve()
COMMAND = [sys.executable, "-m", "vigie"] if CHOSEN == "shipped" else [sys.executable, str(HERE)]
#: The labelled rows and the real posts, beside the checkout; and where benches put what they make, on a real disk.
SHARED = HERE.parents[2] / "shared" / "data"
WORK = Path(os.environ.get("VIGIE_BENCH_WORK", "/var/tmp/vigie-bench"))


def _only_words(terms: Path | None) -> "tuple[Detector, ...]":
    from vigie.detect import links, patterns

    return (patterns.shipped(), links.Links())


wiring.detectors = {"shipped": wiring.detectors, "words": _only_words}[CHOSEN]


class Judge(NamedTuple):
    """What looks at posts, and what then decides."""

    detectors: "tuple[Detector, ...]"
    rules: "Rulebook"

    def record(self, posts: "pa.RecordBatch") -> "pa.RecordBatch":
        """What is proposed for each post of a batch."""
        from vigie.engine.pipeline import judge

        return judge(posts, self.rules, self.detectors)

    def inbox(self, posts: "pa.RecordBatch", record: "pa.RecordBatch") -> "pa.RecordBatch":
        """The flagged ones, with their evidence."""
        from vigie.engine.pipeline import explain

        return explain(posts, record, self.rules, self.detectors)

    def meta(self, number: int, lines: int) -> "Meta":
        """What a frame says of itself."""
        from vigie.journal.frame import Meta

        return Meta(
            source="bench", batch=number, begin=number, end=number + 1, line=1 + number * lines, lines=lines,
            rulebook=self.rules.hash, model=self.rules.model, written_at=datetime.now(UTC),
        )  # fmt: skip

    def named(self) -> str:
        """For the header."""
        names = ", ".join(f"{d.name} ({len(d.signals)} signals)" for d in self.detectors)
        odd = "" if CHOSEN == "shipped" else f"  [NOT what ships: VIGIE_BENCH_JUDGE={CHOSEN}]"
        return f"{names}; {len(self.rules.rules)} rules of {len(self.rules.clauses)} clauses run{odd}"


def ready() -> Judge:
    """The judge, ready."""
    wiring.kernels_kept(None)
    found = wiring.detectors(None)
    return Judge(found, wiring.rulebook(None, found, wiring.now().date()))


def decode(data: bytes) -> "pa.RecordBatch":
    """The posts of lines as X gives them."""
    from vigie.intake.readers.formats import reader

    return reader("x").decode(data).posts


def batches(path: Path, size: int) -> Iterator[bytes]:
    """The lines of a file, ``size`` at a time."""
    with path.open("rb") as file:
        while lines := list(islice(file, size)):
            yield b"".join(lines)


def script(main: object) -> None:
    """Run a bench; what the reader of its message can mend ends it with that message."""
    from vigie.errors import VigieError

    assert callable(main)
    try:
        main()
    except VigieError as error:
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
    return int(getattr(error, "exit_code", 1))


def warm() -> None:
    """Compile whatever is not compiled yet, so that no figure holds it by accident."""
    machine.must(machine.run([*COMMAND, "explain", "bonjour à tous"]))


if __name__ == "__main__":
    from vigie.app.cli import main

    sys.exit(main())
