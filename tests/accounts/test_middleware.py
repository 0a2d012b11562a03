"""Before the first run every page leads to it; after it none does."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize(
    "path", ["/", "/rooms/lobby/", "/sign-in/", "/invite/", "/join/anything/", "/admin/", "/lab/", "/nowhere/"]
)
def test_before_the_first_run_every_page_leads_to_it(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, "/first-run/")


def test_the_first_run_itself_is_open(client: Client, db: None) -> None:
    assert client.get("/first-run/").status_code == 200


def test_health_and_the_api_answer_for_themselves(client: Client, db: None) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/me/").status_code == 401
    assert client.get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("path", ["/", "/rooms/lobby/", "/sign-in/", "/invite/", "/admin/", "/lab/", "/nowhere/"])
def test_after_it_none_does(client: Client, ana: User, path: str) -> None:
    response = client.get(path)
    assert "/first-run/" not in response.headers.get("Location", "")


def test_after_it_the_form_is_closed(client: Client, ana: User) -> None:
    for response in (client.get("/first-run/"), client.post("/first-run/", {"name": "carla"})):
        assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_once_set_up_nobody_asks_again(
    client: Client, ana: User, django_assert_num_queries: "pytest.FixtureRequest"
) -> None:
    client.get("/sign-in/")
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/sign-in/").status_code == 200
