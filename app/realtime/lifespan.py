"""The drain under an ASGI server that is not ours (realtime/server.py has its own)."""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from realtime.drain import see_everyone_off
from realtime.relay import get_relay
from realtime.tasks import background

logger = logging.getLogger(__name__)


class Lifespan:
    """ASGI's lifespan protocol: everybody is seen off before the server closes what is open.

    A server says `lifespan.shutdown` when all connections have ended. That is too late to tell anybody when to come
    back, and with an event stream open it never comes: no server ends a response that goes on. So the signal is taken
    in front of the server, and handed on when all sockets and streams of the relay have been closed.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        Signals().take()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        get_relay().stop()
        await send({"type": "lifespan.shutdown.complete"})


class Signals:
    """SIGTERM drains, a second one hurries, SIGINT hurries at once. Then the server's own handler is called."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._servers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._hurry = asyncio.Event()
        self._leaving = False
        self._left = False

    def take(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # whoever runs the server in a thread has the signals
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler):
                self._servers[number] = handler
                signal.signal(number, self._received)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self._left:
            self._servers[number](number, frame)
        else:
            self._loop.call_soon_threadsafe(self._asked_to_leave, number)

    def _asked_to_leave(self, number: int) -> None:
        if self._leaving or number == signal.SIGINT:
            self._hurry.set()
        if not self._leaving:
            self._leaving = True
            background(self._leave(number))

    async def _leave(self, number: int) -> None:
        try:
            await see_everyone_off(get_relay(), hurry=self._hurry)
        finally:
            self._left = True
            self._servers[number](number, None)


class LeavingRefusal:
    """Around the sockets: who comes while this process leaves is answered with 503, and nginx asks another worker.

    By ASGI's `websocket.http.response`, where the server knows it; ours gives a handshake away by itself.
    """

    def __init__(self, application: Callable[..., Awaitable[Any]]) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if "websocket.http.response" in (scope.get("extensions") or {}) and get_relay().leaving:
            await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            # uvicorn takes it for a fault when an application returns before the connection has ended.
            await asyncio.sleep(0)
        else:
            await self._application(scope, receive, send)
