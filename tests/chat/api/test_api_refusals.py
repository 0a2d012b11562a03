"""What is no call of the API is refused in the API's own form, never with a page."""

import pytest
from django.test import Client

from accounts.models import User
from chat.models import Room


@pytest.fixture
def anas(ana: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    return client


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nowhere/", "/api/v1/rooms", "/api/v1/rooms/a/b/c/d/", "/api/v2/me/"]
)
def test_an_address_that_is_no_call_is_not_found(anas: Client, method: str, path: str) -> None:
    response = anas.generic(method, path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/me/", {"GET"}),
        ("DELETE", "/api/v1/rooms/", {"GET", "POST"}),
        ("PUT", "/api/v1/rooms/lobby/", {"GET", "PATCH", "DELETE"}),
    ],
)
def test_a_method_that_an_address_has_not_is_not_allowed(
    anas: Client, method: str, path: str, allowed: set[str]
) -> None:
    response = anas.generic(method, path)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert method in response.json()["error"]["message"]
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["rooms/", "directs/", "rooms/lobby/messages/"])
def test_a_form_in_the_place_of_json_is_told_so(anas: Client, path: str) -> None:
    anas.get("/")
    csrf = {"X-CSRFToken": anas.cookies["csrftoken"].value}
    before = Room.objects.count()
    response = anas.post(f"/api/v1/{path}", {"slug": "patio", "name": "Patio", "people": "ana"}, headers=csrf)
    assert response.status_code == 400
    assert response.json()["error"] == {"code": "bad_frame", "message": "The body of this call is JSON."}
    assert Room.objects.count() == before
