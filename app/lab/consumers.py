"""The socket behind the page: what this connection's scope holds, an echo, and a custom event through the layer."""

import json
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from lab.scope_tree import scope_tree
from realtime.close_codes import TOO_MANY_FRAMES
from realtime.limits import TokenBucket

EVENT_TYPE = "lab.event"


class LabConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Written as a tutorial would: one consumer, one channel, a method for each type of event."""

    async def connect(self) -> None:
        self.bucket = TokenBucket(rate=settings.FRAMES_PER_SECOND, burst=settings.FRAMES_BURST)
        await self.accept()
        await self.send_json({"type": "scope", "scope": scope_tree(self.scope)})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if not self.bucket.take():
            await self.close(TOO_MANY_FRAMES)
            return
        try:
            content = json.loads(text_data or "")
        except (ValueError, RecursionError):
            content = None
        await self.receive_json(content)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        match content:
            case {"type": "echo", "message": message}:
                await self.send_json({"type": "echo", "message": message})
            case {"type": "event", "message": message}:
                await self.channel_layer.send(self.channel_name, {"type": EVENT_TYPE, "message": message})
            case _:
                await self.send_json(
                    {
                        "type": "error",
                        "code": "bad_frame",
                        "message": 'Send {"type": "echo" or "event", "message": …} as JSON text.',
                    }
                )

    async def lab_event(self, event: dict[str, Any]) -> None:
        """The handler that the type `lab.event` names: called with what came through the channel layer."""
        await self.send_json(
            {
                "type": "event",
                "message": event["message"],
                "event_type": event["type"],
                "channel_name": self.channel_name,
            }
        )
