"""What goes through the Redis of the tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from realtime.broadcast import broadcast
from realtime.redis_groups import channel_of
from tests.waiting import DEADLINE, until

EACH_SECOND = {
    *("info", "ping"),
    *("evalsha", "script|load", "time", "zrangebyscore", "zscore", "zadd", "zrem", "zremrangebyscore"),
    *("get", "incr", "hget", "hset", "hdel", "hvals", "smembers", "sismember", "sadd", "srem", "del"),
}

PREFIX = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]


def subscribers(server: "redis.Redis", group: str) -> int:
    """How many connections listen to a group: one for each process, however many sockets it has."""
    [(_, number)] = server.pubsub_numsub(channel_of(group))
    return int(number)


def consumers(server: "redis.Redis") -> set[str]:
    """The channel names of all consumers there are."""
    return {str(name, "ascii") for name in server.pubsub_channels(f"{PREFIX}specific.*") if isinstance(name, bytes)}


@async_to_sync
async def send_to(channel: str, message: dict[str, Any]) -> None:
    """Send a custom event to one consumer through the channel layer, from another process than its own."""
    layer = get_channel_layer()
    await layer.send(channel, message)
    await layer.flush()


def calls(server: "redis.Redis") -> dict[str, int]:
    """How often each command was carried out since Redis started."""
    stats: dict[str, dict[str, int]] = server.info("commandstats")
    return {name.removeprefix("cmdstat_"): values["calls"] for name, values in stats.items()}


def reads(server: "redis.Redis") -> int:
    """How often Redis has read from any client, this look included: what is sent in one go is read in one go."""
    return int(server.info("stats")["total_reads_processed"])


def reads_when_quiet(server: "redis.Redis") -> int:
    """The same, once nobody else says anything: a connection that somebody has closed is read from, too."""
    return until(lambda: now if (now := reads(server)) == reads(server) - 1 else 0) + 1


@contextmanager
def counted(server: "redis.Redis") -> Iterator[dict[str, int]]:
    """The commands that Redis carries out meanwhile, filled in at the end; looking is not among them, nor are the pings
    with which relays see every few seconds that Redis lives, nor the beat with which each process says every second who
    is here (tests/realtime/test_leases.py counts it)."""
    found: dict[str, int] = {}
    before = calls(server)
    yield found
    for name, number in calls(server).items():
        if number > before.get(name, 0) and name not in EACH_SECOND:
            found[name] = number - before.get(name, 0)


class Listener:
    """Hears what is published to one group, like the relay of a worker."""

    MARK = {"type": "mark"}

    def __init__(self, server: "redis.Redis", group: str) -> None:
        self._group = group
        self._subscription = server.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._subscription.subscribe(channel_of(group))
        self.heard()

    def raw(self) -> bytes:
        """The next message, as it went over the wire."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            message = self._subscription.get_message(timeout=1.0)
            if message is not None:
                data: bytes = message["data"]
                return data
        raise AssertionError(f"nothing was published to {self._group}")

    def heard(self) -> list[dict[str, Any]]:
        """What was published up to now: a mark of our own comes after it."""
        broadcast(self._group, self.MARK)
        messages = []
        while (message := self._next()) != self.MARK:
            messages.append(message)
        return messages

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = get_channel_layer().deserialize(self.raw())
        return message

    def close(self) -> None:
        self._subscription.close()


@contextmanager
def listening(server: "redis.Redis", group: str) -> Iterator[Listener]:
    listener = Listener(server, group)
    try:
        yield listener
    finally:
        listener.close()
