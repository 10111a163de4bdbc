"""The truth about the demo's posts, kept beside its log, so that what is measured can be held against what is so.

``DIR/demo/truth.parquet`` has a row per post (``TRUTH``), ``DIR/demo/views.parquet`` a row per reading of its views
(``VIEWS``), both in order of time; ``DIR/demo/made.json`` says what was simulated, and that this directory is a demo.
"""

from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from vigie.demo.history import History
from vigie.errors import Misconfigured
from vigie.journal.disk import make_directory, replace_file

_TIME = pa.timestamp("us", tz="UTC")
#: ``clause``: what the post breaks (null: nothing); ``views``: those at seven days, or what they will be.
TRUTH = pa.schema(
    {
        "id": pa.string(),
        "account": pa.string(),
        "created_at": _TIME,
        "language": pa.string(),
        "kind": pa.string(),
        "campaign": pa.string(),
        "clause": pa.string(),
        "hateful": pa.bool_(),
        "views": pa.int64(),
    }
)
VIEWS = pa.schema({"post": pa.string(), "at": _TIME, "views": pa.int64()})


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was simulated: see ``network.simulate`` and ``history.History``."""

    seed: int
    posts: int
    began_at: datetime
    event_at: datetime
    now: datetime


def place(data: Path) -> Path:
    """Where a data directory says that it is a demo, and what is true there."""
    return data / "demo"


def made(data: Path) -> Made | None:
    """What was simulated in a data directory; None: it is no demo. Raises: Misconfigured when that cannot be read."""
    path = place(data) / "made.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Made)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Misconfigured(f"{path}: {error}: delete the directory {data}, and the demo is made again") from error


def keep_truth(history: History, data: Path) -> None:
    """Write down what is true of every post. The mark that makes the directory a demo comes last."""
    here = make_directory(place(data))
    rows = [{name: getattr(post, name) for name in TRUTH.names} for post in history.posts]
    pq.write_table(pa.Table.from_pylist(rows, TRUTH), here / "truth.parquet", compression="zstd")
    readings = pa.table(
        [list(column) for column in zip(*map(msgspec.structs.astuple, history.views), strict=True)], VIEWS
    )
    pq.write_table(readings, here / "views.parquet", compression="zstd")
    said = Made(
        seed=history.seed,
        posts=len(history.posts),
        began_at=history.began_at,
        event_at=history.event_at,
        now=history.now,
    )
    replace_file(here / "made.json", msgspec.json.encode(said))
