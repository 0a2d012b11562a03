"""Who is in a room, as those who asked are told: names for what realtime/presence.py knows as opaque."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from typing import Protocol
from weakref import WeakKeyDictionary

from accounts.models import User
from chat.errors import Unavailable
from chat.events import person_of
from chat.protocol import Person, PresenceChanged, encode
from realtime.database import DATABASE_GONE, in_database
from realtime.frames import Frame
from realtime.leases import LeasesGone
from realtime.presence import Presence
from realtime.relay import get_relay
from realtime.tasks import background

logger = logging.getLogger(__name__)

# So many of a room are named, those with the smallest ids, and the others counted: in a room of five thousand each who
# asks would else be sent 300 KB, and all of them each time that somebody comes or goes.
NAMED = 200
RETRY_SECONDS = 1.0

_audiences: "WeakKeyDictionary[Presence, Audience]" = WeakKeyDictionary()


def get_audience() -> "Audience":
    """Of this process."""
    presence = get_relay().presence
    if presence not in _audiences:
        _audiences[presence] = Audience(presence)
    return _audiences[presence]


class Follower(Protocol):
    """A live socket that asked who is in a room."""

    def tell(self, frame: Frame) -> None: ...


class _Room:
    """Who its followers know to be there."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.followers: set[Follower] = set()
        self.named: dict[int, Person] = {}
        self.count = 0

    @property
    def users(self) -> list[Person]:
        """By name, as people look for one another."""
        return sorted(self.named.values(), key=lambda person: person.name.casefold())

    def take(self, ids: Collection[int], people: dict[int, Person]) -> PresenceChanged | None:
        """`people` has those who were not named yet; what changed by that, if anything did."""
        wanted = named_of(ids)
        joined = [people[number] for number in wanted if number not in self.named and number in people]
        left = [person for number, person in self.named.items() if number not in wanted]
        if not (joined or left or self.count != len(ids)):
            return None
        self.count = len(ids)
        known = self.named | people
        self.named = {number: known[number] for number in sorted(wanted) if number in known}
        return PresenceChanged(room=self.slug, joined=joined, left=left, count=self.count)


def named_of(ids: Collection[int]) -> set[int]:
    return set(sorted(ids)[:NAMED])


class Audience:
    """The followers of all rooms; what one room's followers are told is encoded once."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._rooms: dict[str, _Room] = {}
        self._opening: dict[str, asyncio.Task[_Room]] = {}
        # How many are about to follow a room.
        self._asking: Counter[str] = Counter()
        self._moved: set[str] = set()
        self._work: asyncio.Task[None] | None = None

    async def present(self, stream: str, slug: str, follower: Follower) -> _Room:
        """The room with who is in it now; `follower` is told of what changes after this. Raises Unavailable."""
        if self._presence.gone:
            raise Unavailable
        self._asking[stream] += 1
        try:
            room = self._rooms.get(stream) or await self._opened(stream, slug)
            room.followers.add(follower)
        except LeasesGone as error:
            raise Unavailable from error
        else:
            return room
        finally:
            self._asking[stream] -= 1
            self._close_if_unused(stream)

    def unfollow(self, stream: str, follower: Follower) -> None:
        if (room := self._rooms.get(stream)) is not None:
            room.followers.discard(follower)
            self._close_if_unused(stream)

    def _close_if_unused(self, stream: str) -> None:
        if self._asking[stream]:
            return
        del self._asking[stream]
        if stream in self._rooms and not self._rooms[stream].followers:
            del self._rooms[stream]
            self._presence.unfollow(stream)

    async def _opened(self, stream: str, slug: str) -> _Room:
        """Those who ask at the same time share it."""
        if stream not in self._opening:
            self._opening[stream] = background(self._open(stream, slug))
            self._opening[stream].add_done_callback(_observed)
        return await asyncio.shield(self._opening[stream])

    async def _open(self, stream: str, slug: str) -> _Room:
        try:
            await self._presence.follow(stream, self._has_moved)
            room, ids = _Room(slug), self._ids(stream)
            room.take(ids, await in_database(people_with, named_of(ids)))
        except BaseException:
            self._presence.unfollow(stream)
            raise
        finally:
            del self._opening[stream]
        self._rooms[stream] = room
        self._has_moved(stream)  # it may have, while the names were looked up
        self._close_if_unused(stream)  # who asked may have gone
        return room

    def _ids(self, stream: str) -> set[int]:
        return {int(who) for who in self._presence.who(stream)}

    def _has_moved(self, stream: str) -> None:
        self._moved.add(stream)
        if self._work is None:
            self._work = background(self._tell_all())

    async def _tell_all(self) -> None:
        try:
            while self._moved:
                moved, self._moved = self._moved, set()
                try:
                    await self._tell(moved & self._rooms.keys())
                except DATABASE_GONE as error:
                    self._moved |= moved
                    logger.warning("it cannot be looked up who is here", extra={"error": str(error)})
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._work = None

    async def _tell(self, streams: set[str]) -> None:
        """One query for all of them, where anybody came."""
        ids = {stream: self._ids(stream) for stream in streams}
        strangers = {
            number for stream in streams for number in named_of(ids[stream]) - self._rooms[stream].named.keys()
        }
        people = await in_database(people_with, strangers) if strangers else {}
        for stream in streams & self._rooms.keys():
            room = self._rooms[stream]
            changed = room.take(ids[stream], people)
            if changed is not None:
                frame = Frame(encode(changed))
                for follower in list(room.followers):
                    follower.tell(frame)


def people_with(ids: Collection[int]) -> dict[int, Person]:
    return {user.pk: person_of(user) for user in User.objects.filter(pk__in=ids)}


def _observed(opening: "asyncio.Task[_Room]") -> None:
    """That nobody waited for it any more is no error."""
    if not opening.cancelled():
        opening.exception()
