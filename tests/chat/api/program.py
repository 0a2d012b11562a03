"""A program that calls the API."""

import json
from typing import Any

from django.test import Client

from accounts.models import User
from accounts.tokens import issue_token

V1 = "/api/v1"
CLIENT_ID = "6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11"

# Refusals: the status and the code.
NOT_FOUND = (404, "not_found")
FORBIDDEN = (403, "forbidden")
BAD_FRAME = (400, "bad_frame")
CONFLICT = (409, "conflict")


class Program:
    """Calls the API with a token: no cookie, no Origin, no CSRF token."""

    def __init__(self, token: str) -> None:
        self._client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})

    def ask(self, method: str, path: str, body: object = None) -> Any:
        sent = "" if body is None else json.dumps(body)
        return self._client.generic(method, V1 + path, sent, content_type="application/json")

    def get(self, path: str) -> Any:
        response = self.ask("GET", path)
        assert response.status_code == 200, response.content
        return json.loads(response.content)

    def error(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """The status and the code of a refusal, in the one shape that errors have."""
        response = self.ask(method, path, body)
        answer = json.loads(response.content)
        assert set(answer) == {"error"}
        assert set(answer["error"]) == {"code", "message"}
        assert answer["error"]["message"]
        return response.status_code, answer["error"]["code"]


def program_of(user: User) -> Program:
    return Program(issue_token(user=user))
