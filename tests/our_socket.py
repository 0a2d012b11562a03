"""Sockets of the application in this process, so that what they ask for can be counted."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer

from config.asgi import application
from realtime.relay import get_relay
from tests.waiting import DEADLINE
from tests.workers import ORIGIN

TYPED = ["chat.v1"]


class OurSocket:
    """A socket as the server would hand it to the application.

    Not Channels' own WebsocketCommunicator, which keeps database connections open: then they could not be watched.
    """

    def __init__(self, path: str, headers: dict[str, str], subprotocols: list[str]) -> None:
        sent = [(name.lower().encode(), value.encode()) for name, value in {"Origin": ORIGIN, **headers}.items()]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": sent, "subprotocols": subprotocols}
        self._application: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]

    async def connect(self) -> None:
        await self.begin()
        await self.accepted()

    async def begin(self) -> None:
        await self._application.send_input({"type": "websocket.connect"})

    async def accepted(self) -> None:
        assert (await self._application.receive_output(DEADLINE))["type"] == "websocket.accept"

    async def send(self, frame: object) -> None:
        await self._application.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads((await self._application.receive_output(DEADLINE))["text"])
        return frame

    async def close_code(self) -> int:
        message = await self._application.receive_output(DEADLINE)
        assert message["type"] == "websocket.close"
        return int(message["code"])

    async def ask(self, frame: object) -> dict[str, Any]:
        await self.send(frame)
        return await self.next()

    async def close(self) -> None:
        await self._application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._application.wait(DEADLINE)


@asynccontextmanager
async def opened(path: str, headers: dict[str, str], subprotocols: list[str]) -> AsyncIterator[OurSocket]:
    """A socket in this process; the channel layer lets go of Redis at the end."""
    socket = OurSocket(path, headers, subprotocols)
    try:
        await socket.connect()
        yield socket
        await socket.close()
    finally:
        reader = get_relay()._reader
        if reader is not None:
            reader.cancel()
        await get_channel_layer().flush()
