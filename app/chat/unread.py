"""What live sockets are told of their rooms that they are not subscribed to: docs/fan-out.md, "The rooms beside".

One keeper a process. It knows which rooms those who are here are members of, and notes which of them moved; once a
second it counts, in one query, what of that anybody here is to be told.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Protocol
from weakref import WeakKeyDictionary

from django.db import transaction
from django.utils import timezone

from chat.events import ROOM_DELETED
from chat.message_selectors import heads_of
from chat.models import Membership, stream_of
from chat.protocol import Unread, Unsubscribed, encode
from chat.unread_counts import Counts, counts_of
from realtime.broadcast import broadcast_all
from realtime.database import DATABASE_GONE, in_database
from realtime.frames import Frame
from realtime.relay import Relay, get_relay
from realtime.stream import REMOVED

logger = logging.getLogger(__name__)

# docs/protocol.md: gathered for up to a second.
LOOK_SECONDS = 1.0
# In this time everybody's memberships are read once more, some each second: who was added, or read something
# elsewhere, while Redis could not say so, hears of it then. For ten thousand people with twenty rooms each that is
# 7,000 rows a second.
ROUND_SECONDS = 30.0
# What one look takes at the most, so that a thousand who come back at once with a hundred rooms each hold nobody up;
# the others follow in the next.
PEOPLE_A_LOOK = 1_000
PAIRS_A_LOOK = 5_000
# A room that became somebody's so long ago at the most may be new to a socket that came a moment ago.
NEW_WITHIN = timedelta(minutes=1)
# After so many the others have a turn.
AT_ONCE = 500

# A user's id and a room's.
Pair = tuple[int, int]

NOTHING = Counts()

_keepers: "WeakKeyDictionary[asyncio.AbstractEventLoop, Keeper]" = WeakKeyDictionary()


def get_keeper() -> "Keeper":
    """Of this process."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = Keeper(get_relay())
    return _keepers[loop]


def group_of(user_id: int) -> str:
    """The channel layer group of what concerns one user alone."""
    return f"user.{user_id}"


def rooms_changed(*, user_ids: Iterable[int], room_id: int) -> None:
    """For these users something about a room is new that its log does not say: it became theirs, or they read in it.

    Told once the running transaction is committed. It may be lost, and is then found within half a minute.
    """
    groups = [group_of(user_id) for user_id in user_ids]
    messages = [(group, {"type": "relay.notice", "group": group, "about": str(room_id)}) for group in groups]
    transaction.on_commit(partial(_send, messages), robust=True)


def _send(messages: Sequence[tuple[str, dict[str, str]]]) -> None:
    broadcast_all(messages)


class Ear(Protocol):
    """A live socket that is told."""

    def listens_to(self, slug: str) -> bool:
        """Whether it is subscribed to the room, and hears of it so."""
        ...

    def tell(self, frame: Frame) -> None: ...


class _Person:
    """Somebody who is here, or was a moment ago."""

    __slots__ = ("ears", "known", "read", "told")

    def __init__(self) -> None:
        self.ears: set[Ear] = set()
        # Whether their memberships were looked up at all.
        self.known = False
        # By room, how far they have read: their memberships, as they were looked up last.
        self.read: dict[int, int] = {}
        # What was told last of a room.
        self.told: dict[int, Counts] = {}


class _Room:
    """One that somebody here is a member of."""

    __slots__ = ("members", "slug")

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.members: set[int] = set()


# A membership: the room's id, its address, its head, how far the member has read, and whether it is new.
Row = tuple[int, str, int, int, bool]


class Keeper:
    """Who is here, their rooms, and what is due to be counted."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._people: dict[int, _Person] = {}
        self._rooms: dict[int, _Room] = {}
        # Whose memberships are to be looked up.
        self._unknown: dict[int, None] = {}
        self._moved: set[str] = set()
        # What is to be counted, and for whom it is the first time.
        self._due: dict[Pair, frozenset[Ear]] = {}
        # Who was told by the relay that a room is theirs no more.
        self._ended: set[tuple[Ear, int]] = set()
        self._round: deque[int] = deque()
        self._share = 0.0
        self._work: asyncio.Task[None] | None = None

    # --- what happens ---

    def come(self, ear: Ear, user_id: int) -> None:
        """A socket of this user's is here, and has been told of no room."""
        person = self._people.get(user_id)
        if person is None:
            person = self._people[user_id] = _Person()
            self._unknown[user_id] = None
            self._round.append(user_id)
        person.ears.add(ear)
        if not person.known:
            self._unknown[user_id] = None
        for room_id in person.read:
            self._due[user_id, room_id] = self._due.get((user_id, room_id), frozenset()) | {ear}
        if self._work is None:
            self._work = self._relay.alongside(self._look_on())

    def go(self, ear: Ear, user_id: int) -> None:
        """It is not here any more. What is known of its user is kept for a while: most come back."""
        if (person := self._people.get(user_id)) is not None:
            person.ears.discard(ear)
        if self._ended:
            self._ended = {(other, room_id) for other, room_id in self._ended if other is not ear}

    def stopped_listening(self, user_id: int, room_id: int) -> None:
        """A socket is not subscribed to a room any more: what it knows of it is out of date from now on."""
        if (person := self._people.get(user_id)) is not None:
            person.told.pop(room_id, None)
            self._due.setdefault((user_id, room_id), frozenset())

    def ended(self, ear: Ear, user_id: int, room_id: int) -> None:
        """The relay took a room from a socket, and told it so."""
        self._ended.add((ear, room_id))
        self._due.setdefault((user_id, room_id), frozenset())

    def _noticed(self, group: str, about: str) -> None:
        user_id, room_id = int(group.removeprefix("user.")), int(about)
        person = self._people.get(user_id)
        if person is None:
            return
        if room_id in person.read:
            self._due.setdefault((user_id, room_id), frozenset())
        else:
            self._unknown[user_id] = None

    # --- the look ---

    async def _look_on(self) -> None:
        """While anyone is here."""
        try:
            while self._people:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self._look()
                except DATABASE_GONE as error:
                    logger.warning("it cannot be counted what is unread", extra={"error": str(error)})
                except Exception:
                    logger.exception("it cannot be counted what is unread")
        finally:
            self._work = None

    async def _look(self) -> None:
        await self._look_up(self._taken())
        for name in self._taken_moved():
            room_id = int(name.removeprefix("room."))
            if (room := self._rooms.get(room_id)) is not None:
                for pair in ((user_id, room_id) for user_id in room.members):
                    # Most who are here listen to the room that is talked in.
                    if self._concerns_anyone(pair):
                        self._due.setdefault(pair, frozenset())
        await self._count()

    def _moved_on(self, name: str) -> None:
        self._moved.add(name)

    def _taken_moved(self) -> set[str]:
        moved, self._moved = self._moved, set()
        return moved

    # --- memberships ---

    def _taken(self) -> list[int]:
        """Whose memberships are looked up now: who is new, and the next ones in turn."""
        taken = list(islice(self._unknown, PEOPLE_A_LOOK))
        self._share += len(self._round) * LOOK_SECONDS / ROUND_SECONDS
        turn = min(int(self._share), PEOPLE_A_LOOK, len(self._round))
        self._share -= int(self._share)
        for _ in range(turn):
            user_id = self._round.popleft()
            if self._people[user_id].ears:
                self._round.append(user_id)
                taken.append(user_id)
            else:
                self._forget(user_id)
        return [user_id for user_id in dict.fromkeys(taken) if self._is_here(user_id)]

    def _is_here(self, user_id: int) -> bool:
        """Of who has gone nothing is asked: they are looked up if they come back."""
        person = self._people.get(user_id)
        if person is None or not person.ears:
            self._unknown.pop(user_id, None)
            if person is not None:
                person.known = False
            return False
        return True

    async def _look_up(self, user_ids: list[int]) -> None:
        if not user_ids:
            return
        # Before the look: what happens after it is heard.
        self._relay.hear([group_of(one) for one in user_ids if not self._people[one].known], self._noticed)
        for user_id in user_ids:
            self._unknown.pop(user_id, None)
        try:
            found = await in_database(memberships_of, user_ids)
        except BaseException:
            self._unknown.update(dict.fromkeys(user_ids))
            raise
        watched: dict[str, int] = {}
        for number, user_id in enumerate(user_ids):
            self._learn(user_id, found.get(user_id, []), watched)
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
        self._relay.watch(watched, self._moved_on)

    def _learn(self, user_id: int, rows: list[Row], watched: dict[str, int]) -> None:
        person = self._people[user_id]
        for room_id, slug, seq, read_seq, new in rows:
            known = person.read.get(room_id)
            person.read[room_id] = read_seq
            if known is None:
                if room_id not in self._rooms:
                    self._rooms[room_id] = _Room(slug)
                    watched[stream_of(room_id)] = seq
                self._rooms[room_id].members.add(user_id)
                if not (person.known or new):
                    # Nobody needs to be told that nothing is new.
                    person.told[room_id] = NOTHING
            if known != read_seq:
                self._due.setdefault((user_id, room_id), frozenset())
        for room_id in person.read.keys() - {row[0] for row in rows}:
            self._due.setdefault((user_id, room_id), frozenset())
        person.known = True

    def _forget(self, user_id: int) -> None:
        """Nobody of theirs has come back."""
        person = self._people.pop(user_id)
        self._unknown.pop(user_id, None)
        self._leave(user_id, person.read)
        self._relay.unhear([group_of(user_id)])

    def _leave(self, user_id: int, room_ids: Iterable[int]) -> None:
        empty = []
        for room_id in room_ids:
            room = self._rooms[room_id]
            room.members.discard(user_id)
            if not room.members:
                del self._rooms[room_id]
                empty.append(stream_of(room_id))
        self._relay.unwatch(empty)

    # --- counts ---

    async def _count(self) -> None:
        due = self._due.items()
        taken = {pair: new for pair, new in islice(due, PAIRS_A_LOOK) if self._concerns_anyone(pair)}
        self._due = dict(islice(due, PAIRS_A_LOOK, None))
        if not taken:
            return
        try:
            counts = await in_database(counts_of, list(taken))
            lost = {room_id for user_id, room_id in taken.keys() - counts.keys()}
            left = await in_database(heads_of, room_ids=sorted(lost)) if lost else {}
        except BaseException:
            self._due = taken | self._due
            raise
        frames: dict[tuple[str, Counts], Frame] = {}
        for number, (pair, new) in enumerate(taken.items()):
            if pair in counts:
                self._tell(pair, counts[pair], new, frames)
            else:
                self._tell_lost(pair, REMOVED if pair[1] in left else ROOM_DELETED)
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)

    def _concerns_anyone(self, pair: Pair) -> bool:
        """Whether a socket is here that does not hear of the room by being subscribed to it."""
        person, room = self._people.get(pair[0]), self._rooms.get(pair[1])
        if person is None or room is None:
            return False
        for ear in person.ears:  # noqa: SIM110 - asked of everybody in a room: any() takes twice as long
            if not ear.listens_to(room.slug):
                return True
        return False

    def _tell(self, pair: Pair, counts: Counts, new: frozenset[Ear], frames: dict[tuple[str, Counts], Frame]) -> None:
        user_id, room_id = pair
        person, room = self._people.get(user_id), self._rooms.get(room_id)
        if person is None or room is None:
            return
        before = person.told.get(room_id)
        person.told[room_id] = counts
        for ear in list(person.ears):
            self._ended.discard((ear, room_id))
            if counts == before and not (ear in new and counts != NOTHING):
                continue
            if not ear.listens_to(room.slug):
                key = (room.slug, counts)
                if key not in frames:
                    frames[key] = Frame(encode(Unread(room=room.slug, unread=counts.unread, mentions=counts.mentions)))
                ear.tell(frames[key])

    def _tell_lost(self, pair: Pair, reason: str) -> None:
        user_id, room_id = pair
        person = self._people.get(user_id)
        if person is None or room_id not in person.read:
            return
        slug = self._rooms[room_id].slug
        del person.read[room_id]
        person.told.pop(room_id, None)
        self._leave(user_id, [room_id])
        frame = Frame(encode(Unsubscribed(room=slug, reason=reason)))
        for ear in list(person.ears):
            if (ear, room_id) in self._ended:
                self._ended.discard((ear, room_id))
            elif not ear.listens_to(slug):
                ear.tell(frame)


def memberships_of(user_ids: Sequence[int]) -> dict[int, list[Row]]:
    """By user; of who is in no room nothing. One query."""
    found: dict[int, list[Row]] = defaultdict(list)
    rows = Membership.objects.filter(user__in=user_ids).order_by()
    columns = rows.values_list("user_id", "room_id", "room__slug", "room__seq", "read_seq", "joined_at")
    since = timezone.now() - NEW_WITHIN
    for user_id, room_id, slug, seq, read_seq, joined_at in columns:
        found[user_id].append((room_id, slug, seq, read_seq, joined_at > since))
    return found
