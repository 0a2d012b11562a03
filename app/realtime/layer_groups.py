"""The groups of any channel layer, as Channels would have them heard: through a channel that is in all of them."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any

from redis import RedisError

logger = logging.getLogger(__name__)

# The pause after a message that cannot be unpacked. Whoever else writes to our Redis shall not have our CPU.
UNREADABLE_SECONDS = 0.05


class LayerGroups:
    """realtime.groups.Source over a layer's own methods."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._channel: str | None = None
        self._opening = asyncio.Lock()

    async def join(self, group: str) -> None:
        await self._layer.group_add(group, await self._own_channel())

    async def leave(self, group: str) -> None:
        await self._layer.group_discard(group, await self._own_channel())

    def join_all(self, groups: Collection[str]) -> bool:
        """A layer knows no other way than one after another, of which each may fail."""
        return False

    def leave_all(self, groups: Collection[str]) -> None:
        """None was joined so."""

    async def listen(self, handle: Callable[[dict[str, Any]], None]) -> None:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(await self._own_channel())
            except (RedisError, OSError):
                raise
            except Exception:
                # One message that cannot be read must not end the relay for everyone; nor may a thousand of them.
                logger.exception("a message of the channel layer could not be read")
                await asyncio.sleep(UNREADABLE_SECONDS)
            else:
                handle(message)

    async def _own_channel(self) -> str:
        async with self._opening:
            if self._channel is None:
                try:
                    self._channel = await self._layer.new_channel("relay.")
                except Exception:
                    self._drop_orphans()
                    raise
        return self._channel

    def _drop_orphans(self) -> None:
        """Of an attempt that failed the layer keeps a channel that nobody knows."""
        channels = getattr(self._layer, "channels", {})
        for name in [name for name in channels if "relay." in name]:
            del channels[name]
