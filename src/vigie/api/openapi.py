"""The OpenAPI 3.1 document, made from the table of routes and the types that read and write: it cannot say anything else."""

import re
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, get_args

import msgspec

from vigie import __version__
from vigie.api.answered import Problem
from vigie.api.routes import ROOT, ROUTES, Route
from vigie.records.evidence import Evidence
from vigie.services.keys import SCOPES

_ABOUT = (
    "Send posts, get proposals; fetch decisions, confirm them. Proposals are never restrictions: a decision is made by "
    "people, or by a machine where its precision is proven, and leaves by webhook and feed. Send `Authorization: Bearer` "
    "and a key (`vigie key make`). Unknown fields are ignored."
)


@cache
def document() -> bytes:
    """The document as JSON, the same bytes each time."""
    schemas, components = msgspec.json.schema_components(list(_types()), ref_template="#/components/schemas/{name}")
    by_type = {str(kind): schema for kind, schema in zip(_types(), schemas, strict=True)}
    by_type |= {
        str(route.takes): {"anyOf": [by_type[str(kind)] for kind in get_args(route.takes)]}
        for route in ROUTES
        if get_args(route.takes)
    }
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"{ROOT}{route.path}", {})[route.method.lower()] = _operation(route, by_type)
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "openapi": "3.1.0",
                "info": {"title": "Vigie", "version": __version__, "description": _ABOUT},
                "paths": paths,
                "components": {
                    "schemas": components,
                    "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                },
                "security": [{"key": []}],
            }
        )
    )


def _types() -> Iterator[Any]:
    yield from (Problem, Evidence)
    for route in ROUTES:
        wanted = (*(get_args(route.takes) or (route.takes,)), route.gives, route.query)
        yield from (kind for kind in wanted if kind is not None)


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    answers = {str(route.status): _answer(route.status, "application/json", schemas[str(route.gives)])}
    for code in route.problems():
        answers[str(code)] = _answer(code, "application/problem+json", schemas[str(Problem)])
    found: dict[str, Any] = {
        "summary": route.summary,
        "description": f"Scope `{route.scope}`: {SCOPES[route.scope]}.",
        "operationId": route.handle.__name__,
        "parameters": [*_path(route), *_query(route)],
        "responses": answers,
    }
    if route.takes is not None:
        content = {"application/json": {"schema": schemas[str(route.takes)]}}
        found["requestBody"] = {"required": not route.optional, "content": content}
    return found


def _answer(code: int, kind: str, schema: Any) -> dict[str, Any]:
    return {"description": HTTPStatus(code).phrase, "content": {kind: {"schema": schema}}}


def _path(route: Route) -> Iterator[dict[str, Any]]:
    kinds = {
        "post": {"type": "string", "minLength": 1, "maxLength": 200},
        "number": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    }
    for name in re.findall(r"{(\w+)}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": kinds[name]}


def _query(route: Route) -> Iterator[dict[str, Any]]:
    if route.query is not None:
        for field in msgspec.json.schema_components([route.query])[1][route.query.__name__]["properties"].items():
            yield {"name": field[0], "in": "query", "required": False, "schema": field[1]}
