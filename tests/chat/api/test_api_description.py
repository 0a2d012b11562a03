"""The API against its own description: whatever fits it, or almost, is answered as described and breaks nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from accounts.models import User
from accounts.tokens import issue_token
from chat.api import api
from chat.models import Room
from config.wsgi import application

described = schemathesis.openapi.from_dict(dict(api.get_openapi_schema(path_prefix="/api/v1/")))


def closed(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """As a server does at the end of each answer; files that came with the request go then."""
    answer = application(environ, start_response)
    try:
        return list(answer)
    finally:
        answer.close()


described.app = closed


@pytest.fixture
def authorization(ana: User, lobby: Room) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(user=ana)}", "Host": "localhost"}


@pytest.fixture
def _connections_stay() -> Iterator[None]:
    """As Django's own test client has it: the test's transaction is not lost with a request's end."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_connections_stay")
@described.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_as_it_says(case: schemathesis.Case[Any], authorization: dict[str, str]) -> None:
    if "room" in case.path_parameters and len(case.path_parameters["room"]) % 2:
        case.path_parameters["room"] = "lobby"
    case.call_and_validate(headers=authorization, checks=[not_a_server_error, response_schema_conformance])
