"""What synchronous code publishes is what the layer's own group_send publishes: the same channel, the same bytes."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import channel_layers, get_channel_layer
from pytest_django import Settings

from realtime.breaker import Breaker
from realtime.broadcast import broadcast, broadcast_all, redis_client
from tests.redis_probe import Listener, counted, listening, reads, reads_when_quiet
from tests.servers.process import free_port

MESSAGES: list[dict[str, object]] = [
    {"type": "relay.entry", "stream": "room.1", "seq": 12, "payload": '{"body":"ñandú 🧉"}'},
    {"type": "relay.entry", "stream": "room.1", "seq": 2**40, "payload": "", "cut": "user:1"},
    {"type": "relay.cut", "number": 3, "key": "user:1", "code": 4401},
    {"type": "relay.end", "stream": "room.1", "reason": "room_deleted"},
]


@pytest.fixture
def group(redis_server: "redis.Redis") -> Iterator[Listener]:
    with listening(redis_server, "room.1") as listener:
        yield listener


async def send_and_let_go(message: dict[str, object]) -> None:
    layer = get_channel_layer()
    await layer.group_send("room.1", message)
    await layer.flush()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(message["type"]))
def test_it_is_what_the_layer_publishes(group: Listener, message: dict[str, object]) -> None:
    broadcast("room.1", message)
    ours = group.raw()
    async_to_sync(send_and_let_go)(message)
    assert ours == group.raw()


async def test_a_channel_in_the_group_receives_it() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel("test.")
    await layer.group_add("room.1", channel)
    try:
        await asyncio.to_thread(broadcast, "room.1", MESSAGES[0])
        assert await asyncio.wait_for(layer.receive(channel), 30) == MESSAGES[0]
    finally:
        await layer.flush()


def test_another_group_does_not(group: Listener) -> None:
    broadcast("room.11", MESSAGES[0])
    assert group.heard() == []


def test_several_arrive_in_order_each_in_its_group(redis_server: "redis.Redis", group: Listener) -> None:
    messages: list[tuple[str, dict[str, object]]] = [
        (room, {"type": "relay.entry", "stream": room, "seq": seq, "payload": "x" * 1000})
        for seq in range(1, 51)
        for room in ("room.1", "room.2")
    ]
    with counted(redis_server) as commands:
        broadcast_all(messages)
    assert commands == {"publish": 100}
    assert [message["seq"] for message in group.heard()] == list(range(1, 51))


def test_a_lone_one_is_one_read_for_redis_and_so_are_thirty(redis_server: "redis.Redis") -> None:
    broadcast("room.1", MESSAGES[0])  # so that there is a connection
    for number in (1, 30):  # redis-py sends longer ones in pieces of 6,000 bytes
        before = reads_when_quiet(redis_server)
        broadcast_all([("room.1", MESSAGES[0])] * number)
        assert reads(redis_server) - before == 1 + 1, "besides the look itself"


# --- without Redis ---


@pytest.fixture
def _redis_is_gone(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    redis_client.cache_clear()
    yield
    redis_client.cache_clear()


@pytest.mark.usefixtures("_redis_is_gone")
def test_a_layer_that_cannot_be_reached_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        broadcast("room.1", MESSAGES[0])
    assert [record.getMessage() for record in caplog.records] == ["the channel layer could not be reached"]


@pytest.mark.usefixtures("_redis_is_gone")
def test_for_a_moment_nobody_asks_a_layer_that_did_not_answer(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaker = Breaker(seconds=1, clock=lambda: clock[0])
    clock = [0.0]
    monkeypatch.setattr("realtime.broadcast._breaker", breaker)
    for moment, complaints in ((0.0, 1), (0.9, 1), (1.0, 2)):
        clock[0] = moment
        with caplog.at_level(logging.WARNING):
            broadcast_all([("room.1", MESSAGES[0]), ("room.2", MESSAGES[0])])
        assert len(caplog.records) == complaints
    assert caplog.records[0].__dict__["groups"] == ["room.1", "room.2"]


@pytest.fixture
def _in_memory(settings: Settings) -> Iterator[None]:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    yield
    channel_layers.backends.clear()


@pytest.mark.usefixtures("_in_memory")
def test_the_embedded_default_has_its_own_way() -> None:
    layer = get_channel_layer()

    async def join() -> str:
        channel: str = await layer.new_channel()
        await layer.group_add("room.1", channel)
        return channel

    channel = async_to_sync(join)()
    broadcast("room.1", MESSAGES[0])
    broadcast_all([("room.1", MESSAGES[1]), ("room.2", MESSAGES[2]), ("room.1", MESSAGES[3])])
    assert [async_to_sync(layer.receive)(channel) for _ in range(3)] == [MESSAGES[0], MESSAGES[1], MESSAGES[3]]
