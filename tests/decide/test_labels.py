"""A file of labels is read whole or not at all."""

import msgspec
import pytest

from vigie.decide.labels import Label, read_labels
from vigie.errors import Malformed, Refused

from .samples import label

GOOD = msgspec.json.encode(label("a"))


def read(tmp_path, text: bytes) -> tuple[Label, ...]:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(text)
    return read_labels(path)


def spoilt(**given) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(label("a")), **given})


def test_labels_are_read_as_they_were_written_and_blank_lines_are_skipped(tmp_path):
    assert read(tmp_path, GOOD + b"\n\r\n  \n" + spoilt(inclusion_probability=None) + b"\r\n") == (
        label("a"),
        label("a", inclusion_probability=None),
    )
    assert read(tmp_path, b"") == ()


@pytest.mark.parametrize(
    "line",
    [
        GOOD[:-10],
        GOOD + GOOD,
        b"null",
        b"[]",
        b'{"key": "a"}',
        b"\xff\xfe",
        b"not json",
        GOOD.replace(b'"key":"a"', b'"key":"\xff"'),
        GOOD.replace(b"0.97", b"NaN"),
        GOOD.replace(b"0.97", b"1e999"),
        *(spoilt(score=score) for score in (-0.1, 1.1, "0.9", None)),
        *(spoilt(inclusion_probability=chance) for chance in (0, -1, 1.5, "1")),
        *(spoilt(breach=breach) for breach in (None, 1, "yes")),
        *(spoilt(labelled_at=day) for day in ("2026-02-30", "yesterday", 1, None)),
        *(spoilt(clause=cited) for cited in ("hate.racism", "hate.racism@0", "Hate@1", "hate.racism@1@2", "")),
        *(spoilt(**{name: ""}) for name in ("key", "signal", "language", "model")),
        spoilt(inclusion_probabilty=0.5),
    ],
)
def test_a_damaged_line_refuses_the_file_and_is_named(tmp_path, line):
    with pytest.raises(Malformed, match=r"labels.jsonl:3: not a label: .*; mend the line"):
        read(tmp_path, GOOD + b"\n\n" + line + b"\n" + GOOD)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Refused, match="the labels cannot be read: No such file"):
        read_labels(tmp_path / "none.jsonl")
    with pytest.raises(Refused, match="cannot be read"):
        read_labels(tmp_path)
