"""A consumer's own channel on the channel layer, which it does not depend on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from realtime.groups import RETRY_SECONDS
from realtime.tasks import background

logger = logging.getLogger(__name__)


class OwnChannel:
    """Read in the background: Channels' own consumer neither begins nor ends while Redis cannot be reached.

    What `name` is sent arrives as soon as the layer has taken it up. A task and a subscription of Redis' for each: made
    for those consumers that use their name.
    """

    def __init__(self, layer: Any, dispatch: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._layer = layer
        self._dispatch = dispatch
        # As the layer would call it. One that it makes itself has no name yet when it cannot be reached.
        self.name = f"{getattr(layer, 'prefix', '')}specific.{uuid4().hex}"
        # The layer takes into a group only whom it knows, and knows nobody before the first receive().
        self._channels[self.name] = asyncio.Queue()
        self._work = background(self._read())
        self._work.add_done_callback(lambda _: background(self._let_go()))

    def close(self) -> None:
        """The consumer ended."""
        self._work.cancel()

    @property
    def _channels(self) -> dict[str, Any]:
        """The layer's own list of the channels of this process."""
        channels: dict[str, Any] = getattr(self._layer, "channels", {})
        return channels

    async def _read(self) -> None:
        # Where it is in the list, receive() takes it for subscribed.
        self._channels.pop(self.name, None)
        while True:
            await self._pass_on(await self._next())

    async def _next(self) -> dict[str, Any]:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(self.name)
            except Exception as error:  # noqa: BLE001 - a layer that is gone, or a message that cannot be read
                logger.warning("a channel could not be read", extra={"error": str(error)})
                await self._let_go()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return message

    async def _pass_on(self, message: dict[str, Any]) -> None:
        try:
            await self._dispatch(message)
        except Exception:
            logger.exception("an event could not be handled", extra={"type": message.get("type")})

    async def _let_go(self) -> None:
        """The layer lets go of a channel whose receive() is cancelled while it waits, and knows no other way."""
        while self.name in self._channels:
            receiving = background(self._layer.receive(self.name))
            try:
                await asyncio.sleep(0)
            finally:
                # Also where we are cancelled meanwhile: nobody else knows of it, and it would wait for ever.
                receiving.cancel()
            await asyncio.wait({receiving})
