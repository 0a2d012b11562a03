"""Whatever bytes come as a body: the API carries it out or refuses it in its one form.

What fits its own description, or almost, is tried in test_api_description.py; here it is what is not even JSON, or JSON
that a careless parser lets through. FUZZ=20 tries twenty times as many (tests/fuzzing.py).
"""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from accounts.models import User
from accounts.tokens import issue_token
from chat.errors import ChatError
from chat.models import Room
from tests.frames_to_send import CLIENT_ID
from tests.fuzzing import effort
from tests.near_json import almost, values

ERROR_CODES = {error.code for error in ChatError.__subclasses__()}

CALLS: list[tuple[str, str, list[dict[str, object]]]] = [
    ("POST", "/api/v1/rooms/", [{"slug": "patio", "name": "Patio", "topic": "", "private": False}]),
    ("PATCH", "/api/v1/rooms/lobby/", [{"name": "Lobby", "topic": "hola", "private": False, "archived": False}]),
    ("PATCH", "/api/v1/rooms/lobby/me/", [{"notify": "nothing"}]),
    ("PATCH", "/api/v1/rooms/lobby/members/berto/", [{"role": "moderator", "mute": 60}]),
    ("POST", "/api/v1/directs/", [{"people": ["berto", 1]}]),
    ("POST", "/api/v1/rooms/lobby/messages/", [{"client_id": CLIENT_ID, "body": "hola", "reply_to": 1}]),
]


@pytest.mark.parametrize(("method", "path", "good"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_any_body_is_carried_out_or_refused_by_name(
    ana: User, berto: User, lobby: Room, method: str, path: str, good: list[dict[str, object]]
) -> None:
    client = Client(headers={"Authorization": f"Bearer {issue_token(user=ana)}"})

    @effort(80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given((almost(*good) | values).map(lambda text: text.encode(errors="surrogatepass")) | st.binary(max_size=100))
    def play(body: bytes) -> None:
        response = client.generic(method, path, body, content_type="application/json")
        answer = json.loads(response.content)
        if response.status_code not in {200, 201}:
            assert response.status_code in {400, 404, 409}
            assert set(answer["error"]) == {"code", "message"}
            assert answer["error"]["code"] in ERROR_CODES

    play()
