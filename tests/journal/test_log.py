"""The log can be asked and handed out, whatever is in the table already."""

import csv
import io
import json
import os
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import Misconfigured, Refused
from vigie.journal.compact import compact
from vigie.journal.erase import erase
from vigie.journal.export import Format, export
from vigie.journal.log import scan, stats
from vigie.journal.quarantine import BadLine, Quarantine
from vigie.journal.segment import read_frames
from vigie.journal.writer import Writer

from .given import NOW, ids_in, meta, posts, segments, write


@pytest.fixture
def half_compacted(tmp_path: Path) -> Path:
    write(tmp_path, ["1", "2"], ["3"])
    compact(tmp_path, now=NOW)
    write(tmp_path, ["3"], ["4", "5"], at=NOW + timedelta(hours=1))
    return tmp_path


def test_an_empty_log(tmp_path: Path) -> None:
    found = stats(tmp_path)
    assert (found.posts, found.frames, found.by_source, found.first) == (0, 0, {}, None)
    assert compact(tmp_path, now=NOW).rows == 0
    out = io.BytesIO()
    export(tmp_path, out=out)
    assert out.getvalue() == b""


def test_what_is_counted(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        writer.append(meta(0, 100, bad=1, skipped=1), posts(["1", "2"], seed=1))
        writer.append(meta(100, 200), posts(["3"], seed=2))
        writer.append(meta(100, 200), posts(["3"], seed=2))  # by a worker that outlived its reader
        writer.append(meta(0, 0, source="pushed", at=NOW + timedelta(days=1)), posts(["1"], seed=3))
    Quarantine(tmp_path, "s").keep([BadLine(3, 50, b"bad", "why")], now=NOW)
    for _ in range(3):
        found = stats(tmp_path)
        assert (found.posts, found.frames, found.lines, found.quarantined, found.skipped) == (4, 3, 6, 1, 1)
        assert found.by_source == {"s": 3, "pushed": 1}
        assert (found.first, found.last) == (NOW, NOW + timedelta(days=1))
        for counts, column in (
            (found.by_language, "language"),
            (found.by_route, "route"),
            (found.by_clause, "clause"),
        ):
            assert sum(counts.values()) == 4
            values = scan(tmp_path).select(pl.col(column).fill_null("none")).collect()[column].to_list()
            assert counts == {value: values.count(value) for value in values}
        compact(tmp_path, now=NOW)


def test_asking_can_begin_before_a_compaction_and_end_after_it(half_compacted: Path) -> None:
    asked = scan(half_compacted)
    compact(half_compacted, now=NOW)
    assert [p for p in segments(half_compacted) if p.stat().st_size] == []
    assert sorted(asked.collect()["id"].to_list()) == ["1", "2", "3", "4", "5"]
    assert asked.filter(pl.col("id") > "3").select("id").head(1).collect().height == 1
    assert ids_in(half_compacted) == ["1", "2", "3", "4", "5"]


def test_a_torn_tail_is_no_row(tmp_path: Path) -> None:
    write(tmp_path, ["1"], ["2"])
    (path,) = segments(tmp_path)
    os.truncate(path, path.stat().st_size - 1)
    assert ids_in(tmp_path) == ["1"]
    compact(tmp_path, now=NOW)
    assert ids_in(tmp_path) == ["1"]


def test_damage_is_never_passed_over(tmp_path: Path) -> None:
    write(tmp_path, ["1"], ["2"])
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[next(read_frames(tmp_path)).header.posts_at + 60] ^= 1
    path.write_bytes(data)
    with pytest.raises(Misconfigured, match="damaged"):
        scan(tmp_path)


def test_the_same_rows_in_every_format(half_compacted: Path) -> None:
    found: dict[Format, list[dict[str, object]]] = {}
    for format in ("jsonl", "csv", "parquet"):
        out = io.BytesIO()
        export(half_compacted, format=format, out=out)
        found[format] = rows(format, out.getvalue())  # type: ignore[index]
    columns = list(found["jsonl"][0])
    assert all(list(row) == columns for of_one in found.values() for row in of_one)
    assert [sorted(str(row["id"]) for row in of_one) for of_one in found.values()] == [["1", "2", "3", "4", "5"]] * 3
    for row, plain, typed in zip(*found.values(), strict=True):
        assert row["written_at"] == plain["written_at"]
        assert str(row["written_at"]).endswith(":00:00.000000Z")
        assert row["also"] == typed["also"] == str(plain["also"]).split(" ")
        assert row["hate"] == pytest.approx(typed["hate"]) == pytest.approx(float(str(plain["hate"])))


def rows(format: str, data: bytes) -> list[dict[str, object]]:
    if format == "jsonl":
        found = [json.loads(line) for line in data.splitlines()]
    elif format == "csv":
        found = list(csv.DictReader(io.StringIO(data.decode())))
    else:
        found = pl.read_parquet(data).to_dicts()
    return sorted(found, key=lambda row: str(row["id"]))


def test_some_columns_of_some_rows(half_compacted: Path) -> None:
    out = half_compacted / "out.jsonl"
    export(half_compacted, columns=["id", "source"], where="id >= '2' AND batch = 1", out=out)
    assert sorted(out.read_text().splitlines()) == [f'{{"id":"{i}","source":"s"}}' for i in "345"]
    assert list(half_compacted.glob(".*")) == []


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    place = tmp_path / "données de l'été #1, à 100 ? *"
    write(place, ["1", "o'brien"])
    compact(place, now=NOW)
    write(place, ["2"])
    export(place, columns=["id"], out=(out := place / "out.jsonl"))
    assert sorted(json.loads(line)["id"] for line in out.read_text().splitlines()) == ["1", "2", "o'brien"]
    assert erase(place, source="s", ids=["o'brien"], now=NOW).rows == 1
    assert ids_in(place) == ["1", "2", None]


@pytest.mark.parametrize("name", ["a%20b", "[a]", "a\\b", "a|b", "a\nb"])
def test_a_directory_that_the_table_could_not_live_in_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Misconfigured, match="choose a data directory without"):
        Writer(tmp_path / name)


def test_an_unknown_column_is_refused_with_those_that_exist(half_compacted: Path) -> None:
    with pytest.raises(Refused, match=r"no column hte, x; it has: source, id, .*hate"):
        export(half_compacted, columns=["hte", "id", "x"], out=io.BytesIO())


@pytest.mark.parametrize(
    "where",
    [
        "hate >",
        "nosuch = 1",
        "views",
        "*",
        "views > avg(views)",
        "count(*) > 3",
        "sum(views) over (partition by source) > 1",
        "views in (select 1)",
        "rank() over (order by views) > 1",
        "views - lag(views) OVER (order by id) > 0",
        "written_at > '2026-11-01'",
        "hate > 0.5; drop table log",
        "",
    ],
)
def test_a_condition_that_is_none_is_refused(half_compacted: Path, where: str) -> None:
    out = half_compacted / "out.csv"
    with pytest.raises(Refused, match="where: "):
        export(half_compacted, where=where, format="csv", out=out)
    assert not out.exists()


@pytest.mark.parametrize(
    "where",
    [
        "written_at >= date '2026-11-01'",
        "language IS NULL OR language IN ('fr', 'en')",
        "1 = 1",
        "id <> 'Agg' AND id <> 'Len' AND id <> 'over ('",
    ],
)
def test_conditions_that_are(half_compacted: Path, where: str) -> None:
    out = io.BytesIO()
    export(half_compacted, where=where, out=out)
    assert len(out.getvalue().splitlines()) == 5


def test_a_place_that_cannot_be_written_to(half_compacted: Path) -> None:
    (half_compacted / "file").write_text("")
    with pytest.raises(Misconfigured, match="this is a file"):
        export(half_compacted, out=half_compacted / "file" / "out.jsonl")
