"""One batch is judged: pure, in order, and the same however posts are grouped."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from vigie.app import wiring
from vigie.engine.pipeline import explain, judge, model_hash
from vigie.intake.readers.formats import reader
from vigie.records.posts import POSTS

DATA = (Path(__file__).parents[2] / "examples" / "posts.jsonl").read_bytes()
DETECTORS = wiring.detectors(None)
RULES = wiring.rulebook(None, DETECTORS, wiring.now().date())
POSTED = reader("x", head=DATA).decode(DATA).posts


def test_a_record_for_every_post_in_order() -> None:
    record = judge(POSTED, RULES, DETECTORS)
    assert record.column("id").equals(POSTED.column("id"))
    assert record.schema.field("hate").type == pa.float32()
    assert record.schema.field("clause").type == pa.string()


def test_neighbours_change_nothing() -> None:
    whole = judge(POSTED, RULES, DETECTORS).to_pylist()
    parts = [row for n in range(0, len(POSTED), 7) for row in judge(POSTED.slice(n, 7), RULES, DETECTORS).to_pylist()]
    assert parts == whole


def test_an_empty_batch_is_judged() -> None:
    record = judge(POSTED.slice(0, 0), RULES, DETECTORS)
    assert len(record) == 0
    assert len(explain(POSTED.slice(0, 0), record, RULES, DETECTORS)) == 0


def test_only_flagged_posts_leave_their_text_and_each_has_evidence() -> None:
    record = judge(POSTED, RULES, DETECTORS)
    inbox = explain(POSTED, record, RULES, DETECTORS)
    assert len(inbox) == len(record) - record.column("clause").null_count
    assert "text" not in record.schema.names
    assert all(json.loads(evidence) for evidence in inbox.column("evidence").to_pylist())


def test_a_batch_looks_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow looks for python-dateutil, all along the path, whenever it must guess the type of a plain value."""
    looked_for: list[str] = []

    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            looked_for.append(name)

    def batch() -> None:
        explain(POSTED, judge(POSTED, RULES, DETECTORS), RULES, DETECTORS)

    batch()
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    batch()
    assert not looked_for


def test_the_key_changes_the_hashes_and_nothing_else() -> None:
    one, other = (judge(POSTED, RULES, DETECTORS, key) for key in (bytes(16), bytes(range(16))))
    changed = {name for name in one.schema.names if not one.column(name).equals(other.column(name))}
    assert changed == {"text_hash", "fingerprint"}


def test_disguised_copies_have_one_fingerprint() -> None:
    rows = [{"id": "1", "text": "Free MONEY here"}, {"id": "2", "text": "frее m0ney  hére"}]
    record = judge(pa.RecordBatch.from_pylist(rows, schema=POSTS), RULES, DETECTORS)
    assert len(set(record.column("fingerprint").to_pylist())) == 1
    assert len(set(record.column("text_hash").to_pylist())) == 2


def test_the_model_hash_names_every_detector() -> None:
    assert model_hash(DETECTORS) == model_hash(tuple(reversed(DETECTORS)))
    assert model_hash(DETECTORS) != model_hash(DETECTORS[1:])


def test_as_shipped_every_clause_says_people_only() -> None:
    routes = set(judge(POSTED, RULES, DETECTORS).column("route").to_pylist())
    assert routes == {None, "human"}
    assert not any(rule.alone for rule in RULES.rules)


@pytest.mark.parametrize("name", ["racism", "antisemitism", "misogyny", "lgbt", "disability"])
def test_the_examples_break_what_they_were_written_to_break(name: str) -> None:
    proposed = {
        c
        for row in judge(POSTED, RULES, DETECTORS).to_pylist()
        if row["clause"]
        for c in (row["clause"], *(row["also"] or []))
    }
    assert f"hate.{name}@1" in proposed
