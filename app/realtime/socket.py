"""One connection, as the relay and the consumers see it: its keys, its bounds, and the write."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.close_codes import SLOW_READER

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Transport(Protocol):
    """What realtime.server puts into a scope's extensions: the way to the connection without a task switch."""

    def write(self, text: str) -> None: ...

    def close(self, code: int) -> None: ...

    def waiting(self) -> int:
        """Bytes that were written and have not left this process."""
        ...


class QueuedTransport:
    """The same through ASGI's `send`, for any other server and for tests: one task sends what is queued, in order."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._queue: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    def write(self, text: str) -> None:
        self._bytes += len(text.encode())
        self._put({"type": "websocket.send", "text": text})

    def close(self, code: int) -> None:
        self._put({"type": "websocket.close", "code": code})

    def waiting(self) -> int:
        return self._bytes

    def _put(self, message: dict[str, Any]) -> None:
        self._queue.append(message)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._queue:
                message = self._queue.popleft()
                try:
                    await self._send(message)
                finally:
                    self._bytes -= len(message.get("text", "").encode())
        finally:
            self._task = None


class Socket:
    """One accepted WebSocket.

    `keys` say whose it is, so that it can be found and cut off; they are opaque here. A socket that reads too slowly,
    so that more than `slow_reader_bytes` wait for it, is closed with 4408. `farewell` makes the frame that says, before
    this process leaves, after how many milliseconds to come back; without it the close frame says it all.
    """

    __slots__ = ("_slow_reader_bytes", "_transport", "closed", "farewell", "keys")

    def __init__(self, transport: Transport, *, keys: frozenset[str], slow_reader_bytes: int) -> None:
        self._transport = transport
        self._slow_reader_bytes = slow_reader_bytes
        self.keys = keys
        self.closed = False
        self.farewell: Callable[[int], str] | None = None

    def write(self, text: str) -> None:
        """Send one text frame; never waits and never raises."""
        if self.closed:
            return
        try:
            waiting = self._transport.waiting()
            # Whoever has read everything is not slow, however much comes at once.
            if waiting and waiting + len(text) > self._slow_reader_bytes:
                logger.info("closing a slow reader", extra={"keys": sorted(self.keys)})
                self.close(SLOW_READER)
            else:
                self._transport.write(text)
        except Exception:
            # One broken connection must not end the fan-out to the others; its own disconnect follows.
            logger.exception("a socket could not be written to", extra={"keys": sorted(self.keys)})
            self.closed = True

    def say_farewell(self, after_ms: int) -> None:
        """Tell who is there, in their own form, that this process leaves and when to come back."""
        if self.farewell is not None:
            self.write(self.farewell(after_ms))

    def close(self, code: int) -> None:
        """Close with `code`; what is written afterwards is dropped. Never raises."""
        if self.closed:
            return
        self.closed = True
        try:
            self._transport.close(code)
        except Exception:
            # One broken connection must not keep the others open.
            logger.exception("a socket could not be closed", extra={"keys": sorted(self.keys)})
