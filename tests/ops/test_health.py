"""Is this process well? Asked of a real worker with real outages in tests/integration/test_outages.py."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from realtime.broadcast import redis_client
from tests.servers.process import free_port


@pytest.fixture
def _redis_is_gone(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    redis_client.cache_clear()
    yield
    redis_client.cache_clear()


def test_a_process_that_lives_says_so(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"ok": True})


def test_a_process_that_can_do_its_work_says_so(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ok": True, "problems": {}})


@pytest.mark.usefixtures("_redis_is_gone")
def test_without_redis_it_says_what_is_missing_and_nothing_else(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ok": False, "problems": {"redis": "does not answer"}})
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_answers_under_any_name_and_makes_no_session(client: Client, ana: User, path: str) -> None:
    response = client.get(path, headers={"Host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/healthz/more"])
def test_only_these_two(client: Client, ana: User, path: str) -> None:
    assert client.get(path).status_code == 404
