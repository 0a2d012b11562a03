"""The groups of the channel layer that this process is in, whether or not the layer can be reached at the moment."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any, Protocol

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis import RedisError

from realtime.layer_groups import LayerGroups
from realtime.redis_groups import RedisGroups, is_one_redis
from realtime.tasks import background

logger = logging.getLogger(__name__)

# Each try has patience of its own; then we begin anew.
RETRY_SECONDS = 1.0


class Source(Protocol):
    """Where the messages to groups come from."""

    async def join(self, group: str) -> None:
        """Returns when this process is in it. Raises whatever keeps it from that."""
        ...

    async def leave(self, group: str) -> None: ...

    def join_all(self, groups: Collection[str]) -> bool:
        """Be in all of these from when it is possible on; False where this source cannot promise that."""
        ...

    def leave_all(self, groups: Collection[str]) -> None:
        """Of those that were joined so."""
        ...

    async def listen(self, handle: Callable[[dict[str, Any]], None]) -> None:
        """Hand on each message. Ends by raising RedisError or OSError."""
        ...


def source_of(layer: Any) -> Source:
    """The one that suits this channel layer."""
    if isinstance(layer, RedisPubSubChannelLayer) and is_one_redis(layer):
        return RedisGroups(layer)
    return LayerGroups(layer)


class Groups:
    """What is wanted is tried until it is so. Nobody has to wait for it: what is missed meanwhile is in the log."""

    def __init__(self, layer: Any) -> None:
        self._source = source_of(layer)
        self._wanted: set[str] = set()
        self._joined: set[str] = set()
        # An attempt that failed may have got half-way: who leaves such a group must say so.
        self._tried: set[str] = set()
        self._work: dict[str, asyncio.Task[None]] = {}
        # Whether the last attempt of all failed: then there is no use in waiting for the next.
        self._failing = False

    def join(self, group: str) -> None:
        self._wanted.add(group)
        self._start(group)

    def leave(self, group: str) -> None:
        self._wanted.discard(group)
        self._start(group)

    def join_all(self, groups: Collection[str]) -> None:
        """The same for many at once, for which nobody waits: no task for each, and one command."""
        self._wanted.update(groups)
        absent = [group for group in groups if group not in self._joined]
        if absent and not self._source.join_all(absent):
            for group in absent:
                self._start(group)

    def leave_all(self, groups: Collection[str]) -> None:
        self._wanted.difference_update(groups)
        # One that was joined by itself, or is about to be, is left so.
        alone = {group for group in groups if group in self._tried or group in self._work}
        if together := [group for group in groups if group not in alone]:
            self._source.leave_all(together)
        for group in alone:
            self._start(group)

    async def settled(self, group: str, *, within: float) -> None:
        """Returns when this process is in `group`, after `within` seconds at the latest."""
        work = self._work.get(group)
        if work is not None and not self._failing:
            await asyncio.wait({work}, timeout=within)

    async def listen(self, handle: Callable[[dict[str, Any]], None]) -> None:
        """Hand on each message to any of the groups, for ever."""
        while True:
            try:
                await self._source.listen(handle)
            except (RedisError, OSError) as error:
                logger.warning("the channel layer could not be read", extra={"error": str(error)})
            await asyncio.sleep(RETRY_SECONDS)

    def stop(self) -> None:
        for work in self._work.values():
            work.cancel()

    def _start(self, group: str) -> None:
        if group not in self._work and self._differs(group):
            self._work[group] = background(self._settle(group))

    def _differs(self, group: str) -> bool:
        return group not in self._joined if group in self._wanted else group in self._tried

    async def _settle(self, group: str) -> None:
        try:
            while self._differs(group):
                try:
                    await self._attempt(group)
                    self._failing = False
                except Exception as error:  # noqa: BLE001 - whatever it was, trying again is all that can be done
                    self._failing = True
                    logger.warning("a group could not be reached", extra={"group": group, "error": str(error)})
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._work.pop(group, None)

    async def _attempt(self, group: str) -> None:
        if group in self._wanted:
            self._tried.add(group)
            await self._source.join(group)
            self._joined.add(group)
        else:
            self._joined.discard(group)
            await self._source.leave(group)
            self._tried.discard(group)
