"""The id of a request: nginx's, or one of our own, on the answer and on each line that is logged meanwhile."""

import re

import pytest
from django.test import Client

from accounts.models import User
from ops.request_id import given_or_new
from tests.waiting import until
from tests.wire import Sockets
from tests.workers import Worker

OUR_OWN = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("given", ["abc-123", "5f0c2d9a1b", "A" * 64])
def test_an_id_that_can_be_logged_is_kept(given: str) -> None:
    assert given_or_new(given) == given


@pytest.mark.parametrize("given", ["", "a b", "a\nb", 'a"b', "A" * 65, "ñ", "a,b"])
def test_any_other_is_replaced(given: str) -> None:
    assert OUR_OWN.fullmatch(given_or_new(given))


def test_the_answer_carries_it(client: Client, db: None) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-123"}).headers["X-Request-ID"] == "abc-123"
    ours = [client.get("/healthz").headers["X-Request-ID"] for _ in range(2)]
    assert all(OUR_OWN.fullmatch(one) for one in ours)
    assert ours[0] != ours[1]


def test_an_error_carries_it_too(client: Client, ana: User) -> None:
    assert client.get("/nowhere/", headers={"X-Request-ID": "abc-123"}).headers["X-Request-ID"] == "abc-123"


def test_every_line_of_a_worker_is_json_and_names_the_request(sockets: Sockets, worker: Worker, ana: User) -> None:
    one = sockets.open("/ws/chat/", user=ana, typed=True, headers={"X-Request-ID": "first-socket"})
    other = sockets.open("/ws/chat/", user=ana, typed=True, headers={"X-Request-ID": "second-socket"})
    for chat in (one, other):
        assert chat.next()["type"] == "welcome"
        chat.close()

    def told(request_id: str) -> list[str]:
        return [record["message"] for record in worker.records() if record["request_id"] == request_id]

    life = ["socket opened", "socket closed"]
    until(lambda: [told(request_id) for request_id in ("first-socket", "second-socket")] == [life, life])


def test_a_worker_answers_http_with_it(worker: Worker) -> None:
    assert worker.get("/healthz", X_Request_ID="abc-123").headers["X-Request-ID"] == "abc-123"


def test_a_refusal_is_logged_with_it(worker: Worker, token: str) -> None:
    answer = worker.get("/api/v1/rooms/nowhere/", Authorization=f"Bearer {token}", X_Request_ID="a-refusal")
    assert answer.status_code == 404
    until(
        lambda: [record["level"] for record in worker.records() if record["request_id"] == "a-refusal"] == ["WARNING"]
    )


def test_no_line_holds_a_secret(sockets: Sockets, worker: Worker, ana: User, token: str) -> None:
    chat = sockets.typed(ana)
    program = sockets.typed(token=token)
    program.post("lobby", "what nobody else shall read")
    assert chat.browser is not None
    said = worker.said()
    for secret in (chat.browser.session_key, token, "what nobody else shall read"):
        assert secret not in said
