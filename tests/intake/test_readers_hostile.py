"""A crafted record costs itself, and no more: neither a crash, nor its neighbours, nor minutes."""

import json
import time

import pytest

from vigie.errors import Malformed
from vigie.intake.chunks import chunks
from vigie.intake.readers import reader as limits
from vigie.intake.readers.formats import reader
from vigie.intake.readers.markup import plain_text

GOOD = b'{"id":"good","text":"bonjour"}'
DEEP = 100_000
HOSTILE = {
    "deep arrays": b'{"id":"1","text":"a","x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"id":"1","text":"a","x":' + b'{"x":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "open arrays": b"[" * DEEP,
    "open objects": b'{"a":' * DEEP,
    "raw surrogate": b'{"id":"1","text":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"id":"1","text":"\xc0\xaf"}',
    "latin-1": '{"id":"1","text":"été"}'.encode("latin-1"),
    "raw NUL": b'{"id":"1","text":"a\0b"}',
    "only NUL": b"\0" * 1000,
    "escaped NUL in the id": b'{"id":"a\\u0000b","text":"a"}',
    "surrogate in the id": b'{"id":"\\ud800\\u0000","text":"a"}',
    "enormous id": b'{"id":' + b"9" * 100_000 + b',"text":"a"}',
    "enormous text": b'{"id":"1","text":"' + b"a" * 1_000_001 + b'"}',
    "id is an object": b'{"id":{"$oid":"1"},"text":"a"}',
    "unhashable author": b'{"data":[],"includes":{"users":[]},"id":',
    "two records": b'{"id":"1","text":"a"}{"id":"2","text":"b"}',
    "half a record": b'{"id":"1",',
    "other half": b'"text":"a"}',
    "control character": b'{"id":"1","text":"a\x07"}',
    "backslashes": b'{"id":"1","text":"' + b"\\" * 99_999 + b'"}',
    "a million commas": b"," * 1_000_000,
}
COMMIT = {"operation": "create", "collection": "app.bsky.feed.post"}
TAGS = ["<" * 500_000, "<!--" * 250_000, "</p" * 300_000, "&#" + "9" * 100_000, "&" * 500_000]
JUDGED = {
    "1 MB": ("a" * 999_999, "a" * 999_999),
    "combining marks": ("a" + "\u0301" * 100_000, "a" + "\u0301" * 100_000),
    "NUL": ("a\0b", "a\0b"),
    "half an emoji": ("a\ud83d", "a\ufffd"),
    "halves in the wrong order": ("\ude00\ud83d", "\ufffd\ufffd"),
    "a whole emoji": ("😀", "😀"),
    "right to left": ("\u202eabc", "\u202eabc"),
    "beyond": ("\U0010ffff", "\U0010ffff"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("format_name", ["x", "jsonl"])
def test_a_hostile_line_is_set_aside(format_name: str, case: str) -> None:
    chunk = b"\n".join([GOOD, HOSTILE[case], GOOD, b""])
    began = time.process_time()
    decoded = reader(format_name).decode(chunk)
    assert time.process_time() - began < 5
    assert decoded.posts.column("id").to_pylist() == ["good", "good"]
    assert [(fault.line, fault.offset, fault.length) for fault in decoded.bad] == [
        (1, len(GOOD) + 1, len(HOSTILE[case]))
    ]
    assert len(decoded.bad[0].reason) < 120


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("format_name", ["mastodon", "bluesky", "x-archive", "csv"])
def test_no_reader_crashes(format_name: str, case: str) -> None:
    for head in (b"id,text\n", b"["):
        if format_name != "csv" or head != b"[":
            assert reader(format_name, head=head).decode(head + HOSTILE[case]).posts.num_rows <= 2


@pytest.mark.parametrize("case", JUDGED)
def test_an_odd_text_is_judged_all_the_same(case: str) -> None:
    written, read = JUDGED[case]
    chunk = b"\n".join([GOOD, json.dumps({"id": "odd", "text": written}).encode(), GOOD])
    decoded = reader("x").decode(chunk)
    assert not decoded.bad
    assert decoded.posts.column("text").to_pylist() == ["bonjour", read, "bonjour"]


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "text": "a", "author_id": ["x"], "lang": {"x": 1}, "public_metrics": [1], "created_at": {}},
        {"data": {"id": "1", "text": "a", "author_id": {"x": 1}}, "includes": {"users": [{"id": []}, 3, None]}},
        {"data": {"id": "1", "text": "a"}, "includes": [1]},
        {"id": "1", "text": "a", "note_tweet": "no", "author": 7},
    ],
)
def test_odd_fields_of_x_are_null(record: dict) -> None:
    decoded = reader("x").decode(json.dumps(record).encode())
    assert decoded.posts.to_pylist()[0] | {"id": "1", "text": "a"} == dict.fromkeys(decoded.posts.schema.names) | {
        "id": "1",
        "text": "a",
    }


@pytest.mark.parametrize(
    ("format_name", "record"),
    [
        ("mastodon", {"event": ["update"], "payload": 1}),
        ("mastodon", {"event": "update", "payload": ["x"]}),
        ("mastodon", {"id": [], "content": {}, "account": [], "reblog": []}),
        ("bluesky", {"did": [], "kind": {}, "commit": {"operation": [], "collection": {}}}),
        ("bluesky", {"did": 1, "kind": "commit", "commit": COMMIT}),
        ("bluesky", {"did": "a", "kind": "commit", "commit": COMMIT | {"rkey": "b", "record": [1]}}),
        ("bluesky", {"uri": "at://", "record": {"langs": [{}], "text": "a"}, "author": "x"}),
        ("bluesky", {"uri": "at://a/app.bsky.feed.post/b", "record": [1]}),
        ("x-archive", {"tweet": [1], "delete": 1}),
    ],
)
def test_odd_records_of_other_networks_do_not_crash(format_name: str, record: dict) -> None:
    decoded = reader(format_name, head=b"{").decode(json.dumps(record).encode())
    assert decoded.posts.num_rows == 0
    assert decoded.skipped + len(decoded.bad) == 1


@pytest.mark.parametrize("html", TAGS, ids=range(len(TAGS)))
def test_html_takes_linear_time(html: str) -> None:
    began = time.process_time()
    plain_text(html)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&#00097;", "a"),
        ("&#99999999999;", "\ufffd"),
        ("&#xD800;", "\ufffd"),
        ("sa<b></b>lut", "salut"),
        ("1 < 2 and a <3 b", "1 < 2 and a <3 b"),
        ("<p>a</p><ul><li>b</li><li>c</li></ul>", "a\nb\nc"),
        ("a<!-- b -->c", "ac"),
        ("a &amp;lt; b", "a &lt; b"),
    ],
)
def test_html(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.fixture
def short_records(monkeypatch: pytest.MonkeyPatch) -> int:
    """Records of at most 1,000 bytes, so that tests need no megabytes."""
    from vigie.intake.readers import dialect, elements, lines, table

    for module in (limits, dialect, elements, lines, table):
        monkeypatch.setattr(module, "LONGEST_RECORD", 1000)
    return 1000


def pieces(data: bytes, size: int = 64) -> list[tuple[int, bytes]]:
    return [(start, data[start : start + size]) for start in range(0, len(data), size)]


def test_an_endless_line_does_not_fill_the_memory(short_records: int) -> None:
    data = GOOD + b"\n" + b"x" * 2500 + b"\n" + GOOD + b"\n"
    decoded = [reader("x").decode(chunk.data) for chunk in chunks(pieces(data), reader("x"), 10, full=64)]
    assert sum(part.posts.num_rows for part in decoded) == 2
    reasons = [fault.reason for part in decoded for fault in part.bad]
    assert len(reasons) == 3
    assert "longer than" in reasons[0]


def test_an_endless_element_is_refused(short_records: int) -> None:
    cut = chunks(pieces(b"[" + GOOD + b',{"id":' + b"1" * 2500), reader("x", head=b"["), 10, full=64)
    assert next(cut).data == b"[" + GOOD
    with pytest.raises(Malformed, match="does not end within"):
        next(cut)


def test_an_endless_quote_costs_its_own_line(short_records: int) -> None:
    data = b'id,text\n1,"open\n' + b"2,b\n" * 500 + b'3,"c"\n'
    table = reader("csv", head=data)
    decoded = [table.decode(chunk.data) for chunk in chunks(pieces(data), table, 50, full=64)]
    assert sum(part.posts.num_rows for part in decoded) == 501
    assert [fault.reason[:7] for part in decoded for fault in part.bad] == ["a quote"]
