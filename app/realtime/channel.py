"""A consumer's own channel on the channel layer, which it does not depend on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from realtime.tasks import background

logger = logging.getLogger(__name__)

# How long a handshake waits for its channel, so that the name is there from the start.
OPEN_SECONDS = 1.0


class OwnChannel:
    """Read in the background. Channels' own consumer neither starts nor ends while Redis cannot be reached."""

    def __init__(self, layer: Any, dispatch: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._layer = layer
        self._dispatch = dispatch
        self.name: str | None = None
        self._opened = asyncio.Event()
        self._closed = False
        self._receiving: asyncio.Task[dict[str, Any]] | None = None
        self._work = background(self._read())

    async def open(self) -> str | None:
        """Its name; None where the layer does not answer."""
        opened = asyncio.ensure_future(self._opened.wait())
        await asyncio.wait({opened, self._work}, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        return self.name

    def close(self) -> None:
        """The consumer ended. The layer lets go of a channel whose receive() is cancelled, and knows no other way."""
        self._closed = True
        if self._receiving is not None:
            self._receiving.cancel()

    async def _read(self) -> None:
        try:
            self.name = await self._layer.new_channel()
        except Exception as error:  # noqa: BLE001 - a layer that cannot be reached, whatever it is
            logger.warning("a channel could not be opened", extra={"error": str(error)})
            return
        self._opened.set()
        while True:
            message = await self._next()
            if message is None:
                return
            try:
                await self._dispatch(message)
            except Exception:
                logger.exception("an event could not be handled", extra={"type": message.get("type")})

    async def _next(self) -> dict[str, Any] | None:
        """The next message; None once the channel is closed."""
        self._receiving = asyncio.ensure_future(self._layer.receive(self.name))
        if self._closed:
            await asyncio.sleep(0)  # a task that never began would not let go either
            self._receiving.cancel()
        try:
            return await self._receiving
        except asyncio.CancelledError:
            return None
        finally:
            self._receiving = None
