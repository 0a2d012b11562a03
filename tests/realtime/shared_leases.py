"""What Redis keeps of who is where, with a clock and troubles of a test's: as realtime.leases.SCRIPT does it."""

import asyncio
from collections.abc import Collection
from itertools import count

from realtime.leases import LEASE_SECONDS, LeasesGone, Renewal, Rooms


class Keeper:
    """Redis. `reachable` says whether it answers."""

    def __init__(self) -> None:
        self.reachable = True
        self.names = count()
        self.lose_memory()

    def lose_memory(self) -> None:
        self.until: dict[str, float] = {}
        self.said: dict[str, dict[str, set[str]]] = {}
        self.changes: list[str] = []

    def forget(self, process: str) -> None:
        self.changes += self.said.pop(process, {})
        self.until.pop(process, None)

    def said_by(self, process: "SharedLeases", room: str) -> set[str]:
        return self.said.get(process.name, {}).get(room, set())

    def who(self, room: str) -> set[str]:
        return {person for rooms in self.said.values() for person in rooms.get(room, ())}


class SharedLeases:
    """One process's way to it. `answers_lost`: what is asked is done, and the answer does not come."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self.name = f"process-{next(keeper.names)}"
        self._since = 0
        self.reachable = True
        self.answers_lost = False

    async def renew(self, changes: Rooms, *, asked: Collection[str], anew: bool) -> Renewal:
        await asyncio.sleep(0.001)
        if not (self.reachable and self._keeper.reachable):
            raise LeasesGone
        renewal = self._renew(changes, asked, anew=anew)
        if self.answers_lost:
            raise LeasesGone
        self._since = len(self._keeper.changes)
        return renewal

    def _renew(self, changes: Rooms, asked: Collection[str], *, anew: bool) -> Renewal:
        keeper, now = self._keeper, asyncio.get_running_loop().time()
        for process in [process for process, until in keeper.until.items() if until < now]:
            keeper.forget(process)
        if anew:
            keeper.forget(self.name)
        elif self.name not in keeper.until:
            return Renewal(known=False)
        keeper.until[self.name] = now + LEASE_SECONDS
        own = keeper.said.setdefault(self.name, {})
        for room, people in changes.items():
            if own.get(room, set()) != set(people):
                own[room] = set(people)
                keeper.changes.append(room)
        since = 0 if anew else self._since
        rooms = {*asked, *(room for room in keeper.changes[since:] if own.get(room))}
        return Renewal(rooms={room: keeper.who(room) for room in rooms})

    async def close(self) -> None:
        """There is nothing to close."""
