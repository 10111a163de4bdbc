"""Which network wrote a file, told from how it begins, and the reader for it."""

import re

from vigie.errors import Refused
from vigie.intake.readers.bluesky import Bluesky
from vigie.intake.readers.columns import Columns
from vigie.intake.readers.elements import Elements
from vigie.intake.readers.jsonl import JsonRecords
from vigie.intake.readers.lines import Lines
from vigie.intake.readers.mastodon import Mastodon
from vigie.intake.readers.reader import Reader
from vigie.intake.readers.records import Records
from vigie.intake.readers.table import Table
from vigie.intake.readers.x import X
from vigie.intake.readers.x_archive import XArchive

FORMATS = ("auto", "x", "x-archive", "mastodon", "bluesky", "jsonl", "csv")
HEAD = 64 << 10  # bytes, decompressed, that `detect` and `reader` want to see

_OWN: dict[str, Records] = {"x": X(), "x-archive": XArchive(), "mastodon": Mastodon(), "bluesky": Bluesky()}
_KEY = re.compile(rb'"([A-Za-z_$]+)"\s*:')
_ARCHIVE = b"window.YTD."


def detect(head: bytes, name: str) -> str:
    """The format of a file that begins with ``head`` (64 KiB are enough). Raises ``Refused`` when it cannot be told.

    >>> detect(b'{"id": "1", "text": "salut", "public_metrics": {}}', "posts.jsonl")
    'x'
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(f"{name} is UTF-16. Save it again as UTF-8, for instance with iconv.")
    start = _start(head)
    if not start:
        raise Refused(f"{name} is empty: there is nothing to read.")
    if start.startswith(_ARCHIVE):
        return "x-archive"
    if name.lower().removesuffix(".gz").removesuffix(".zst").endswith((".csv", ".tsv")):
        return "csv"
    if start.startswith((b"{", b"[")):
        return _of_keys(set(_KEY.findall(start)))
    if any(mark in start.split(b"\n", 1)[0] for mark in (b",", b";", b"\t", b"|")):
        return "csv"
    raise Refused(f"The format of {name} cannot be told from its beginning: say --format {'|'.join(FORMATS[1:])}.")


def reader(format_name: str, columns: Columns | None = None, *, head: bytes = b"", name: str = "the source") -> Reader:
    """The reader of a format. ``head`` is how the source begins: it says whether records are lines or one array, and
    names the columns of a CSV. Raises ``Refused`` when the format is unknown or ``columns`` does not apply to it.

    >>> reader("auto", head=b"id,text").name
    'csv'
    """
    chosen = detect(head, name) if format_name == "auto" else format_name
    if chosen not in FORMATS:
        raise Refused(f"There is no format {chosen!r}. The formats are {', '.join(FORMATS)}.")
    if columns and chosen in _OWN:
        raise Refused(f"--map is for jsonl and csv: the fields of {chosen} are known.")
    if chosen == "csv":
        return Table(head, columns)
    records = _OWN.get(chosen) or JsonRecords(columns)
    whole = _start(head).startswith((b"[", _ARCHIVE)) or (chosen == "x-archive" and not head)
    return Elements(records) if whole else Lines(records)


def _start(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")


def _of_keys(keys: set[bytes]) -> str:
    if {b"did", b"kind"} <= keys or ({b"uri"} <= keys and keys & {b"record", b"value"} and b"createdAt" in keys):
        return "bluesky"
    if {b"event", b"payload"} <= keys or ({b"content", b"account"} <= keys and keys & {b"spoiler_text", b"acct"}):
        return "mastodon"
    if {b"id_str"} <= keys and keys & {b"full_text", b"text"}:
        return "x-archive"
    if {b"id", b"text"} <= keys and keys & {b"edit_history_tweet_ids", b"author_id", b"public_metrics"}:
        return "x"
    return "jsonl"
