"""Knobs of .env that bound what one address may ask for, turned low; and the lab, which shows what a worker is told."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.browser.visitor import Visitor
from tests.stack.programs import Programs
from tests.stack.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

LOW = {
    "NGINX_REQUESTS_PER_SECOND": "1",
    "NGINX_REQUESTS_BURST": "10",
    "NGINX_HANDSHAKES_PER_SECOND": "1",
    "NGINX_HANDSHAKES_BURST": "30",
    "NGINX_SOCKETS_PER_ADDRESS": "12",
    "LAB": "true",
}


@pytest.fixture(scope="module", autouse=True)
def _low_knobs(stack: Stack, ana: Visitor) -> Iterator[None]:
    """Only nginx and the ws workers are made anew."""
    stack.up("--no-deps", "nginx", "ws", **LOW)
    yield
    stack.up("--no-deps", "nginx", "ws")


def test_a_worker_is_told_the_address_that_nginx_sees_whatever_the_client_says(
    stack: Stack, programs: Programs
) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "4711",
        "X-Real-IP": "203.0.113.7",
        "Forwarded": "for=203.0.113.7;proto=https",
        "Daphne-Root-Path": "/elsewhere",
    }
    lab = programs.open("/ws/lab/", origin=stack.url, token=False, headers=forged)
    scope = lab.next()["scope"]
    lab.close()
    assert "203.0.113.7" not in str(scope)
    assert "elsewhere" not in str(scope)
    assert "4711" not in str(scope)
    headers = dict(scope["headers"])
    assert scope["client"][0] == headers["x-forwarded-for"]
    assert headers["x-forwarded-for"] in {record["client"] for record in stack.access_log()}
    assert headers["x-forwarded-proto"] == "http"
    assert scope["root_path"] == ""


def test_too_many_requests_are_answered_429(stack: Stack) -> None:
    answers = [stack.get("/sign-in/") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = answers[-1]
    assert refused.status_code == 429
    assert "Too many requests" in refused.text
    assert refused.headers["Retry-After"]
    api = [answer for answer in (stack.get("/api/v1/me/") for _ in range(20)) if answer.status_code == 429]
    assert api[0].json()["error"]["code"] == "rate_limited"


def test_static_files_do_not_count(stack: Stack) -> None:
    assert {stack.get("/static/chat/base.css").status_code for _ in range(30)} == {200}


def test_too_many_sockets_at_once_are_answered_429(programs: Programs) -> None:
    answers = [programs.status("/ws/chat/") for _ in range(int(LOW["NGINX_SOCKETS_PER_ADDRESS"]) + 1)]
    assert set(answers) == {101, 429}
    assert answers == sorted(answers)


def test_too_many_handshakes_are_answered_429(stack: Stack, token: str) -> None:
    answers = []
    for _ in range(int(LOW["NGINX_HANDSHAKES_BURST"]) + 10):
        with ExitStack() as closing:
            answers.append(Programs(stack, token, closing).status("/ws/chat/"))
    assert answers[-1] == 429
