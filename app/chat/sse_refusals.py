"""An event stream that is not begun: a status, and the JSON that the API answers with."""

import logging
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any

import msgspec

from chat.errors import BadFrame, ChatError, Unavailable
from realtime.breaker import Breaker
from realtime.outage import OUTAGE
from realtime.socket import Send

logger = logging.getLogger(__name__)

Application = Callable[..., Awaitable[Any]]

# What only a request can be refused with; each is a kind of something that a frame can be refused with, too.


class BadRequest(BadFrame):
    code, status = "bad_request", 400


class MethodNotAllowed(BadFrame):
    code, status = "method_not_allowed", 405

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} is not for this address. Allowed: GET.")


async def refuse(send: Send, error: ChatError) -> None:
    """Answer a request for a stream with what keeps it from beginning."""
    headers = [(b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")]
    if error.retry_after is not None:
        headers.append((b"Retry-After", str(ceil(error.retry_after)).encode()))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"Allow", b"GET"))
    body = msgspec.json.encode({"error": {"code": error.code, "message": error.message}})
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class OutageRefusal:
    """realtime.outage.OutageAnswer for a request: 503 where the database or Redis cannot be reached.

    For a moment after that the others are told the same without asking again.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._breaker = Breaker(seconds=1)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> Any:
        if not self._breaker.open:
            try:
                return await self._application(scope, receive, send)
            except OUTAGE as error:
                # What the consumer itself meets, it answers; this was raised before it, and nothing was sent.
                self._breaker.failed()
                logger.warning("an event stream met an outage", extra={"error": str(error)})
        await refuse(send, Unavailable())
        return None
