"""Every reader keeps the same promises, whatever the network: nothing lost, nothing made up, each record by itself."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.intake.chunks import chunks
from vigie.intake.readers.columns import parse_map
from vigie.intake.readers.formats import FORMATS, detect, reader
from vigie.intake.readers.reader import Decoded, Reader
from vigie.records.posts import POSTS

GOLDEN = Path(__file__).parent.parent / "intake" / "golden"
FILES = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))


def expected_of(path: Path) -> dict:
    return json.loads((GOLDEN / f"{path.stem}.expected.json").read_text())


def reader_of(path: Path) -> Reader:
    columns = expected_of(path).get("map")
    return reader("auto", parse_map(columns) if columns else None, head=path.read_bytes(), name=path.name)


def as_json(decoded: Decoded) -> dict:
    def plain(value: object) -> object:
        return value.isoformat() if hasattr(value, "isoformat") else value

    posts = [{key: plain(value) for key, value in post.items() if value is not None} for post in rows(decoded)]
    return {
        "lines": decoded.lines,
        "skipped": decoded.skipped,
        "posts": posts,
        "bad": [fault._asdict() for fault in decoded.bad],
    }


def rows(decoded: Decoded) -> list[dict]:
    return decoded.posts.to_pylist()


# One record of each format, from an identifier and a text.


def x(id: str, text: str) -> str:
    return json.dumps({"id": id, "text": text, "author_id": "7", "public_metrics": {"impression_count": 3}})


def x_archive(id: str, text: str) -> str:
    return json.dumps({"tweet": {"id_str": id, "full_text": text, "created_at": "Wed Oct 10 20:19:24 +0000 2018"}})


def mastodon(id: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"id": id, "content": escaped, "account": {"id": "7"}}, ensure_ascii=False)


def bluesky(id: str, text: str) -> str:
    record = {"text": text, "createdAt": "2024-09-09T19:46:02.102Z", "langs": ["fr"]}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": id, "record": record}
    return json.dumps({"did": "did:plc:a", "kind": "commit", "commit": commit})


def jsonl(id: str, text: str) -> str:
    return json.dumps({"post_id": id, "body": text, "views": 1}, ensure_ascii=False)


def table(id: str, text: str) -> str:
    quoted = text.replace('"', '""')
    return f'{id},"{quoted}"' if any(mark in text for mark in '",\r\n') else f"{id},{text}"


HEADER = "id,text"
LAYOUTS = {
    "x": (x, reader("x"), "\n"),
    "mastodon": (mastodon, reader("mastodon"), "\n"),
    "bluesky": (bluesky, reader("bluesky"), "\n"),
    "jsonl": (jsonl, reader("jsonl"), "\n"),
    "csv": (table, reader("csv", head=HEADER.encode()), "\n"),
    "x-archive": (x_archive, reader("x-archive"), ", "),
    "x array": (x, reader("x", head=b"["), ",\n"),
    "mastodon array": (mastodon, reader("mastodon", head=b"["), ","),
    "bluesky array": (bluesky, reader("bluesky", head=b"["), ",\r\n"),
    "jsonl array": (jsonl, reader("jsonl", head=b"["), ", "),
}
LINES = {name: layout for name, layout in LAYOUTS.items() if layout[2] == "\n"}

# Text as people write it, and what breaks readers: quotes, backslashes, braces, line ends, NUL, and beyond 16 bits.
ids = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
letters = st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('"\\{}[],;\n\r<&é😀')
words = st.text(letters, max_size=40)
posts = st.lists(st.tuples(ids, words), min_size=1, max_size=12)


def document(name: str, entries: list[tuple[str, str]], end: str = "\n") -> bytes:
    write, _, between = LAYOUTS[name]
    body = between.join(write(id, text) for id, text in entries)
    if between == "\n":
        return ((HEADER + "\n" if name == "csv" else "") + body + end).encode()
    opening = "window.YTD.tweets.part0 = [\n" if name == "x-archive" else "["
    return f"{opening}{body} ]{end}".encode()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_golden_file(path: Path) -> None:
    expected = expected_of(path)
    assert detect(path.read_bytes(), path.name) == expected["format"]
    decoded = reader_of(path).decode(path.read_bytes())
    assert as_json(decoded) == {key: expected[key] for key in ("lines", "skipped", "posts", "bad")}
    assert decoded.posts.schema == POSTS
    decoded.posts.validate(full=True)


def test_every_format_has_a_golden_file() -> None:
    assert {expected_of(path)["format"] for path in FILES} == set(FORMATS) - {"auto"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@given(limit=st.integers(1, 9), size=st.integers(1, 700), full=st.integers(1, 2000))
@settings(max_examples=25, deadline=None)
def test_golden_file_cut_anywhere(path: Path, limit: int, size: int, full: int) -> None:
    """The pieces in which a file arrives and the size of batches change nothing."""
    data, format_reader = path.read_bytes(), reader_of(path)
    found, bad, lines, end = [], [], 0, 0
    for chunk in chunks(pieces_of(data, size), format_reader, limit, full=full):
        assert chunk.whole
        assert chunk.start == end
        assert chunk.data == data[chunk.start : chunk.end]
        decoded = format_reader.decode(chunk.data)
        found += rows(decoded)
        bad += [(lines + fault.line, chunk.start + fault.offset, fault.length) for fault in decoded.bad]
        lines, end = lines + decoded.lines, chunk.end
    whole = format_reader.decode(data)
    assert end == len(data)
    assert found == rows(whole)
    assert lines == whole.lines
    assert bad == [fault[:3] for fault in whole.bad]


def pieces_of(data: bytes, size: int) -> list[tuple[int, bytes]]:
    return [(start, data[start : start + size]) for start in range(0, len(data), size)]


@pytest.mark.parametrize("name", LAYOUTS)
@given(entries=posts, limit=st.integers(1, 13), size=st.integers(1, 400), end=st.sampled_from(["", "\n"]))
@settings(max_examples=60, deadline=None)
def test_valid_records_cut_anywhere(name: str, entries: list[tuple[str, str]], limit: int, size: int, end: str) -> None:
    data, format_reader = document(name, entries, end), LAYOUTS[name][1]
    found: list[tuple[str, str]] = []
    for chunk in chunks(pieces_of(data, size), format_reader, limit, full=size):
        decoded = format_reader.decode(chunk.data)
        assert chunk.whole
        assert not decoded.bad
        assert decoded.posts.num_rows <= limit
        found += [(post["id"].rpartition("/")[2], post["text"]) for post in rows(decoded)]
    assert found == entries


@pytest.mark.parametrize("name", LINES)
@given(data=st.binary(max_size=300) | st.text('{}[]"\\:,;\n\r\t aé0', max_size=300).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes_are_all_accounted_for(name: str, data: bytes) -> None:
    format_reader = LAYOUTS[name][1]
    decoded = format_reader.decode(data)
    if name != "csv":
        filled = [line for line in data.split(b"\n") if line.strip(b" \t\r").removeprefix(b"\xef\xbb\xbf")]
        assert decoded.posts.num_rows + decoded.skipped + len(decoded.bad) == len(filled)
    for fault in decoded.bad:
        start = data.rfind(b"\n", 0, fault.offset) + 1
        assert start == fault.offset
        assert fault.line == data.count(b"\n", 0, start)
        assert data[fault.offset + fault.length :].lstrip(b"\r")[:1] in (b"\n", b"")


@pytest.mark.parametrize("name", LAYOUTS)
@given(data=st.binary(max_size=300) | st.text('{}[]"\\:,\n aé0', max_size=300).map(str.encode), limit=st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_no_bytes_stop_the_stream(name: str, data: bytes, limit: int) -> None:
    format_reader = LAYOUTS[name][1]
    cut = list(chunks([(0, data)] if data else [], format_reader, limit))
    assert b"".join(chunk.data for chunk in cut) == data
    for chunk in cut:
        assert format_reader.decode(chunk.data).posts.schema == POSTS


@pytest.mark.parametrize("name", LINES)
@given(entries=posts, junk=st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_bad_line_leaves_its_neighbours_alone(name: str, entries: list[tuple[str, str]], junk: list[bytes]) -> None:
    write, format_reader, _ = LAYOUTS[name]
    good = [write(id, text).encode() for id, text in entries]
    # In CSV a stray quote may open a cell, so only there does junk stay free of quotes.
    junk = [line.replace(b'"', b"").replace(b",", b"") for line in junk] if name == "csv" else junk
    mixed = [line for pair in zip(good, [*junk, *[b""] * len(good)], strict=False) for line in pair]
    alone = format_reader.decode(b"\n".join(good))
    assert rows(format_reader.decode(b"\n".join(mixed))) == rows(alone)


@pytest.mark.parametrize("name", sorted(LINES.keys() - {"csv"}))
@given(entries=posts, places=st.lists(st.integers(0, 2000), max_size=6), octets=st.binary(min_size=6, max_size=6))
@settings(max_examples=100, deadline=None)
def test_damaged_lines_read_alone_as_together(
    name: str, entries: list[tuple[str, str]], places: list[int], octets: bytes
) -> None:
    write, format_reader, _ = LAYOUTS[name]
    data = bytearray("\n".join(write(id, text) for id, text in entries).encode())
    for place, octet in zip(places, octets, strict=False):
        data[place % len(data)] = octet
    together = format_reader.decode(bytes(data))
    alone = [format_reader.decode(line) for line in bytes(data).split(b"\n")]
    assert rows(together) == [post for line in alone for post in rows(line)]
    assert [fault.reason for fault in together.bad] == [fault.reason for line in alone for fault in line.bad]
    assert together.skipped == sum(line.skipped for line in alone)


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_by_one_is_the_same_as_all_at_once(name: str) -> None:
    write, format_reader, between = LAYOUTS[name]
    entries = [(str(number), f"Texte {number} é") for number in range(500)]
    together = format_reader.decode(document(name, entries)).posts
    opening = "[" if between != "\n" else ""
    alone = [format_reader.decode((opening + write(id, text)).encode()).posts for id, text in entries]
    assert together.equals(pa.concat_batches(alone))


@pytest.mark.parametrize("name", LINES)
def test_unterminated_last_line(name: str) -> None:
    write, format_reader, _ = LAYOUTS[name]
    line = write("1", 'un "deux" trois').encode()
    assert format_reader.split(line, 10, last=False) == 0
    assert format_reader.split(line, 10, last=True) == len(line)
    assert format_reader.split(line + b"\n" + line[:-1], 10, last=True) == len(line) + 1
    assert format_reader.split(b"", 10, last=True) == 0
