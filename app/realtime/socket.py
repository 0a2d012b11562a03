"""One connection, as the relay and the consumers see it: its keys, its bounds, and the write."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.close_codes import GOING_AWAY, SLOW_READER
from realtime.frames import Frame

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Transport(Protocol):
    """What realtime.server puts into a scope's extensions: the way to the connection without a task switch."""

    def write(self, text: str) -> None: ...

    def write_at_once(self, frame: Frame) -> bool:
        """Where nothing waits, send it by the shortest way. False: nothing was written, `write` is to do it."""
        ...

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
        self._broken = False

    def write(self, text: str) -> None:
        self._put({"type": "websocket.send", "text": text})

    def write_at_once(self, frame: Frame) -> bool:
        return False

    def close(self, code: int) -> None:
        self._put({"type": "websocket.close", "code": code})

    def waiting(self) -> int:
        return self._bytes

    def _put(self, message: dict[str, Any]) -> None:
        if self._broken:
            return
        self._bytes += _size(message)
        self._queue.append(message)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._send(message := self._queue.popleft())
                self._bytes -= _size(message)
        except Exception as error:  # noqa: BLE001 - each server has its own for a client that has left
            # Its own disconnect follows: what was to be sent is of no use to anyone.
            logger.debug("a connection takes nothing more", extra={"error": str(error)})
            self._broken = True
            self._queue.clear()
            self._bytes = 0
        finally:
            self._task = None


def _size(message: dict[str, Any]) -> int:
    return len(message.get("text", "").encode())


class Socket:
    """One accepted WebSocket.

    `keys` say whose it is, so that it can be found and cut off; they are opaque here. A socket that reads too slowly,
    so that more than `slow_reader_bytes` wait for it, is closed with 4408. `farewell` makes the frame that says, before
    this process leaves, after how many milliseconds to come back; without it the close frame says it all. `who` is
    whose presence it shows where it listens, an opaque name (realtime/presence.py); nobody's where it is empty.
    """

    __slots__ = ("_slow_reader_bytes", "_transport", "closed", "farewell", "keys", "who")

    def __init__(self, transport: Transport, *, keys: frozenset[str], slow_reader_bytes: int) -> None:
        self._transport = transport
        self._slow_reader_bytes = slow_reader_bytes
        self.keys = keys
        self.closed = False
        self.farewell: Callable[[int], str] | None = None
        self.who = ""

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
            # One broken connection must not end the fan-out to the others. Its client comes back.
            logger.exception("a socket could not be written to", extra={"keys": sorted(self.keys)})
            self.close(GOING_AWAY)

    def deliver(self, frame: Frame) -> None:
        """Send a frame that many get; never waits, and raises only where the frame cannot be encoded."""
        if not (self.closed or self._transport.write_at_once(frame)):
            self.write(frame.text)

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
