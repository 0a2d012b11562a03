"""The socket behind the page: what this connection's scope holds, an echo, and a custom event through the layer."""

from typing import Any

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from lab.scope_tree import scope_tree
from realtime.close_codes import TOO_BIG, TOO_MANY_FRAMES
from realtime.limits import TokenBucket
from realtime.server import TRANSPORT
from realtime.socket import QueuedTransport, Socket

EVENT_TYPE = "lab.event"

BAD_FRAME = {
    "type": "error",
    "code": "bad_frame",
    "message": 'Send {"type": "echo" or "event", "message": …} as JSON text, with numbers of 64 bits at most.',
}

# What cannot be read or carried: no JSON (msgspec's errors are ValueErrors), half a character, too long a number, too
# deep a nesting.
UNFIT = (ValueError, OverflowError, RecursionError)


class LabConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Written as a tutorial would: one consumer, one channel, a method for each type of event."""

    async def connect(self) -> None:
        await self.accept()
        # Not self.send(), which knows no bounds: someone who does not read would fill our memory.
        self.socket = Socket(
            self.scope.get("extensions", {}).get(TRANSPORT) or QueuedTransport(self.base_send),
            keys=frozenset(),
            slow_reader_bytes=settings.SLOW_READER_BYTES,
        )
        self.bucket = TokenBucket(rate=settings.FRAMES_PER_SECOND, burst=settings.FRAMES_BURST)
        self.write({"type": "scope", "scope": scope_tree(self.scope)})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        text = (text_data or "").encode(errors="surrogatepass")
        if self.socket.closed:
            return
        if not self.bucket.take():
            self.socket.close(TOO_MANY_FRAMES)
        elif len(text) > settings.DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE:
            self.socket.close(TOO_BIG)  # our own server does this before the frame gets here
        else:
            try:
                await self.answer(parse(text))
            except UNFIT:
                self.write(BAD_FRAME)

    async def answer(self, content: Any) -> None:
        match content:
            case {"type": "echo", "message": message}:
                self.write({"type": "echo", "message": message})
            case {"type": "event", "message": message}:
                await self.channel_layer.send(self.channel_name, {"type": EVENT_TYPE, "message": message})
            case _:
                self.write(BAD_FRAME)

    async def lab_event(self, event: dict[str, Any]) -> None:
        """The handler that the type `lab.event` names: called with what came through the channel layer."""
        self.write(
            {
                "type": "event",
                "message": event["message"],
                "event_type": event["type"],
                "channel_name": self.channel_name,
            }
        )

    def write(self, frame: dict[str, Any]) -> None:
        self.socket.write(msgspec.json.encode(frame).decode())


def parse(text: bytes) -> Any:
    """What a frame says. Raises one of UNFIT."""
    content = msgspec.json.decode(text)
    msgspec.msgpack.encode(content)  # as the channel layer will: JSON's numbers have no end, msgpack's 64 bits
    return content
