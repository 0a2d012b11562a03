"""What Daphne costs by itself: an application that only accepts. `daphne tests.load.peers.bare:application`"""

from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accepts, and waits for the end."""
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
