"""Listed domains and their sub-domains, and nothing that only looks like them."""

from importlib import resources
from pathlib import Path

import pyarrow as pa
import pytest

from vigie.detect.detector import Post
from vigie.detect.links import Links, read_list
from vigie.errors import Misconfigured
from vigie.intake.prepared import prepared
from vigie.records.posts import POSTS


@pytest.fixture
def links(tmp_path: Path) -> Links:
    path = tmp_path / "scam.txt"
    path.write_text("# ours\nbad.example\nshop.co.uk  # a shop\nbücher.example\n\n")
    return Links(path)


def score(links: Links, text: str) -> float:
    batch = prepared(pa.RecordBatch.from_pylist([{"id": "1", "text": text}], schema=POSTS))
    return float(links.score(batch)["scam_link"][0])


@pytest.mark.parametrize(
    "text",
    [
        "see https://bad.example/win?x=1",
        "see bad.example now",
        "https://login.bad.example",
        "http://user:secret@bad.example:8080/a",
        "HTTPS://BAD.EXAMPLE.",
        "(shop.co.uk)",
        "https://xn--bcher-kva.example/x",
        "https://Bücher.example/x",
    ],
)
def test_a_listed_link_is_found_and_shown(links: Links, text: str) -> None:
    assert score(links, text) == 1.0
    (evidence, *_) = links.explain(Post(text, "en"), ("scam_link",))
    assert evidence.words == text[evidence.start : evidence.end]
    assert evidence.why.startswith("listed: ")


@pytest.mark.parametrize(
    "text",
    ["https://bad.example.org/", "notbad.example", "bad . example", "other.co.uk", "co.uk", "mail bad@example", ""],
)
def test_what_only_looks_like_it_is_not(links: Links, text: str) -> None:
    assert score(links, text) == 0.0


def test_every_post_of_a_batch_is_looked_at_alone(links: Links) -> None:
    texts = [
        "bad.exam",
        "ple or bad.example",
        "",
        "bad.example bad.example",
        "nothing",
        "shop.co.",
        "uk",
        "at shop.co.uk",
    ]
    batch = prepared(pa.RecordBatch.from_pylist([{"id": "1", "text": text} for text in texts], schema=POSTS))
    assert links.score(batch)["scam_link"].tolist() == [0, 1, 0, 1, 0, 0, 0, 1]
    assert links.score(batch.slice(3, 3))["scam_link"].tolist() == [1, 0, 0]
    assert links.score(batch.slice(0, 0))["scam_link"].tolist() == []


@pytest.mark.parametrize("line", ["co.uk", "com", "github.io"])
def test_a_public_suffix_cannot_be_listed(tmp_path: Path, line: str) -> None:
    path = tmp_path / "scam.txt"
    path.write_text(f"good.example\n{line}\n")
    with pytest.raises(Misconfigured, match=r"scam\.txt:2: .*no domain"):
        Links(path)


def test_the_list_that_ships_holds_no_public_suffix() -> None:
    shipped = (resources.files("vigie.detect") / "domains" / "scam.txt").read_text()
    assert read_list(shipped, "scam.txt") == Links().domains


def test_hostile_hosts_take_linear_time(links: Links) -> None:
    assert score(links, "a." * 100_000 + " bad.example") == 1.0
    assert score(links, "https://" + "@" * 100_000) == 0.0
