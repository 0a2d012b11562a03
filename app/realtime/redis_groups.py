"""The groups of channels-redis' pub/sub layer, as a relay hears them: one connection, and nothing in between.

The layer looks at its connection ten times a second, and takes each message through a task, a queue and another task:
some 250 µs, as much as fifteen deliveries. redis-py opens the connection here, as the layer's settings say; then what
comes in is handed on at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import hiredis
from channels_redis.pubsub import RedisPubSubChannelLayer
from channels_redis.utils import create_pool, decode_hosts
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

logger = logging.getLogger(__name__)

Message = dict[str, Any]

CONNECT_SECONDS = 3.0
# Redis is asked so often whether it lives, and the connection given up where it has said nothing since the last time.
# What was published meanwhile is found in the log.
PING_SECONDS = 5.0
# How long messages are handed on in one turn of the event loop: after an outage there may be thousands.
TURN_SECONDS = 0.02
# The pause after a message that cannot be unpacked. Whoever else writes to our Redis shall not have our CPU.
UNREADABLE_SECONDS = 0.05

GONE = "Redis cannot be reached"


def channel_of(group: str) -> str:
    """Where the layer publishes what is for `group`."""
    prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
    return f"{prefix}__group__{group}"


def is_one_redis(layer: RedisPubSubChannelLayer) -> bool:
    """Of several hosts each has some of the groups, as only the layer knows."""
    return len(_hosts(layer)) == 1


def _hosts(layer: RedisPubSubChannelLayer) -> list[dict[str, Any]]:
    hosts: list[dict[str, Any]] = decode_hosts(layer._kwargs.get("hosts"))
    return hosts


class RedisGroups:
    """realtime.groups.Source over a connection of its own. Joins are answered while somebody listens."""

    def __init__(self, layer: RedisPubSubChannelLayer) -> None:
        self._unpack: Callable[[bytes], Message] = layer.deserialize
        # One try at a time: whoever listens tries again.
        self._host = _hosts(layer)[0] | {"protocol": 2, "retry": Retry(NoBackoff(), 0)}
        self._connection: RedisConnection | None = None
        # Whether the last try failed: then there is no use in waiting for the next.
        self._gone = False
        self._wanted: set[str] = set()
        self._joined: set[str] = set()
        self._joining: dict[str, asyncio.Future[None]] = {}

    async def join(self, group: str) -> None:
        """Returns when Redis has said so. Raises ConnectionError where it cannot be reached."""
        name = channel_of(group)
        self._wanted.add(name)
        if name in self._joined:
            return
        if self._gone:
            raise RedisConnectionError(GONE)
        joining = self._joining.setdefault(name, asyncio.get_running_loop().create_future())
        self._tell("SUBSCRIBE", name)
        await asyncio.shield(joining)

    async def leave(self, group: str) -> None:
        """What is left while Redis is gone is not joined again."""
        name = channel_of(group)
        self._wanted.discard(name)
        self._joined.discard(name)
        self._tell("UNSUBSCRIBE", name)

    def join_all(self, groups: Collection[str]) -> bool:
        """One command; what is wanted while Redis is gone is joined when it is back."""
        names = [channel_of(group) for group in groups]
        self._wanted.update(names)
        self._tell("SUBSCRIBE", *names)
        return True

    def leave_all(self, groups: Collection[str]) -> None:
        names = [channel_of(group) for group in groups]
        self._wanted.difference_update(names)
        self._joined.difference_update(names)
        self._tell("UNSUBSCRIBE", *names)

    async def listen(self, handle: Callable[[Message], None]) -> None:
        """Join what is wanted, and hand each message on."""
        opened: Any = create_pool(self._host).make_connection()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await opened.connect()
            self._connection = RedisConnection(opened._writer.transport, partial(self._take, handle))
            self._gone = False
            if self._wanted:
                self._connection.tell("SUBSCRIBE", *self._wanted)
            await self._connection.lost
        finally:
            self._lose()
            await opened.disconnect(nowait=True)
        raise RedisConnectionError(GONE)

    def _tell(self, *command: str) -> None:
        if self._connection is not None:
            self._connection.tell(*command)

    def _take(self, handle: Callable[[Message], None], reply: list[Any]) -> None:
        if reply[0] == b"message":
            handle(self._unpack(reply[2]))
        elif reply[0] == b"subscribe":
            self._has_joined(reply[1].decode())

    def _has_joined(self, name: str) -> None:
        if name in self._wanted:
            self._joined.add(name)
            if joining := self._joining.pop(name, None):
                joining.set_result(None)

    def _lose(self) -> None:
        self._connection, self._gone = None, True
        self._joined.clear()
        for joining in self._joining.values():
            joining.set_exception(RedisConnectionError(GONE))
            joining.exception()  # whoever waited may have gone
        self._joining.clear()


class RedisConnection(asyncio.Protocol):
    """Takes over a connection that redis-py opened. `lost` is done when it ends, or says nothing any more."""

    def __init__(self, transport: asyncio.Transport, take: Callable[[Any], None]) -> None:
        self._transport = transport
        self._take = take
        self._reader = hiredis.Reader()
        self._replies: deque[Any] = deque()
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._silent = False
        transport.set_protocol(self)
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)

    def tell(self, *command: str) -> None:
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]  # it takes any number

    def data_received(self, data: bytes) -> None:
        self._silent = False
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not False:
                if isinstance(reply, Exception):  # such as a group that these credentials may not join
                    raise reply
                self._replies.append(reply)
        except hiredis.HiredisError as error:
            logger.warning("Redis refused the channel layer", extra={"error": str(error)})
            self._transport.abort()
        else:
            self._hand_on()

    def eof_received(self) -> None:
        """Nothing more will come."""

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        self._replies.clear()
        if not self.lost.done():
            self.lost.set_result(None)

    def _hand_on(self) -> None:
        """Some, and the others in the next turn: nothing more is read before they are taken."""
        pause, end = 0.0, self._loop.time() + TURN_SECONDS
        while self._replies:
            try:
                self._take(self._replies.popleft())
            except Exception:
                # One message that cannot be read must not end the relay for everyone.
                logger.exception("a message of the channel layer could not be read")
                pause = UNREADABLE_SECONDS
            if pause or self._loop.time() >= end:
                break
        if self._replies or pause:
            self._transport.pause_reading()
            self._loop.call_later(pause, self._hand_on)
        else:
            self._transport.resume_reading()

    def _ping(self) -> None:
        if self._silent and not self._replies:  # else its answer may be behind them, unread
            self._transport.abort()
            return
        self._silent = True
        self.tell("PING")
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)
