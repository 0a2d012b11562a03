"""What a socket costs, counted: run in this process, so that each question to the database can be seen."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer

from accounts.models import User
from accounts.sessions import SessionStore
from chat.models import Room
from chat.services import join_room
from config.asgi import application
from realtime.database import in_database
from realtime.relay import Relay, get_relay
from realtime.socket import Socket
from tests.people import browser_of, is_in, newcomer
from tests.queries import queries_of_all_threads, table_of
from tests.waiting import DEADLINE
from tests.workers import ORIGIN

TYPED = ["chat.v1"]


class OurSocket:
    """A socket as the server would hand it to the application.

    Not Channels' own WebsocketCommunicator, which keeps database connections open: then they could not be watched.
    """

    def __init__(self, path: str, headers: dict[str, str], subprotocols: list[str]) -> None:
        sent = [(name.lower().encode(), value.encode()) for name, value in {"Origin": ORIGIN, **headers}.items()]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": sent, "subprotocols": subprotocols}
        self._application: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]

    async def connect(self) -> None:
        await self._application.send_input({"type": "websocket.connect"})
        assert (await self._application.receive_output(DEADLINE))["type"] == "websocket.accept"

    async def send(self, frame: object) -> None:
        await self._application.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads((await self._application.receive_output(DEADLINE))["text"])
        return frame

    async def close_code(self) -> int:
        message = await self._application.receive_output(DEADLINE)
        assert message["type"] == "websocket.close"
        return int(message["code"])

    async def ask(self, frame: object) -> dict[str, Any]:
        await self.send(frame)
        return await self.next()

    async def close(self) -> None:
        await self._application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._application.wait(DEADLINE)


@asynccontextmanager
async def opened(path: str, headers: dict[str, str], subprotocols: list[str]) -> AsyncIterator[OurSocket]:
    """A socket in this process; the channel layer lets go of Redis at the end."""
    socket = OurSocket(path, headers, subprotocols)
    try:
        await socket.connect()
        yield socket
        await socket.close()
    finally:
        reader = get_relay()._reader
        if reader is not None:
            reader.cancel()
        await get_channel_layer().flush()


@pytest.fixture
def cookie(transactional_db: None, berto: User) -> dict[str, str]:
    return {"Cookie": browser_of(berto).cookie}


@pytest.fixture
def bearer(transactional_db: None, token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_handshake_of_a_browser_is_so_many_queries(cookie: dict[str, str]) -> None:
    with queries_of_all_threads() as statements:
        async with opened("/ws/chat/", cookie, TYPED) as socket:
            assert (await socket.next())["type"] == "welcome"
    # The session and the user; for the first one of a process what was revoked until now; then, once it can be cut off,
    # both again.
    assert [table_of(statement) for statement in statements] == [
        "django_session",
        "accounts_user",
        "accounts_revocation",
        "accounts_user",
        "django_session",
    ]


async def test_a_handshake_of_a_program_is_so_many_queries(bearer: dict[str, str]) -> None:
    with queries_of_all_threads() as statements:
        async with opened("/ws/chat/", bearer, TYPED) as socket:
            assert (await socket.next())["type"] == "welcome"
    # The token with its user; for the first one of a process what was revoked until now; the token again.
    assert [table_of(statement) for statement in statements] == [
        "accounts_token",
        "accounts_revocation",
        "accounts_token",
    ]


async def test_the_echo_of_nobody_asks_nothing(transactional_db: None) -> None:
    with queries_of_all_threads() as statements:
        async with opened("/ws/chat/", {}, []) as socket:
            assert await socket.ask({"message": "hola"}) == {"message": "hola"}
    assert statements == []


async def test_a_subscription_is_so_many_queries(cookie: dict[str, str]) -> None:
    async with opened("/ws/chat/", cookie, TYPED) as socket:
        await socket.next()
        for since, tables in [
            # The first of this process: the membership, and the head after the group was joined.
            (None, ["chat_membership", "chat_room"]),
            (None, ["chat_membership"]),
            (0, ["chat_membership", "chat_event"]),
        ]:
            with queries_of_all_threads() as statements:
                subscribed = await socket.ask({"type": "subscribe", "id": 1, "room": "lobby", "since": since})
                assert subscribed["type"] == "subscribed"
            assert [table_of(statement) for statement in statements] == tables


async def test_a_post_is_so_many_queries(cookie: dict[str, str]) -> None:
    async with opened("/ws/chat/", cookie, TYPED) as socket:
        await socket.next()
        with queries_of_all_threads() as statements:
            post = {"type": "post", "id": 1, "room": "lobby", "client_id": str(uuid4()), "body": "hola"}
            assert (await socket.ask(post))["type"] == "ack"
    assert [(statement.split()[0], table_of(statement)) for statement in statements] == [
        ("SELECT", "chat_room"),
        ("SELECT", "chat_membership"),
        ("SELECT", "chat_event"),
        ("UPDATE", "chat_room"),
        ("INSERT", "chat_event"),
        ("INSERT", "chat_message"),
    ]


async def test_what_asks_nothing_of_the_database_asks_nothing(cookie: dict[str, str]) -> None:
    async with opened("/ws/chat/", cookie, TYPED) as socket:
        await socket.next()
        with queries_of_all_threads() as statements:
            for frame in ({"type": "ping", "id": 1}, {"type": "nonsense", "id": 2}, {"type": "post", "id": 3}):
                await socket.ask(frame)
    assert statements == []


async def test_the_outsider_waits_for_no_lock(transactional_db: None, lobby: Room) -> None:
    """Whoever holds a room's lock, somebody who is not in it learns at once that it is not theirs."""
    carla = await in_database(newcomer, "carla")
    assert not await in_database(is_in, lobby, carla)
    headers = {"Cookie": (await in_database(browser_of, carla)).cookie}
    async with opened("/ws/chat/", headers, TYPED) as socket:
        await socket.next()
        with queries_of_all_threads() as statements:
            post = {"type": "post", "id": 1, "room": "lobby", "client_id": str(uuid4()), "body": "hola"}
            assert (await socket.ask(post))["code"] == "not_found"
    assert [table_of(statement) for statement in statements] == ["chat_room"]
    assert await in_database(join_room, user=carla, slug="lobby")


# --- revoked while the handshake is under way ---


@pytest.fixture
def _signs_out_meanwhile(monkeypatch: pytest.MonkeyPatch, cookie: dict[str, str]) -> None:
    """After the session was looked at, before the socket can be cut off: the order to do so finds nobody."""
    attach = Relay.attach

    async def after_signing_out(relay: Relay, socket: Socket) -> None:
        await in_database(SessionStore().delete, cookie["Cookie"].removeprefix("sessionid="))
        await attach(relay, socket)

    monkeypatch.setattr(Relay, "attach", after_signing_out)


@pytest.mark.usefixtures("_signs_out_meanwhile")
@pytest.mark.parametrize(("path", "subprotocols"), [("/ws/chat/", TYPED), ("/ws/chat/lobby/", [])])
async def test_who_signs_out_during_the_handshake_does_not_stay(
    cookie: dict[str, str], path: str, subprotocols: list[str]
) -> None:
    async with opened(path, cookie, subprotocols) as socket:
        assert await socket.close_code() == 4401
