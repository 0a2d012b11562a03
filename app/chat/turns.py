"""Changes of messages of one process: in each room one after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

from chat.errors import Unavailable
from chat.poster import LOCK_SECONDS

_turns: "WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]" = WeakKeyDictionary()


def get_turns() -> "Turns":
    """The turns of this process (strictly: of the running event loop)."""
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns[loop] = Turns()
    return _turns[loop]


class Turns:
    """They would wait for each other in the database all the same, each with a thread of the worker: a room that hangs
    takes one of those, not all."""

    def __init__(self) -> None:
        self._rooms: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, slug: str) -> AsyncIterator[None]:
        """Wait for the room's turn, as long as for its lock. Raises Unavailable."""
        room = self._rooms.setdefault(slug, asyncio.Lock())
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                await room.acquire()
        except TimeoutError as error:
            raise Unavailable from error
        try:
            yield
        finally:
            room.release()
