"""An event stream in this process: what it costs, and what happens to one that is not let in after all."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from redis import RedisError

from accounts.models import User
from accounts.sessions import SessionStore
from chat.errors import Forbidden, NotFound, NotSignedIn, RateLimited, TooMany, Unavailable
from chat.models import Room
from chat.sse_frames import sse_event, sse_reconnect, sse_subscribed, sse_unsubscribed
from chat.sse_refusals import BadRequest, MethodNotAllowed, OutageRefusal
from config.asgi import application
from realtime.database import in_database
from realtime.log import Entry
from realtime.relay import Relay, get_relay
from realtime.replay import Replay
from realtime.socket import Socket
from tests.people import browser_of
from tests.queries import queries_of_all_threads, table_of
from tests.rooms import say
from tests.waiting import DEADLINE

ROOT = Path(__file__).parents[2]

Message = dict[str, Any]


# --- frames ---


def test_an_event_is_its_seq_and_one_line() -> None:
    entry = Entry(stream="room.1", seq=7, payload='{"type":"event","seq":7}')
    assert sse_event(entry) == 'id: 7\ndata: {"type":"event","seq":7}\n\n'


def test_the_first_frame_has_no_id_and_what_was_missed_follows() -> None:
    missed = [Entry(stream="room.1", seq=seq, payload=f'{{"seq":{seq}}}') for seq in (3, 4)]
    assert sse_subscribed("lobby", Replay(seq=4, recovered=True, entries=missed)) == (
        'event: subscribed\ndata: {"type":"subscribed","room":"lobby","seq":4,"recovered":true}\n\n'
        'id: 3\ndata: {"seq":3}\n\n'
        'id: 4\ndata: {"seq":4}\n\n'
    )


def test_what_ends_a_stream_is_an_event_of_its_own() -> None:
    assert sse_unsubscribed("lobby", "removed") == (
        'event: unsubscribed\ndata: {"type":"unsubscribed","room":"lobby","reason":"removed"}\n\n'
    )
    assert sse_reconnect(1500) == 'event: reconnect\ndata: {"type":"reconnect","after_ms":1500}\n\n'


def test_the_protocol_names_every_refusal() -> None:
    section = (ROOT / "docs/protocol.md").read_text().split("## Server-Sent Events\n", 1)[1].split("\n## ", 1)[0]
    refusals = (BadRequest, NotSignedIn, Forbidden, NotFound, MethodNotAllowed, TooMany, RateLimited, Unavailable)
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE)
    assert [(int(status), code) for status, code in rows] == [(one.status, one.code) for one in refusals]


# --- the consumer ---


class OurStream:
    """A request as any ASGI server would hand it to the application."""

    def __init__(self, headers: dict[str, str], query: str = "", method: str = "GET") -> None:
        scope = {
            "type": "http",
            "method": method,
            "path": "/sse/chat/lobby/",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        self._application: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]

    async def ask(self) -> Message:
        """The beginning of the answer."""
        await self._application.send_input({"type": "http.request", "body": b"", "more_body": False})
        return await self._next()

    async def text(self) -> str:
        """The next part of the stream."""
        part = await self._next()
        assert part["more_body"]
        return bytes(part["body"]).decode()

    async def end(self) -> str:
        """The last part."""
        part = await self._next()
        assert not part.get("more_body")
        return bytes(part["body"]).decode()

    async def code(self) -> str:
        """The code of the error that is the whole answer."""
        return str(json.loads(await self.end())["error"]["code"])

    async def leave(self) -> None:
        await self._application.send_input({"type": "http.disconnect"})
        await self._application.wait(DEADLINE)

    async def _next(self) -> Message:
        message: Message = await self._application.receive_output(DEADLINE)
        return message


@asynccontextmanager
async def asked(headers: dict[str, str], query: str = "") -> AsyncIterator[tuple[OurStream, Message]]:
    """A request in this process, and how it is answered; the relay and the channel layer let go at the end."""
    stream = OurStream(headers, query)
    try:
        yield stream, await stream.ask()
        await stream.leave()
        assert get_relay().attached == []
    finally:
        get_relay().stop()
        await get_channel_layer().flush()


@pytest.fixture
def cookie(transactional_db: None, berto: User) -> dict[str, str]:
    return {"Cookie": browser_of(berto).cookie}


async def test_it_goes_through_any_asgi_server(cookie: dict[str, str], ana: User, lobby: Room) -> None:
    async with asked(cookie) as (stream, start):
        assert (start["type"], start["status"]) == ("http.response.start", 200)
        assert (await stream.text()).startswith("event: subscribed\n")
        seq = await in_database(say, ana, "lobby", "hola")
        assert (await stream.text()).startswith(f"id: {seq}\n")


async def test_it_is_so_many_queries(cookie: dict[str, str]) -> None:
    with queries_of_all_threads() as statements:
        async with asked(cookie) as (_, start):
            assert start["status"] == 200
    tables = [table_of(statement) for statement in statements]
    # For the first one of a process what was revoked until now; the session and the user; the membership; the head.
    assert tables[:5] == ["accounts_revocation", "django_session", "accounts_user", "chat_membership", "chat_room"]
    assert set(tables[5:]) <= {"chat_room", "accounts_revocation"}  # the relay's own, each second


async def test_silence_is_filled_with_comments(cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.event_stream.KEEP_ALIVE_SECONDS", 0.01)
    async with asked(cookie) as (stream, _):
        await stream.text()
        assert [await stream.text() for _ in range(3)] == [":\n\n"] * 3


async def test_what_the_worker_says_when_it_leaves_comes_before_the_end(cookie: dict[str, str]) -> None:
    async with asked(cookie) as (stream, _):
        await stream.text()
        [socket] = get_relay().attached
        socket.say_farewell(250)
        assert await stream.text() == sse_reconnect(250)
        socket.close(1012)
        assert await stream.text() == 'event: close\ndata: {"code":1012}\n\n'
        assert await stream.end() == ""


async def test_a_worker_that_is_leaving_refuses(cookie: dict[str, str]) -> None:
    get_relay().leaving = True
    async with asked(cookie) as (stream, start):
        assert start["status"] == 503
        assert int(dict(start["headers"])[b"Retry-After"]) > 0
        assert await stream.code() == "unavailable"


@pytest.fixture
def _signs_out_meanwhile(monkeypatch: pytest.MonkeyPatch, cookie: dict[str, str]) -> None:
    """After the session was looked at, before the stream can be cut off: the order to do so finds nobody."""
    attach = Relay.attach

    async def after_signing_out(relay: Relay, socket: Socket) -> None:
        await in_database(SessionStore().delete, cookie["Cookie"].removeprefix("sessionid="))
        await relay._orders.look()  # as the sweep does, or as the channel layer brings it
        await attach(relay, socket)

    monkeypatch.setattr(Relay, "attach", after_signing_out)


@pytest.mark.usefixtures("_signs_out_meanwhile")
async def test_who_signs_out_while_it_is_opened_does_not_stay(cookie: dict[str, str]) -> None:
    async with asked(cookie) as (stream, start):
        assert start["status"] == 401
        assert await stream.code() == "not_signed_in"


@pytest.mark.parametrize(("code", "status"), [(4401, 401), (1012, 503)])
async def test_who_is_cut_off_while_it_is_opened_is_refused(
    cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch, code: int, status: int
) -> None:
    subscribe = Relay.subscribe

    async def too_late(relay: Relay, socket: Socket, *given: Any, **named: Any) -> None:
        socket.close(code)
        await subscribe(relay, socket, *given, **named)

    monkeypatch.setattr(Relay, "subscribe", too_late)
    async with asked(cookie) as (_, start):
        assert start["status"] == status


# --- an outage before the consumer runs ---


async def test_an_outage_is_answered_and_for_a_moment_nobody_asks_again() -> None:
    asked_for = 0

    async def without_redis(scope: Message, receive: Any, send: Any) -> None:
        nonlocal asked_for
        asked_for += 1
        raise RedisError("gone")

    refusal = OutageRefusal(without_redis)
    for _ in range(3):
        communicator: Any = ApplicationCommunicator(refusal, {"type": "http"})  # type: ignore[no-untyped-call]
        start = await communicator.receive_output(DEADLINE)
        assert (start["status"], dict(start["headers"])[b"Retry-After"]) == (503, b"2")
        body = await communicator.receive_output(DEADLINE)
        assert json.loads(body["body"])["error"]["code"] == "unavailable"
    assert asked_for == 1
