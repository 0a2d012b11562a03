"""What synchronous code publishes is what the layer's own group_send publishes: the same channel, the same bytes."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import channel_layers, get_channel_layer
from pytest_django import Settings

from realtime.broadcast import broadcast, redis_client
from tests.redis_probe import Listener, listening
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
    assert async_to_sync(layer.receive)(channel) == MESSAGES[0]
