"""The groups of the channel layer that this process is in, whether or not the layer can be reached at the moment."""

import asyncio
import logging
from typing import Any

from realtime.tasks import background

logger = logging.getLogger(__name__)

# The layer tries by itself for some seconds before it gives up (CHANNEL_LAYERS); then we begin anew.
RETRY_SECONDS = 1.0


class Groups:
    """What is wanted is tried until it is so. Nobody has to wait for it: what is missed meanwhile is in the log."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._channel: str | None = None
        self._opening = asyncio.Lock()
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

    async def settled(self, group: str, *, within: float) -> None:
        """Returns when this process is in `group`, after `within` seconds at the latest."""
        work = self._work.get(group)
        if work is not None and not self._failing:
            await asyncio.wait({work}, timeout=within)

    async def receive(self) -> dict[str, Any]:
        """The next message to any of the groups."""
        message: dict[str, Any] = await self._layer.receive(await self._own_channel())
        return message

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
        channel = await self._own_channel()
        if group in self._wanted:
            self._tried.add(group)
            await self._layer.group_add(group, channel)
            self._joined.add(group)
        else:
            self._joined.discard(group)
            await self._layer.group_discard(group, channel)
            self._tried.discard(group)

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
