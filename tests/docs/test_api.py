"""The page of the API says what the document says, and the examples of the how-to work."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from vigie.api import answered, asked
from vigie.api.door import TooLarge
from vigie.api.openapi import document
from vigie.api.problems import _STATUS, NotJson
from vigie.services import outbox
from vigie.services.accounts import FIELDS
from vigie.services.keys import SCOPES
from vigie.services.outbox import WAITS

from .reading import DOCS, first_cells, in_code, sections, text_of

DOCUMENT = msgspec.json.decode(document())
PAGE = sections(text_of("api"))
HOWTO = (DOCS / "howto" / "connect-a-platform.md").read_text()


def addresses() -> dict[str, dict[str, object]]:
    """Method and path → what the document says of it."""
    return {f"{m.upper()} {path}": op for path, methods in DOCUMENT["paths"].items() for m, op in methods.items()}


def test_every_address_is_documented_and_no_other() -> None:
    assert first_cells(PAGE["Addresses"]) == set(addresses())


@pytest.mark.parametrize("address", addresses())
def test_every_address_says_its_scope(address: str) -> None:
    row = next(line for line in PAGE["Addresses"].splitlines() if line.startswith(f"| `{address}` |"))
    scope = row.split("|")[2].strip().strip("`")
    assert f"Scope `{scope}`" in str(addresses()[address]["description"])


def test_every_scope_is_documented() -> None:
    assert first_cells(PAGE["Keys"]) == set(SCOPES)


def test_every_field_is_documented_and_no_other() -> None:
    assert first_cells(PAGE["Posts"]) == {*asked.Post.__struct_fields__, *answered.Result.__struct_fields__}
    assert first_cells(PAGE["Decisions"]) == set(answered.Message.__struct_fields__)
    assert set(FIELDS) <= in_code(PAGE["Accounts"])
    assert set(answered.Problem.__struct_fields__) <= in_code(PAGE["Refusals"])
    assert {*asked.Context.__struct_fields__, *asked.Said.__struct_fields__} <= in_code(PAGE["Posts"])


def test_every_status_is_documented() -> None:
    answers = {code for one in addresses().values() for code in one["responses"] if code >= "400"}
    assert answers | {str(code) for _, code in _STATUS} == first_cells(PAGE["Refusals"])
    assert {NotJson, TooLarge} <= {kind for kind, _ in _STATUS}


def test_the_waits_between_attempts_are_those_of_the_program() -> None:
    def told(seconds: float) -> str:
        unit, name = next((u, n) for u, n in ((3600, "h"), (60, "min"), (1, "s")) if seconds >= u and seconds % u == 0)
        return f"{seconds / unit:.0f} {name}"

    times = [told(wait.total_seconds()) for wait in WAITS]
    assert f"{', '.join(times[:-1])} and {times[-1]}" in " ".join(PAGE["Webhooks"].split())


def test_the_example_tells_a_genuine_message_from_another() -> None:
    code = re.search(r"```python\n(.*?)```", HOWTO, re.DOTALL)
    assert code is not None
    space: dict[str, object] = {}
    exec(code[1], space)
    genuine = space["genuine"]
    assert callable(genuine)
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    headers = outbox.signed("secret", b"{}", at)
    now = at.timestamp()
    assert genuine("secret", headers, b"{}", now)
    assert not genuine("another", headers, b"{}", now)
    assert not genuine("secret", headers, b"{ }", now)
    assert not genuine("secret", headers, b"{}", now + 301)


def test_the_examples_use_addresses_that_exist() -> None:
    asked_for = re.findall(r"http://127\.0\.0\.1:8400(/api/v1/[a-z]+)", HOWTO)
    assert set(asked_for) <= {path.partition("/{")[0] for path in DOCUMENT["paths"]}


def test_the_examples_send_what_is_understood() -> None:
    bodies = re.findall(r"-d '\s*(\{.*?\})'", HOWTO, re.DOTALL)
    kinds = (asked.Posts, asked.PostChange, asked.Views, asked.Accounts, asked.NewEndpoint, asked.Confirmation)
    assert len(bodies) == len(kinds)
    for body, kind in zip(bodies, kinds, strict=True):
        msgspec.json.decode(body, type=kind)
