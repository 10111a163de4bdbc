"""What people said of posts that a signal had scored: nothing else may allow a machine to act alone.

A file of labels is JSON, one label a line::

    {"key": "demo/1/0a1b", "clause": "hate.antisemitism@1", "signal": "antisemitism", "language": "fr",
     "model": "2f9c", "score": 0.97, "inclusion_probability": 0.05, "breach": true, "labelled_at": "2026-11-20"}
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from vigie.errors import Malformed, Refused

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Chance = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Cited = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*@[1-9][0-9]*$")]
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Does a post break a clause? What a person answered, and how the post came before that person.

    ``key`` names the post; ``clause`` is the version under which it was judged ("hate.racism@1"); ``score`` in [0, 1]
    is what ``model`` gave for ``signal``; ``inclusion_probability`` in (0, 1] is the chance that the sampling plan gave
    the post of being drawn, null when it was not drawn by a plan (a report, a queue, a training corpus).
    """

    key: _Word
    clause: _Cited
    signal: _Word
    language: _Word
    model: _Word
    score: _Share
    inclusion_probability: _Chance | None
    breach: bool
    labelled_at: date


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a file. Blank lines are skipped; one bad line refuses the whole file: a proof has no holes.

    Raises: Refused (Malformed with the line) when the file is missing or damaged.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise Refused(f"{path}: the labels cannot be read: {error.strerror}; name a file of JSON lines") from error
    read = msgspec.json.Decoder(Label).decode
    return tuple(_label(read, line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip())


def _label(read: Callable[[bytes], Label], line: bytes, where: str) -> Label:
    try:
        return read(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{where}: not a label: {error}; mend the line, or export the labels again") from error
