"""What letting people in costs, counted: many who come together cost no more questions than one.

In this process, so that each question, command and task can be seen. That they come together is no matter of luck: all
of them take the same steps, one turn of the event loop after the other.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis
from channels.layers import get_channel_layer

from accounts.models import User
from chat.models import Room
from realtime.relay import get_relay
from tests.our_socket import TYPED, OurSocket
from tests.people import browser_of, guest
from tests.queries import queries_of_all_threads, table_of
from tests.realtime.doubles import happens
from tests.redis_probe import counted
from tests.rooms import fill, room_of

NUMBERS = [1, 10, 200]

# Each of them on its own, and each once, however many come: what was revoked until now, the sessions, their users.
HANDSHAKE = ["accounts_revocation", "django_session", "accounts_user"]


@pytest.fixture(autouse=True)
def _no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process does each second, whoever comes, is no part of it."""
    for name in ("realtime.relay.SWEEP_SECONDS", "realtime.presence.BEAT_SECONDS", "chat.unread.LOOK_SECONDS"):
        monkeypatch.setattr(name, 3600.0)


@pytest.fixture
def cookies(transactional_db: None, lobby: Room) -> list[dict[str, str]]:
    """Of fifty members of the lobby."""
    return [{"Cookie": browser_of(guest(f"guest{number}")).cookie} for number in range(50)]


@pytest.fixture
def head(ana: User, lobby: Room, cookies: list[dict[str, str]]) -> int:
    """The lobby's, after as much as was missed."""
    return fill(lobby, ana, 30)


@asynccontextmanager
async def come_together(number: int, cookies: list[dict[str, str]]) -> AsyncIterator[list[OurSocket]]:
    """So many sockets at once, welcomed; several of the same people where they are many."""
    sockets = [OurSocket("/ws/chat/", cookies[index % len(cookies)], TYPED) for index in range(number)]
    try:
        for socket in sockets:
            await socket.begin()
        for socket in sockets:
            await socket.accepted()
            assert (await socket.next())["type"] == "welcome"
        yield sockets
        await asyncio.gather(*(socket.close() for socket in sockets))
    finally:
        get_relay().stop()
        await get_channel_layer().flush()


async def resume(sockets: list[OurSocket], since: int, head: int) -> None:
    for socket in sockets:
        await socket.send({"type": "subscribe", "id": 1, "room": "lobby", "since": since})
    for socket in sockets:
        answer = await socket.next()
        assert [event["seq"] for event in answer["events"]] == list(range(since + 1, head + 1))


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_handshake_is_so_many_queries(cookies: list[dict[str, str]], number: int) -> None:
    with queries_of_all_threads() as statements:
        async with come_together(number, cookies):
            assert [table_of(statement) for statement in statements] == HANDSHAKE


@pytest.mark.parametrize("number", NUMBERS)
async def test_while_somebody_is_here_one_less(cookies: list[dict[str, str]], number: int) -> None:
    async with come_together(1, cookies):
        with queries_of_all_threads() as statements:
            async with come_together(number, cookies):
                assert [table_of(statement) for statement in statements] == HANDSHAKE[1:]


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_resume_is_so_many_queries(cookies: list[dict[str, str]], head: int, number: int) -> None:
    async with come_together(number, cookies) as sockets:
        with queries_of_all_threads() as statements:
            await resume(sockets, head - 20, head)
    # The memberships; for the first in this room where it stands, and what was missed.
    assert [table_of(statement) for statement in statements] == ["chat_membership", "chat_room", "chat_event"]


@pytest.mark.parametrize("number", NUMBERS)
async def test_who_follows_asks_for_their_membership_alone(
    cookies: list[dict[str, str]], head: int, number: int
) -> None:
    async with come_together(number + 1, cookies) as [first, *others]:
        await resume([first], head - 20, head)
        with queries_of_all_threads() as statements:
            await resume(others, head - 20, head)
    assert [table_of(statement) for statement in statements] == ["chat_membership"]


@pytest.mark.parametrize("rooms", [1, 10])
async def test_memberships_of_many_rooms_are_one_query(cookies: list[dict[str, str]], ana: User, rooms: int) -> None:
    slugs = [f"room-{number}" for number in range(rooms)]
    for slug in slugs:
        await asyncio.to_thread(room_of, ana, slug)
    async with come_together(rooms, [{"Cookie": (await asyncio.to_thread(browser_of, ana)).cookie}]) as sockets:
        with queries_of_all_threads() as statements:
            for socket, slug in zip(sockets, slugs, strict=True):
                await socket.send({"type": "subscribe", "id": 1, "room": slug})
            answers = [await socket.next() for socket in sockets]
    assert [(answer["type"], answer["room"]) for answer in answers] == [("subscribed", slug) for slug in slugs]
    assert [table_of(statement) for statement in statements] == ["chat_membership"] + ["chat_room"] * rooms


@pytest.mark.parametrize("number", NUMBERS)
async def test_redis_is_told_of_the_process_and_of_the_room_and_of_nobody(
    cookies: list[dict[str, str]], head: int, number: int, redis_server: "redis.Redis"
) -> None:
    with counted(redis_server) as commands:
        async with come_together(number, cookies) as sockets:
            await resume(sockets, head, head)
    # The group of orders and the room's group. What is left meanwhile is other workers', half a minute after people.
    assert commands["subscribe"] == 2
    assert commands.get("publish", 0) == 0


@pytest.mark.parametrize("number", [10, 200])
async def test_an_idle_socket_is_one_task_the_servers_own(
    cookies: list[dict[str, str]], head: int, number: int
) -> None:
    async with come_together(1, cookies) as [first]:
        await resume([first], head, head)
        before = asyncio.all_tasks()
        async with come_together(number, cookies) as sockets:
            await resume(sockets, head, head)
            await happens(lambda: len(asyncio.all_tasks() - before) == number)
            assert all("ProtocolTypeRouter" in repr(task) for task in asyncio.all_tasks() - before)
