"""A channel layer and a log to which everything may happen that happens to Redis and PostgreSQL."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from redis import ConnectionError as RedisConnectionError

from realtime.log import Entry, Order
from tests.realtime.doubles import ListedLog

WELL, STALLED, REFUSING, BROKEN = "well", "stalled", "refusing", "broken"


class TroubledLayer:
    """A channel layer like the one over Redis pub/sub. Nothing travels by itself: the test delivers, or does not.

    While it is stalled, whoever asks it waits; while it is refusing or broken, that is raised. It knows then, as the
    real one does, what it was asked, but nothing arrives.
    """

    def __init__(self) -> None:
        self.state = WELL
        self.groups: dict[str, set[str]] = defaultdict(set)
        self.queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._mended = asyncio.Event()
        self._names = count(1)

    def becomes(self, state: str) -> None:
        self.state = state
        self._mended.set()
        self._mended = asyncio.Event()

    def deliver(self, group: str, message: dict[str, Any]) -> None:
        if self.state == WELL:
            for channel in self.groups.get(group, ()):
                self.queues[channel].put_nowait(message)

    async def new_channel(self, prefix: str = "specific.") -> str:
        await self._answer()
        name = f"{prefix}{next(self._names)}"
        self.queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.groups[group].add(channel)
        await self._answer()

    async def group_discard(self, group: str, channel: str) -> None:
        self.groups[group].discard(channel)
        if not self.groups[group]:
            del self.groups[group]
            await self._answer()

    async def receive(self, channel: str) -> dict[str, Any]:
        try:
            return await self.queues[channel].get()
        except asyncio.CancelledError:
            del self.queues[channel]  # as the real one: whoever is cancelled is taken to be gone
            raise

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        while self.state == STALLED:
            await self._mended.wait()
        if self.state == REFUSING:
            raise RedisConnectionError("the layer cannot be reached")
        if self.state == BROKEN:
            raise RuntimeError("the layer has a fault of its own")


class TroubledLog(ListedLog):
    """A log that may be slow, refuse, or hold the answers for one stream back. What was deleted is kept for looking up.

    `early`: an answer is what was true when it was asked for, else what is true when it arrives.
    """

    gone = "room_deleted"

    def __init__(self) -> None:
        super().__init__()
        self.entries.clear()
        self.deleted: dict[str, list[Entry]] = {}
        self.seconds = 0.0
        self.early = False
        self.held: set[str] = set()
        self.refusals = 0
        self._mended = asyncio.Event()

    def write(self, stream: str, *, cut: str | None = None, size: int = 0) -> Entry:
        """Append an entry whose payload has `size` bytes more than it needs."""
        entry = replace(self.append(stream=stream, cut=cut))
        if size:
            entry = replace(entry, payload=f"{entry.payload} {'x' * size}")
            self.entries[stream][-1] = entry
        return entry

    def head_of(self, stream: str) -> int:
        return len(self.entries[stream])

    def all_of(self, stream: str) -> list[Entry]:
        return self.entries[stream] if stream in self.entries else self.deleted[stream]

    def delete(self, stream: str) -> None:
        self.deleted[stream] = self.entries.pop(stream)

    def recovers(self) -> None:
        self.seconds = 0.0
        self.failures = 0
        self.held.clear()
        self._mended.set()
        self._mended = asyncio.Event()

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Entry]:
        if self.early:
            found = await super().after(stream, seq, limit=limit)
            await self._slowly(stream)
            return found
        await self._slowly(stream)
        return await super().after(stream, seq, limit=limit)

    async def heads(self, streams: Sequence[str]) -> dict[str, int]:
        if self.early:
            found = await super().heads(streams)
            await self._slowly()
            return found
        await self._slowly()
        return await super().heads(streams)

    async def _answer(self) -> None:
        try:
            await super()._answer()
        except OSError:
            self.refusals += 1
            raise

    async def _slowly(self, stream: str = "") -> None:
        await asyncio.sleep(self.seconds)
        while stream in self.held:
            await self._mended.wait()


class ListedOrders:
    """Where orders are kept, as realtime.log wants it."""

    def __init__(self, log: TroubledLog) -> None:
        self._log = log
        self.given: list[Order] = []

    def give(self, key: str, code: int) -> Order:
        self.given.append(Order(number=len(self.given) + 1, key=key, code=code))
        return self.given[-1]

    async def given_within(self, seconds: float) -> list[Order]:
        await self._log.heads([])  # the same database: as slow, and down with it
        return list(self.given)
