"""A small simulated network, judged once for all tests that ask what the real detectors say."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from vigie.app.filling import laid_out
from vigie.decide.rulebook import Rulebook
from vigie.demo import judging
from vigie.demo.history import History
from vigie.demo.network import simulate
from vigie.detect.detector import Detector
from vigie.engine.standing import Judge, judge_of

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)


@pytest.fixture(scope="session")
def small() -> History:
    """Two weeks, 4,000 posts."""
    return simulate(7, NOW, posts=4_000, days=14)


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """What judges in a demo."""
    return judge_of(laid_out(tmp_path_factory.mktemp("terms"), NOW), NOW.date())


@pytest.fixture(scope="session")
def found(judge: Judge) -> tuple[Detector, ...]:
    """The detectors of the demo."""
    return judge.detectors


@pytest.fixture(scope="session")
def rules(judge: Judge) -> Rulebook:
    """The starter terms, read with the detectors of the demo."""
    return judge.rulebook


@pytest.fixture(scope="session")
def record(small: History, rules: Rulebook, found: tuple[Detector, ...]) -> pa.RecordBatch:
    """What is proposed for each post."""
    return (
        pa.Table.from_batches([record for record, _ in judging.judged(small, rules, found)])
        .combine_chunks()
        .to_batches()[0]
    )


@pytest.fixture(scope="session")
def flagged(record: pa.RecordBatch) -> Mapping[str, str]:
    """The flagged posts with their clause."""
    return judging.proposals(record)
