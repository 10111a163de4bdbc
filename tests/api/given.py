"""A platform's program: it has a key, and speaks JSON."""

import json
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from vigie.services import keys, terms
from vigie.services.keys import SCOPES

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
RUDE = "Ces vermines d'étrangers, dehors, il faut tous les renvoyer chez eux, ce sont des animaux."
KIND = "Bonjour à tous, il fait beau ce matin sur la place du marché."


class Program:
    """Sends requests as a platform's program does."""

    def __init__(self, *scopes: str, source: str = "api", rate: int = 6_000_000):
        terms.import_terms(AT)
        made = keys.make("tests", source, scopes or SCOPES, at=AT, rate=rate)
        self.key, self.token, self.client = made.key, made.token, Client(raise_request_exception=True)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and what was answered."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.client.generic(
            method, f"/api/v1{path}", data, content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )  # fmt: skip
        self.last = answer
        return answer.status_code, json.loads(answer.content)

    def get(self, path: str) -> tuple[int, Any]:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        return self.send("POST", path, body)
