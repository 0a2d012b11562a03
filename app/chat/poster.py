"""Posts of one process: those that arrive while a transaction is under way share the next one."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from chat.errors import Unavailable
from chat.failures import failures_answered
from chat.posting import LOCKED, Answer, Draft, Locked, Patience, Posted, write_posts
from realtime.database import DATABASE_GONE, in_database
from realtime.tasks import background

logger = logging.getLogger(__name__)

# Posts that share a transaction, at most. With 32 a post costs 5 to 15 % more, with 128 some 5 % less, while the rooms
# stay locked for twice as long. And characters of theirs: 4,000 ill-chosen ones take 0.1 s to render, and the others
# wait.
BATCH = 64
BATCH_CHARACTERS = 32_000

# How long a post waits for its room's lock: as every other write does (lock_timeout in config/settings.py).
LOCK_SECONDS = Patience.LONG.value / 1000

# The pause before a room that was waited for alone and in vain is waited for again.
RETRY_SECONDS = 0.1

# Writes drafts in one transaction; chat.posting.write_posts says what it answers and raises.
Write = Callable[[Sequence[Draft], Patience], Awaitable[list[Answer | Locked]]]

_posters: "WeakKeyDictionary[asyncio.AbstractEventLoop, Poster]" = WeakKeyDictionary()


def get_poster() -> "Poster":
    """The poster of this process (strictly: of the running event loop)."""
    loop = asyncio.get_running_loop()
    if loop not in _posters:
        _posters[loop] = Poster()
    return _posters[loop]


@dataclass(eq=False, slots=True)
class Waiting:
    """A post whose sender waits for the answer."""

    draft: Draft
    answer: "asyncio.Future[Posted]"
    # Until when it waits for a room that is set apart, by the loop's clock.
    until: float | None = None

    def give(self, answer: Answer) -> None:
        if self.answer.done():  # its sender has gone
            return
        if isinstance(answer, Posted):
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(answer)


class Lane:
    """Carries what waits in it, one batch after another. What comes alone goes at once; what comes while a batch is
    under way goes together, as soon as that is done."""

    def __init__(self, carry: Callable[[list[Waiting]], Awaitable[None]]) -> None:
        self._carry = carry
        self._waiting: deque[Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    @property
    def rooms(self) -> set[str]:
        return {waiting.draft.slug for waiting in self._waiting}

    def put(self, *posts: Waiting) -> None:
        self._waiting.extend(posts)
        if self._work is None:
            self._work = background(self._empty())

    def take_all(self) -> list[Waiting]:
        posts = list(self._waiting)
        self._waiting.clear()
        return posts

    def take_all_of(self, slug: str) -> list[Waiting]:
        posts = self.take_all()
        self._waiting.extend(waiting for waiting in posts if waiting.draft.slug != slug)
        return [waiting for waiting in posts if waiting.draft.slug == slug]

    async def _empty(self) -> None:
        try:
            while self._waiting:
                await self._carry(self._take())
        finally:
            self._work = None

    def _take(self) -> list[Waiting]:
        return cut_batch(self._waiting)


class RoomByRoom(Lane):
    """A lane in which a batch is of one room, and the rooms take turns."""

    def _take(self) -> list[Waiting]:
        posts = deque(self.take_all_of(self._waiting[0].draft.slug))
        batch = cut_batch(posts)
        self._waiting.extend(posts)
        return batch


def cut_batch(posts: deque[Waiting]) -> list[Waiting]:
    """Take from the front what shares a transaction."""
    batch: list[Waiting] = []
    characters = 0
    while posts and len(batch) < BATCH:
        characters += len(posts[0].draft.body)
        if batch and characters > BATCH_CHARACTERS:
            break
        batch.append(posts.popleft())
    return batch


class Poster:
    """Carries posts to the database, so that many share a transaction and no room's lock holds up another room.

    The first lane waits for no lock. A room that another worker is writing to at this moment goes over to the second
    lane, which waits for all such rooms together, for a moment. If one of them is not to be had by then, nobody knows
    which: each is set apart. The third lane waits for one room at a time, so that it has no lock while it waits. A
    room that it does not get either is held by something that hangs, and is waited for again from time to time: a
    pause each time, since the lane's other rooms wait meanwhile.
    """

    def __init__(self, write: Write | None = None) -> None:
        self._write = write or _write
        self._quick = Lane(self._carry_at_once)
        self._patient = Lane(self._carry_patiently)
        self._alone = RoomByRoom(self._carry_alone)
        # The rooms whose posts go to the second lane.
        self._contended: set[str] = set()
        # The rooms whose posts go to the third lane, until they are had in it.
        self._apart: set[str] = set()
        # Those of them that were not had when they were last tried, and what waits for them.
        self._held: dict[str, list[Waiting]] = {}

    async def post(self, draft: Draft) -> Posted:
        """Write a message, perhaps together with others. Raises ChatError.

        Whoever stops waiting takes nothing from the others; a post whose transaction has begun is written all the same.
        """
        waiting = Waiting(draft, asyncio.get_running_loop().create_future())
        if draft.slug in self._apart:
            self._set_apart(draft.slug, [waiting])
        elif draft.slug in self._contended:
            self._patient.put(waiting)
        else:
            self._quick.put(waiting)
        return await waiting.answer

    async def _carry_at_once(self, posts: list[Waiting]) -> None:
        for slug, locked in (await self._carry(self._quick, posts, Patience.NONE)).items():
            if slug in self._apart:
                self._set_apart(slug, locked)
            else:
                self._contended.add(slug)
                self._patient.put(*locked)

    async def _carry_patiently(self, posts: list[Waiting]) -> None:
        for slug, locked in (await self._carry(self._patient, posts, Patience.SHORT)).items():
            self._set_apart(slug, locked + self._patient.take_all_of(slug))
        self._contended = self._patient.rooms

    async def _carry_alone(self, posts: list[Waiting]) -> None:
        slug = posts[0].draft.slug
        locked = await self._carry(self._alone, self._not_late(slug, posts), Patience.SHORT)
        if locked:
            # With what has come meanwhile: the lane does not wait for this room twice in a row.
            self._apart.add(slug)
            self._held[slug] = locked[slug] + self._alone.take_all_of(slug)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._try_again, slug)
        else:
            self._apart.discard(slug)

    async def _carry(self, lane: Lane, posts: list[Waiting], patience: Patience) -> dict[str, list[Waiting]]:
        """Answer them, but for those of rooms that are locked by somebody else: these, by their rooms."""
        posts = [waiting for waiting in posts if not waiting.answer.done()]
        if not posts:
            return {}
        locked: dict[str, list[Waiting]] = {}
        for waiting, answer in zip(posts, await self._answers(lane, posts, patience), strict=True):
            if answer is LOCKED:
                locked.setdefault(waiting.draft.slug, []).append(waiting)
            else:
                waiting.give(answer)
        return locked

    async def _answers(self, lane: Lane, posts: list[Waiting], patience: Patience) -> list[Answer | Locked]:
        try:
            with failures_answered():
                return await self._write([waiting.draft for waiting in posts], patience)
        except Unavailable as error:
            if isinstance(error.__cause__, DATABASE_GONE):
                # To find that out may have taken seconds. Those who wait would each wait as long for the same answer.
                for waiting in lane.take_all():
                    waiting.give(Unavailable())
            return [Unavailable() for _ in posts]

    def _set_apart(self, slug: str, posts: list[Waiting]) -> None:
        """To the third lane, or to those who wait for the room's next try in it."""
        until = asyncio.get_running_loop().time() + LOCK_SECONDS
        for waiting in posts:
            waiting.until = until
        self._apart.add(slug)
        if slug in self._held:
            self._held[slug].extend(posts)
        else:
            self._alone.put(*posts)

    def _try_again(self, slug: str) -> None:
        self._alone.put(*self._held.pop(slug))

    def _not_late(self, slug: str, posts: list[Waiting]) -> list[Waiting]:
        """Tell those who have waited long enough; the others."""
        now = asyncio.get_running_loop().time()
        late = [waiting for waiting in posts if not waiting.answer.done() and (waiting.until or now) <= now]
        if late:
            logger.warning("a room stayed locked", extra={"room": slug, "posts": len(late)})
        for waiting in late:
            waiting.give(Unavailable())
        return [waiting for waiting in posts if waiting not in late]


async def _write(drafts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
    """All of them with one change of threads."""
    return await in_database(write_posts, drafts, patience)
