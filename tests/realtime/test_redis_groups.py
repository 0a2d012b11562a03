"""What is published to the groups of Redis is heard at once, in order, and again after the connection was lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import redis
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from realtime import redis_groups as module
from realtime.redis_groups import RedisGroups, channel_of, is_one_redis
from tests.realtime.doubles import happens
from tests.redis_probe import calls, subscribers


class Ear:
    """Listens, and begins anew when the connection was lost."""

    def __init__(self, groups: RedisGroups) -> None:
        self.groups = groups
        self.heard: list[dict[str, Any]] = []
        self.lost = 0
        self.slow = 0.0
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            with suppress(RedisConnectionError):
                await self.groups.listen(self._hear)
            self.lost += 1

    def _hear(self, message: dict[str, Any]) -> None:
        time.sleep(self.slow)
        self.heard.append(message)


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear(RedisGroups(get_channel_layer()))
    yield ear
    ear.task.cancel()
    await asyncio.wait({ear.task})


async def send(group: str, number: int, *, to: "redis.Redis") -> None:
    to.publish(channel_of(group), get_channel_layer().serialize({"type": "hola", "number": number}))


async def test_what_is_published_to_a_joined_group_is_heard_and_no_other(ear: Ear, redis_server: "redis.Redis") -> None:
    await ear.groups.join("room.1")
    await send("room.2", 1, to=redis_server)
    await send("room.1", 2, to=redis_server)
    await happens(lambda: ear.heard == [{"type": "hola", "number": 2}])


async def test_what_was_left_is_heard_no_more(ear: Ear, redis_server: "redis.Redis") -> None:
    for group in ("room.1", "room.2"):
        await ear.groups.join(group)
    await ear.groups.leave("room.1")
    await happens(lambda: subscribers(redis_server, "room.1") == 0)
    assert subscribers(redis_server, "room.2") == 1
    await ear.groups.join("room.1")
    assert subscribers(redis_server, "room.1") == 1


async def test_many_at_once_are_heard_in_order(ear: Ear, redis_server: "redis.Redis") -> None:
    await ear.groups.join("room.1")
    pipeline = redis_server.pipeline()
    for number in range(1000):
        pipeline.publish(channel_of("room.1"), get_channel_layer().serialize({"number": number}))
    pipeline.execute()
    await happens(lambda: len(ear.heard) == 1000)
    assert [message["number"] for message in ear.heard] == list(range(1000))


async def test_others_have_their_turn_while_many_are_heard(
    ear: Ear, redis_server: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
    await ear.groups.join("room.1")
    pipeline = redis_server.pipeline()
    for number in range(100):
        pipeline.publish(channel_of("room.1"), get_channel_layer().serialize({"number": number}))
    pipeline.execute()
    seen = []
    while len(ear.heard) < 100:
        seen.append(len(ear.heard))
        await asyncio.sleep(0)
    assert all(later - earlier <= 1 for earlier, later in pairwise(seen))


async def test_what_cannot_be_read_is_passed_over(
    ear: Ear, redis_server: "redis.Redis", caplog: pytest.LogCaptureFixture
) -> None:
    await ear.groups.join("room.1")
    redis_server.publish(channel_of("room.1"), b"\xc1")
    await send("room.1", 1, to=redis_server)
    await happens(lambda: ear.heard == [{"type": "hola", "number": 1}])
    assert "could not be read" in caplog.text
    assert ear.lost == 0


async def test_a_lost_connection_is_made_anew_with_its_groups(ear: Ear, redis_server: "redis.Redis") -> None:
    await ear.groups.join("room.1")
    redis_server.client_kill_filter(_type="pubsub")
    await happens(lambda: ear.lost == 1)
    await happens(lambda: subscribers(redis_server, "room.1") == 1)
    await send("room.1", 1, to=redis_server)
    await happens(lambda: ear.heard == [{"type": "hola", "number": 1}])


async def test_a_connection_that_says_nothing_is_given_up(
    ear: Ear, redis_server: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.05)
    await ear.groups.join("room.1")
    answered = calls(redis_server)["ping"]
    await happens(lambda: calls(redis_server)["ping"] > answered + 2)  # pings that are answered: it stays
    assert ear.lost == 0
    redis_server.client_pause(500)
    await happens(lambda: ear.lost == 1)
    await happens(lambda: subscribers(redis_server, "room.1") == 1)


async def test_a_connection_that_is_busy_is_not_taken_for_silent(
    ear: Ear, redis_server: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.02)
    monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
    ear.slow = 0.002
    await ear.groups.join("room.1")
    pipeline = redis_server.pipeline()
    for number in range(100):
        pipeline.publish(channel_of("room.1"), get_channel_layer().serialize({"number": number}))
    pipeline.execute()
    await happens(lambda: len(ear.heard) == 100)
    assert ear.lost == 0


async def test_a_group_that_redis_refuses_is_said_so(
    redis_server: "redis.Redis", caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.acl_setuser("limited", enabled=True, nopass=True, keys=["*"], commands=["+@all"], channels=[])
    address = settings.REDIS_URL.replace("redis://", "redis://limited:any@")
    ear = Ear(RedisGroups(type(get_channel_layer())(hosts=[address])))
    with pytest.raises(RedisConnectionError):
        await ear.groups.join("room.1")
    assert "refused the channel layer" in caplog.text
    ear.task.cancel()
    await asyncio.wait({ear.task})
    redis_server.acl_deluser("limited")


async def test_nobody_waits_for_a_redis_that_is_gone(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    await ear.groups.join("room.1")
    ear.task.cancel()
    await asyncio.wait({ear.task})
    with pytest.raises(RedisConnectionError):
        await ear.groups.join("room.2")


async def test_several_hosts_are_left_to_the_layer() -> None:
    layer = get_channel_layer()
    assert is_one_redis(layer)
    [host] = layer._kwargs["hosts"]
    assert not is_one_redis(type(layer)(hosts=[host, host]))
