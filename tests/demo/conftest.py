"""A small simulated network, judged once for all tests that ask what the real detectors say."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from vigie.app import wiring
from vigie.decide.rulebook import Rulebook
from vigie.demo import judging
from vigie.demo.history import History
from vigie.demo.network import simulate
from vigie.detect.detector import Detector

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)


@pytest.fixture(scope="session")
def small() -> History:
    """Two weeks, 4,000 posts."""
    return simulate(7, NOW, posts=4_000, days=14)


@pytest.fixture(scope="session")
def found() -> tuple[Detector, ...]:
    """The detectors of the demo."""
    return judging.detectors()


@pytest.fixture(scope="session")
def rules(found: tuple[Detector, ...]) -> Rulebook:
    """The starter terms, read with the detectors of the demo."""
    return wiring.rulebook(None, found, NOW.date())


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
