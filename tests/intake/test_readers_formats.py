"""The format of a file is told from its beginning; the operator's map is understood, or refused with a hint."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import Refused
from vigie.intake.readers.batches import Doubt
from vigie.intake.readers.columns import Columns, parse_map
from vigie.intake.readers.elements import Elements
from vigie.intake.readers.formats import detect, reader
from vigie.intake.readers.lines import Lines
from vigie.intake.readers.table import Table

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b'{"data":{"id":"1","text":"a","author_id":"2"},"includes":{}}', "a", "x"),
        (b'{"data":[{"author_id":"2","edit_history_tweet_ids":["1"],"id":"1","text":"' + b"a" * 100, "a", "x"),
        (b'\xef\xbb\xbf\n {"id":"1","text":"a"}', "a.json", "jsonl"),
        (b'{"id":"1","text":"say \\"author_id\\": now"}', "a.json", "jsonl"),
        (b"window.YTD.tweet.part0 = [ {", "tweet.js", "x-archive"),
        (b'{"id":1,"id_str":"1","text":"a","user":{}}', "a", "x-archive"),
        (b'{"did":"did:plc:a","time_us":1,"kind":"identity"}', "a", "bluesky"),
        (b'[{"id":"1","content":"<p></p>","account":{"acct":"a"}}]', "a", "mastodon"),
        (b'{"event":"delete","payload":"1"}', "a", "mastodon"),
        (b"id,text\n", "a", "csv"),
        (b"{a}\tb\n", "a.TSV.gz", "csv"),
    ],
)
def test_detect(head: bytes, name: str, expected: str) -> None:
    assert detect(head, name) == expected


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"hello\n", "--format"),
        (b"\xff\xfei\0d\0", "UTF-16"),
        (b"a,b\n", "no column for id and text"),
        (b"id,b\n", "--map text=NAME"),
        (b"id,t\xe9xt\n", "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_hint(head: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        reader("auto", head=head, name="file")


def test_lines_or_an_array() -> None:
    assert isinstance(reader("auto", head=b'[{"id":"1","text":"a"}]'), Elements)
    assert isinstance(reader("jsonl", head=b'{"id":"1","text":"a"}'), Lines)
    assert isinstance(reader("x-archive"), Elements)
    assert isinstance(reader("x-archive", head=b'{"id_str":"1"}'), Lines)


def test_unknown_format_and_idle_map_are_refused() -> None:
    with pytest.raises(Refused, match=r"The formats are auto, x, "):
        reader("xml")
    with pytest.raises(Refused, match=r"--map is for jsonl and csv"):
        reader("x", Columns())


def test_map() -> None:
    columns = parse_map("id = ID , views=seen|shown.total")
    assert columns.id == ("ID",)
    assert columns.views == ("seen", "shown.total")
    assert columns.text == Columns().text


@pytest.mark.parametrize("words", ["", "id", "id=", "name=x", "id=a,id=b", "id=a..b", "text=|", "id=a,,text=b"])
def test_a_map_that_is_not_understood_names_the_fields(words: str) -> None:
    with pytest.raises(Refused, match=r"id, text, account|names 'id' twice"):
        parse_map(words)


@pytest.mark.parametrize(
    ("words", "line", "expected"),
    [
        ("id=user,account=user.id", b'{"user":{"id":"u"},"text":"a"}', None),
        ("id=user,account=user.id", b'{"user":5,"text":"a"}', ("5", "a", None, None)),
        ("id=a.b.c,text=a.t", b'{"a":{"b":{"c":1},"t":"x"}}', ("1", "x", None, None)),
        ("id=n,views=n", b'{"n":7,"text":"a"}', ("7", "a", None, 7)),
        ("views=time", b'{"id":"1","time":1714979289.5,"text":"a"}', ("1", "a", None, 1714979289)),
        ("id=id,text=id", b'{"id":"1"}', ("1", "1", None, None)),
        ("account=author.name", b'{"id":"1","text":"a","author":"x"}', ("1", "a", None, None)),
    ],
)
def test_any_map_can_be_used(words: str, line: bytes, expected: tuple | None) -> None:
    format_reader = reader("jsonl", parse_map(words))
    for chunk in (line, b"\n".join([line] * 100)):
        decoded = format_reader.decode(chunk)
        if expected is None:
            assert decoded.posts.num_rows == 0
        else:
            seen = decoded.posts.select(["id", "text", "account", "views"]).to_pylist()[0]
            assert tuple(seen.values()) == expected


def test_csv_columns_are_found_whatever_their_letter_case_and_order() -> None:
    table = reader("csv", head=b"Text;VIEWS;Id\n")
    seen = table.decode(b"Text;VIEWS;Id\nsalut;3;1\n").posts.to_pylist()[0]
    assert (seen["id"], seen["text"], seen["views"]) == ("1", "salut", 3)


def test_csv_glued_together_skips_each_first_row() -> None:
    decoded = reader("csv", head=b"id,text\n").decode(b"id,text\n1,a\nid,text\n2,b\n")
    assert (decoded.posts.num_rows, decoded.skipped) == (2, 2)


def test_csv_stray_quote_costs_its_own_line() -> None:
    decoded = reader("csv", head=b"id,text,lang\n").decode(b'1,"a,fr\n2,b,fr\n3,"c",fr\n4,"d\ne",fr\n')
    assert decoded.posts.column("id").to_pylist() == ["2", "3", "4"]
    assert [(fault.line, fault.offset) for fault in decoded.bad] == [(0, 0)]


@given(st.text(st.sampled_from('",\n\ra1é'), max_size=40))
@settings(deadline=None)
def test_csv_reads_rows_at_once_as_one_by_one(text: str) -> None:
    table = Table(b"id,text")
    try:
        posts, skipped = table._at_once(text.encode())
    except (Doubt, csv.Error):
        return
    closely = table._one_by_one(text.encode(), 0)
    assert posts.equals(closely.posts)
    assert (skipped, []) == (closely.skipped, closely.bad)


def test_a_byte_order_mark_belongs_to_no_record() -> None:
    for head, rest in ((b"", b'{"id":"1","text":"a"}\n'), (b"id,text\n", b"1,a\n")):
        data = b"\xef\xbb\xbf" + head + rest
        decoded = reader("auto", head=data).decode(data)
        assert (decoded.posts.num_rows, decoded.bad) == (1, [])
