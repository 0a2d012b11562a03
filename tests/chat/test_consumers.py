"""What a socket costs, counted: run in this process, so that each question to the database can be seen."""

import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from django.contrib.auth.models import AnonymousUser

from accounts.keys import user_key
from accounts.models import User
from accounts.sessions import SessionStore
from chat.consumers import ChatConsumer
from chat.models import Room
from chat.services import join_room
from realtime.database import in_database
from realtime.log import Order
from realtime.relay import Relay, get_relay
from realtime.socket import Socket
from tests.our_socket import TYPED, opened
from tests.people import browser_of, is_in, newcomer
from tests.queries import queries_of_all_threads, table_of
from tests.realtime.doubles import happens
from tests.waiting import DEADLINE


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
    # For the first one of a process what was revoked until now; then the session and the user.
    assert [table_of(statement) for statement in statements] == [
        "accounts_revocation",
        "django_session",
        "accounts_user",
    ]


async def test_a_handshake_of_a_program_is_so_many_queries(bearer: dict[str, str]) -> None:
    with queries_of_all_threads() as statements:
        async with opened("/ws/chat/", bearer, TYPED) as socket:
            assert (await socket.next())["type"] == "welcome"
    # The same; then the token with its user.
    assert [table_of(statement) for statement in statements] == ["accounts_revocation", "accounts_token"]


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
        ("WITH", "chat_membership"),
        ("WITH", "chat_room"),
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
    # The second asks without a lock whether the room that was not had is one of hers.
    assert [table_of(statement) for statement in statements] == ["chat_room"] * 2
    assert await in_database(join_room, user=carla, slug="lobby")


# --- revoked while the handshake is under way ---


@pytest.fixture
def _signs_out_meanwhile(monkeypatch: pytest.MonkeyPatch, cookie: dict[str, str]) -> None:
    """After the session was looked at, before the socket can be cut off: the order to do so finds nobody."""
    attach = Relay.attach

    async def after_signing_out(relay: Relay, socket: Socket) -> None:
        await in_database(SessionStore().delete, cookie["Cookie"].removeprefix("sessionid="))
        await relay._orders.look()  # as the sweep does, or as the channel layer brings it
        assert not socket.closed
        await attach(relay, socket)

    monkeypatch.setattr(Relay, "attach", after_signing_out)


@pytest.mark.usefixtures("_signs_out_meanwhile")
@pytest.mark.parametrize(("path", "subprotocols"), [("/ws/chat/", TYPED), ("/ws/chat/lobby/", [])])
async def test_who_signs_out_during_the_handshake_does_not_stay(
    cookie: dict[str, str], path: str, subprotocols: list[str]
) -> None:
    async with opened(path, cookie, subprotocols) as socket:
        assert await socket.close_code() == 4401


async def test_what_is_heard_of_another_session_costs_one_more_look_and_nothing_else(
    cookie: dict[str, str], berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order about the user: a new password, perhaps. This session was made with the one that counts."""
    attach = Relay.attach

    async def after_an_order(relay: Relay, socket: Socket) -> None:
        relay._orders.hear(Order(number=10**9, key=user_key(berto.pk), code=1012))
        await attach(relay, socket)

    monkeypatch.setattr(Relay, "attach", after_an_order)
    with queries_of_all_threads() as statements:
        async with opened("/ws/chat/", cookie, TYPED) as socket:
            assert (await socket.next())["type"] == "welcome"
    assert [table_of(statement) for statement in statements[3:]] == ["accounts_user", "django_session"]


# --- in the tutorial's way ---


async def test_a_socket_has_no_channel_of_its_own_until_it_is_asked_for(transactional_db: None) -> None:
    async with opened("/ws/chat/", {}, []) as socket:
        await socket.ask({"message": "hola"})
        layer = get_channel_layer()
        assert not [name for name in layer.channels if "specific." in name]


class InAGroup(ChatConsumer):
    """As a reader of the tutorial would have it."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("everybody", self.channel_name)
        await super().connect()


async def test_an_event_for_a_group_reaches_chat_message(transactional_db: None) -> None:
    scope = {"type": "websocket", "path": "/", "headers": [], "subprotocols": [], "user": AnonymousUser()}
    application: Any = ApplicationCommunicator(InAGroup.as_asgi(), {**scope, "url_route": {"kwargs": {}}})  # type: ignore[no-untyped-call]
    layer = get_channel_layer()
    try:
        await application.send_input({"type": "websocket.connect"})
        assert (await application.receive_output(DEADLINE))["type"] == "websocket.accept"
        await layer.group_send("everybody", {"type": "chat.message", "message": "hola from elsewhere"})
        told = await application.receive_output(DEADLINE)
        assert json.loads(told["text"]) == {"message": "hola from elsewhere"}
        await application.send_input({"type": "websocket.disconnect", "code": 1000})
        await application.wait(DEADLINE)
        await happens(lambda: not [name for name in layer.channels if "specific." in name])
    finally:
        get_relay().stop()
        await layer.flush()
