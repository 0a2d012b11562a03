"""What the server received for an application and the application has not taken."""

import asyncio
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]


class Mailbox:
    """Messages in the order in which they came. `taken` is called after each that was taken.

    As much of asyncio.Queue as Daphne uses. That one holds four deques, 3 KiB for a socket that says nothing.
    """

    __slots__ = ("_messages", "_taken", "_waiting")

    def __init__(self, taken: Callable[[], None] | None = None) -> None:
        self._taken = taken
        self._messages: list[Message] = []
        self._waiting: list[asyncio.Future[None]] = []

    def put_nowait(self, message: Message) -> None:
        self._messages.append(message)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def get(self) -> Message:
        """ASGI's `receive`. Whoever is cancelled while waiting has taken nothing."""
        while not self._messages:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            finally:
                self._waiting.remove(waiting)
        message = self._messages.pop(0)
        if self._taken is not None:
            self._taken()
        return message

    def qsize(self) -> int:
        return len(self._messages)

    def empty(self) -> bool:
        return not self._messages
