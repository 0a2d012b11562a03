"""A handshake that meets an outage is answered: come back, to another worker perhaps."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis import RedisError

from realtime.breaker import Breaker
from realtime.close_codes import GOING_AWAY
from realtime.database import DATABASE_GONE

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

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
        # A browser that offered subprotocols takes no answer without one of them.
        answer = Answer(send, subprotocol=next(iter(scope["subprotocols"]), None))
        if not self._breaker.open:
            application = self._application(scope, receive, answer.pass_on)
            del scope, receive  # this frame lives as long as the socket
            try:
                await application
            except OUTAGE as error:
                self._breaker.failed()
                logger.warning("a socket met an outage", extra={"error": str(error)})
            else:
                return
        await answer.come_again()


class Answer:
    """What a socket is told, and whether it was let in."""

    __slots__ = ("_accepted", "_send", "_subprotocol")

    def __init__(self, send: Send, *, subprotocol: str | None) -> None:
        self._send = send
        self._subprotocol = subprotocol
        self._accepted = False

    def pass_on(self, message: dict[str, Any]) -> Awaitable[None]:
        self._accepted = self._accepted or message["type"] == "websocket.accept"
        return self._send(message)

    async def come_again(self) -> None:
        if not self._accepted:
            await self._send({"type": "websocket.accept", "subprotocol": self._subprotocol})
        await self._send({"type": "websocket.close", "code": GOING_AWAY})
