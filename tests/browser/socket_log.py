"""What passes over the WebSockets of a page."""

import json
from typing import Any

from playwright.sync_api import Page, WebSocket


class SocketLog:
    """Every frame, in order, of all the sockets that a page has opened."""

    def __init__(self, page: Page) -> None:
        self.opened: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        self.opened.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))
        socket.on("framereceived", lambda frame: self.received.append(json.loads(frame)))
