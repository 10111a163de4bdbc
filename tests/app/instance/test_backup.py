"""A backup made while posts and decisions are being written, and what is there when it is restored."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from .serving import Instance, database_of_its_own, until

#: Judges posts into the journal until told to stop: one post a batch, its number said when the disk has confirmed it.
WRITE = """
import sys
import pyarrow as pa
from vigie.app import wiring
from vigie.engine.worker import Log
from vigie.records.posts import POSTS
"""
#: Claims and decides until told to stop; each decision is said when it is committed.
DECIDE = """
import sys, time
from pathlib import Path
from vigie.app import preparing
DATA = Path(sys.argv[1])
preparing.configure(DATA)
from datetime import UTC, datetime
from vigie.services import decisions, review
from vigie.services.decisions import Verdict
from vigie.store.models import User
from vigie.store.people import Role
anne, _ = User.objects.get_or_create(username="anne", defaults={"roles": [Role.MODERATOR]})
while True:
    case = review.claim_next(anne, datetime.now(UTC))
    if case is None:
        time.sleep(0.05)
        continue
    made = decisions.settle(case.pk, Verdict(breach=False), by=anne, at=datetime.now(UTC))
    print(made.pk, flush=True)
"""
FLAGGED = "je te hais, sale {word}, retourne chez toi, on va tous vous tuer"


def posts(first: int, last: int) -> bytes:
    """Posts that are flagged, each by an account of its own."""
    lines = [
        {"id": f"p{n}", "account": f"a{n}", "text": f"{n} retourne dans ton pays sale arabe", "lang": "fr"}
        for n in range(first, last)
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def judge(instance: Instance, first: int, last: int) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "vigie", "moderate", "-", "--source", "s", "--data", str(instance.data)]
    subprocess.run(
        [*command, "--format", "jsonl", "--batch", "20", "--quiet"],
        input=posts(0, last), env=instance.environment, check=True, capture_output=True,
    )  # fmt: skip
