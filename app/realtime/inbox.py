"""Frames of one socket that wait for their turn."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from realtime.tasks import background


class Inbox:
    """Handles one frame after another; the task for it lives while there are any. More than `bound` do not wait."""

    __slots__ = ("_bound", "_frames", "_handle", "_work")

    def __init__(self, handle: Callable[[str], Awaitable[None]], *, bound: int) -> None:
        self._handle = handle
        self._bound = bound
        # None while it is empty: a deque takes 600 bytes, and most sockets are silent most of the time.
        self._frames: deque[str] | None = None
        self._work: asyncio.Task[None] | None = None

    def put(self, frame: str) -> bool:
        """Whether there was room for it."""
        if self._frames is None:
            self._frames = deque()
        if len(self._frames) >= self._bound:
            return False
        self._frames.append(frame)
        if self._work is None:
            self._work = background(self._empty())
        return True

    async def finish(self) -> None:
        """Returns when everything that was put in has been handled, or given up."""
        if self._work is not None:
            await asyncio.wait({self._work})

    def stop(self) -> None:
        """Give up what is not done."""
        self._frames = None
        if self._work is not None:
            self._work.cancel()

    async def _empty(self) -> None:
        try:
            while self._frames:
                await self._handle(self._frames.popleft())
        finally:
            self._work = None
            if not self._frames:
                self._frames = None
