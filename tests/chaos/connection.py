"""One WebSocket in the typed form, kept as app/chat/static/chat/client/connection.js keeps its own.

It is simpler, and never kinder to the server's figures: told to leave, it breaks before it makes, and it has no event
stream to fall back to. The library's own pings are off, since a browser sends none; it answers those of the server.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

Frame = dict[str, Any]

# As in connection.js, in seconds.
PING_EVERY = 25.0
PONG_WITHIN = 10.0
WELCOME_WITHIN = 15.0
# So long before a leaving worker goes it looks for another one.
LEAVE_BEFORE = 1.0

LOST = 1006


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended. `online_at`: when it was welcomed; `come_back`: when the server asked it to come back."""

    code: int
    online_at: float | None = None
    come_back: float | None = None


class Connection:
    """From the handshake to the end. `on_online` is called when the server says welcome, `on_frame` for the rest."""

    def __init__(self, *, on_online: Callable[[], None], on_frame: Callable[[Frame], None]) -> None:
        self._on_online = on_online
        self._on_frame = on_frame
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._outbound: asyncio.Queue[str] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._dark: asyncio.Future[None] = self._loop.create_future()
        self.online_at: float | None = None
        self.leaving_since: float | None = None
        self._come_back: float | None = None

    async def run(self, url: str, token: str) -> Ending:
        """Returns when it has ended, however that came."""
        try:
            self._socket = await connect(
                url,
                additional_headers={"Authorization": f"Bearer {token}"},
                subprotocols=[Subprotocol("chat.v1")],
                compression=None,
                open_timeout=WELCOME_WITHIN,
                ping_interval=None,
                close_timeout=1,
                max_size=None,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, EOFError):
            return Ending(LOST)
        self._arm("dead", WELCOME_WITHIN, self.abandon)
        try:
            code = await self._until_it_ends(self._socket)
        finally:
            self._disarm()
            if not self._dark.done():
                self._socket.transport.abort()
        return Ending(code, self.online_at, self._come_back)

    async def _until_it_ends(self, connection: ClientConnection) -> int:
        reading = asyncio.ensure_future(self._read(connection))
        writing = asyncio.ensure_future(self._write(connection))
        try:
            ends: set[asyncio.Future[Any]] = {reading, self._dark}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else LOST
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)

    # --- out ---

    def send(self, frame: Frame) -> None:
        self._outbound.put_nowait(json.dumps(frame))

    async def _write(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(await self._outbound.get())

    # --- in ---

    async def _read(self, connection: ClientConnection) -> int:
        """The code with which it was closed."""
        try:
            while True:
                self._receive(json.loads(await connection.recv()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else LOST

    def _receive(self, frame: Frame) -> None:
        self._disarm("dead")
        if frame["type"] == "welcome":
            self.online_at = self._loop.time()
            self._arm("ping", PING_EVERY, self._ping)
            self._on_online()
        elif frame["type"] == "reconnect":
            wait = max(0.0, frame["after_ms"] / 1000 - LEAVE_BEFORE)
            self.leaving_since = self._loop.time()
            self._come_back = self.leaving_since + wait
            self._arm("leave", wait, self.abandon)
        else:
            self._on_frame(frame)

    def _ping(self) -> None:
        self.send({"type": "ping", "id": "ping"})
        self._arm("ping", PING_EVERY, self._ping)
        if "dead" not in self._timers:
            self._arm("dead", PONG_WITHIN, self.abandon)

    # --- its end ---

    def abandon(self) -> None:
        """Give it up without waiting for a peer that may be dead."""
        if self._socket is not None:
            self._socket.transport.abort()

    def reset(self) -> None:
        """The TCP connection is torn: no close frame, not even an end of the stream."""
        if self._socket is not None:
            raw: socket.socket = self._socket.transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.transport.abort()

    def go_dark(self) -> Callable[[], None]:
        """Leave without a word: nothing is read or sent any more, and the server is not told. Returns what ends it."""
        if self._socket is None or self._dark.done():
            return lambda: None
        transport = self._socket.transport
        if not transport.is_closing():
            transport.pause_reading()
        self._dark.set_result(None)
        return transport.abort

    # --- timers ---

    def _arm(self, name: str, seconds: float, run: Callable[[], None]) -> None:
        self._disarm(name)

        def ring() -> None:
            self._timers.pop(name, None)
            run()

        self._timers[name] = self._loop.call_later(seconds, ring)

    def _disarm(self, name: str | None = None) -> None:
        for key in [name] if name else list(self._timers):
            if (timer := self._timers.pop(key, None)) is not None:
                timer.cancel()
