"""Whatever a program sends, it gets an answer that the document describes, and never a fault of ours."""

from pathlib import Path
from unittest import SkipTest

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as bounds
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.given import AT, RUDE, Program
from tests.api.test_door import decided
from vigie.api.routes import ROUTES
from vigie.services import endpoints, inbox, judging

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning:jsonschema_rs")]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """An instance with a case, a decision that has left, and an endpoint that has not heard of it."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    judging.door.cache_clear()
    program = Program(source="s")
    endpoints.make("https://example.org/hook", AT)
    program.post("/posts", {"id": "1", "text": RUDE, "account": "a"})
    inbox.pull(tmp_path, lambda: AT)
    decided()
    # Unlike Django's own test client, a plain WSGI call would close the connection that this test's transaction is in.
    for ask in (request_started, request_finished):
        ask.disconnect(close_old_connections)
    yield program
    for ask in (request_started, request_finished):
        ask.connect(close_old_connections)
    judging.door().close()
    judging.door.cache_clear()


SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


def under_its_own_name(case: schemathesis.Case) -> schemathesis.Case:
    """The request as drawn, but for a header that names another host: the server answers it before the API is asked."""
    for name in [one for one in case.headers or {} if one.lower() == "host"]:
        del case.headers[name]
    return case


@pytest.mark.parametrize("name", ["Host", "host"])
def test_a_host_that_was_drawn_is_not_sent(name: str, instance: Program) -> None:
    operation = next(one for one in OPERATIONS if (one.method.upper(), one.path) == ("POST", "/api/v1/accounts"))
    case = operation.Case(headers={name: "no host", "X-Drawn": "1"}, body={"accounts": []})
    under_its_own_name(case).call_and_validate(headers={"Authorization": f"Bearer {instance.token}"}, checks=CHECKS)
    assert set(case.headers) == {"X-Drawn"}


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method.upper()} {one.path}")
@bounds(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=strategies.data())
def test_every_answer_is_documented(
    operation: schemathesis.APIOperation, mode: GenerationMode, instance: Program, data: strategies.DataObject
) -> None:
    try:
        case = data.draw(operation.as_strategy(generation_mode=mode))
    except (SkipTest, Unsatisfiable):
        pytest.skip("every value is valid here")
    answer = under_its_own_name(case).call_and_validate(
        headers={"Authorization": f"Bearer {instance.token}"}, checks=CHECKS
    )
    assert answer.status_code < 500


def test_every_address_was_tried() -> None:
    assert len(OPERATIONS) == len(ROUTES)
