"""Event streams through nginx: as they come, to whom they are for, from whichever worker is there."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest

from tests.browser.visitor import Visitor
from tests.event_streams import EventStream, EventStreams
from tests.stack.container import docker
from tests.stack.programs import Programs
from tests.stack.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture
def streams(stack: Stack) -> Iterator[EventStreams]:
    with ExitStack() as closing:
        yield EventStreams(stack.url, closing)


def post(stack: Stack, token: str, body: str) -> int:
    """By the API, as whoever uses event streams does; the seq."""
    answer = httpx.post(
        f"{stack.url}/api/v1/rooms/lobby/messages/",
        headers={"Authorization": f"Bearer {token}"},
        json={"client_id": str(uuid4()), "body": body},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["seq"])


def test_an_event_arrives_while_the_stream_is_open(stack: Stack, streams: EventStreams, token: str) -> None:
    stream = streams.open(token=token, headers={"Accept-Encoding": "gzip"})
    headers = stream.response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in headers
    assert stream.next().type == "subscribed"
    for number in range(3):
        seq = post(stack, token, f"{number}")
        assert stream.next().id == seq


def test_who_was_away_goes_on_through_whichever_worker(stack: Stack, streams: EventStreams, token: str) -> None:
    seq = post(stack, token, "before")
    missed = [post(stack, token, "meanwhile") for _ in range(2)]
    for _ in range(4):
        stream = streams.open(token=token, headers={"Last-Event-ID": str(seq)})
        assert stream.next().data["recovered"] is True
        assert [event.id for event in stream.events(2)] == missed


def test_a_browsers_own_event_source_hears_the_room(stack: Stack, ana: Visitor, token: str) -> None:
    """With its cookie, from our page, under our Content-Security-Policy."""
    tab = ana.in_another_tab()
    tab.goes_to("/invite/")
    tab.page.evaluate(
        """() => new Promise((subscribed, failed) => {
            self.heard = [];
            self.source = new EventSource('/sse/chat/lobby/');
            self.source.addEventListener('subscribed', subscribed);
            self.source.onerror = () => failed(new Error('refused'));
            self.source.onmessage = event => self.heard.push(Number(event.lastEventId));
        })"""
    )
    seq = post(stack, token, "to the browser")
    tab.page.wait_for_function("seq => self.heard.includes(seq)", arg=seq)
    tab.page.close()


def test_a_refusal_is_json(streams: EventStreams, token: str) -> None:
    assert streams.refused() == (401, "not_signed_in")
    assert streams.refused("nowhere", token=token) == (404, "not_found")
    assert streams.refused(token=token, since="x") == (400, "bad_request")
    assert streams.refused(token=token, method="POST") == (405, "method_not_allowed")
    assert streams.refused(headers={"Origin": "http://evil.example"}) == (403, "forbidden")


def test_a_stream_has_one_id_in_both_logs(stack: Stack, streams: EventStreams, token: str) -> None:
    streams.subscribed(token=token).close()
    [*_, opened] = until(lambda: said_by_workers(stack, "event stream opened"))
    [record] = until(lambda: [one for one in stack.access_log() if one["request_id"] == opened["request_id"]])
    assert (record["path"], record["status"]) == ("/sse/chat/lobby/", 200)


def said_by_workers(stack: Stack, message: str) -> list[dict[str, str]]:
    """What the workers logged with this message, oldest first."""
    records = [one for worker in stack.containers("ws") for one in worker.records() if one["message"] == message]
    return sorted(records, key=lambda record: str(record["time"]))


def test_who_leaves_is_missed_by_nobody(stack: Stack, streams: EventStreams, token: str) -> None:
    """A worker leaves: its streams are told to come back, another takes them and whoever comes meanwhile."""
    heard = [streams.subscribed(token=token) for _ in range(6)]
    leaving = stack.containers("ws")[0]
    docker("kill", "--signal", "TERM", leaving.id)
    until(lambda: said_by_workers(stack, "leaving"))
    newcomers = [streams.subscribed(token=token) for _ in range(6)]
    seq = post(stack, token, "while one of us leaves")
    told = [stream for stream in heard if ended_with_reconnect(stream, seq)]
    assert 0 < len(told) < len(heard)
    assert [stream.next().id for stream in newcomers] == [seq] * 6
    for _ in told:
        again = streams.open(token=token, since=seq - 1)
        assert [event.id for event in again.events(2)] == [None, seq]
    until(lambda: not stack.containers("ws")[0].running, within=60)
    docker("start", leaving.id)  # it was the engine that was told to end it, so that it does not bring it back
    until(lambda: all(one.health == "healthy" for one in stack.containers("ws")), within=60)


def ended_with_reconnect(stream: EventStream, seq: int) -> bool:
    """Whether the worker of this stream left; else the stream has the event of this seq."""
    first = stream.next()
    if first.type == "reconnect":
        assert stream.rest()[-1].data == {"code": 1012}
        return True
    assert first.id == seq
    return False


def test_streams_and_sockets_share_the_bound_of_an_address(
    stack: Stack, streams: EventStreams, programs: Programs, token: str
) -> None:
    """The pages that are open in the browsers of these tests count too, and come and go."""
    stack.up("--no-deps", "nginx", NGINX_SOCKETS_PER_ADDRESS="12")
    try:
        assert 429 in {programs.status("/ws/chat/") for _ in range(13)}
        assert streams.refused(token=token) == (429, "rate_limited")
    finally:
        stack.up("--no-deps", "nginx")
    assert streams.open(token=token).next().type == "subscribed"
