"""A handshake that meets an outage is answered: come back, to another worker perhaps."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis import RedisError

from realtime.breaker import Breaker
from realtime.close_codes import GOING_AWAY
from realtime.database import DATABASE_GONE

logger = logging.getLogger(__name__)

OUTAGE = (*DATABASE_GONE, RedisError)


class OutageAnswer:
    """Around everything that looks into the database or Redis before the consumer runs: sessions, users, channels.

    What they raise when it cannot be reached would reset the connection; here it is accepted and closed with 1012, so
    that a browser can read why. For a moment after that the others are told the same without asking again: thousands
    that come back at once would wait for one another.
    """

    def __init__(self, application: Callable[..., Awaitable[Any]]) -> None:
        self._application = application
        self._breaker = Breaker(seconds=1)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        accepted = False

        async def noticing_accept(message: dict[str, Any]) -> None:
            nonlocal accepted
            accepted = accepted or message["type"] == "websocket.accept"
            await send(message)

        if not self._breaker.open:
            try:
                await self._application(scope, receive, noticing_accept)
            except OUTAGE as error:
                self._breaker.failed()
                logger.warning("a socket met an outage", extra={"error": str(error)})
            else:
                return
        if not accepted:
            # A browser that offered subprotocols takes no answer without one of them.
            await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
        await send({"type": "websocket.close", "code": GOING_AWAY})
