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

    What `name` is sent arrives as soon as the layer has taken it up.
    """

    def __init__(self, layer: Any, dispatch: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._layer = layer
        self._dispatch = dispatch
        # As the layer would call it. One that it makes itself has no name yet when it cannot be reached.
        self.name = f"{getattr(layer, 'prefix', '')}specific.{uuid4().hex}"
        self._work = background(self._read())

    def close(self) -> None:
        """The consumer ended."""
        self._work.cancel()

    async def _read(self) -> None:
        try:
            while True:
                await self._pass_on(await self._next())
        finally:
            background(self._let_go())

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
        while self.name in getattr(self._layer, "channels", {}):
            receiving = background(self._layer.receive(self.name))
            await asyncio.sleep(0)
            receiving.cancel()
            await asyncio.wait({receiving})
