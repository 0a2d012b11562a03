"""Posts of one process: those that arrive while a transaction is under way share the next one."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from chat.errors import Unavailable
from chat.failures import failures_answered
from chat.posting import LOCKED, Answer, Draft, Locked, Patience, Posted, write_posts
from realtime.database import in_database
from realtime.tasks import background

logger = logging.getLogger(__name__)

# Posts that share a transaction, at most. With 32 a post costs 5 to 15 % more, with 128 some 5 % less, while the rooms
# stay locked for twice as long. And characters of theirs: 4,000 ill-chosen ones take 0.1 s to render, and the others
# wait.
BATCH = 64
BATCH_CHARACTERS = 32_000

# How long a post waits for its room's lock: as every other write does (lock_timeout in config/settings.py).
LOCK_SECONDS = Patience.LONG.value / 1000

# How often a room that somebody holds for long is tried again, without waiting for it.
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
    # Until when it waits for a room that somebody else has locked, by the loop's clock.
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

    async def _empty(self) -> None:
        try:
            while self._waiting:
                await self._carry(self._take())
        finally:
            self._work = None

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        characters = 0
        while self._waiting and len(batch) < BATCH:
            characters += len(self._waiting[0].draft.body)
            if batch and characters > BATCH_CHARACTERS:
                break
            batch.append(self._waiting.popleft())
        return batch


class Poster:
    """Carries posts to the database, so that many share a transaction and no room's lock holds up another room.

    The first lane waits for no lock. A room that another worker is writing to at this moment goes over to the second
    lane, which waits for all such rooms together, for a moment. A room that is still locked then is held by something
    that hangs: it is tried again from time to time, and no thread waits for it.
    """

    def __init__(self, write: Write | None = None) -> None:
        self._write = write or _write
        self._quick = Lane(partial(self._carry, Patience.NONE))
        self._patient = Lane(partial(self._carry, Patience.SHORT))
        # The rooms whose posts go to the second lane.
        self._contended: set[str] = set()
        # The rooms that are tried from time to time, and what waits for them.
        self._held: dict[str, list[Waiting]] = {}

    async def post(self, draft: Draft) -> Posted:
        """Write a message, perhaps together with others. Raises ChatError.

        Whoever stops waiting takes nothing from the others; a post whose transaction has begun is written all the same.
        """
        loop = asyncio.get_running_loop()
        waiting = Waiting(draft, loop.create_future())
        if draft.slug in self._held:
            waiting.until = loop.time() + LOCK_SECONDS
            self._held[draft.slug].append(waiting)
        elif draft.slug in self._contended:
            self._patient.put(waiting)
        else:
            self._quick.put(waiting)
        return await waiting.answer

    async def _carry(self, patience: Patience, posts: list[Waiting]) -> None:
        posts = [waiting for waiting in posts if not waiting.answer.done()]
        if posts:
            answers = await self._answers([waiting.draft for waiting in posts], patience)
            locked: dict[str, list[Waiting]] = {}
            for waiting, answer in zip(posts, answers, strict=True):
                if answer is LOCKED:
                    locked.setdefault(waiting.draft.slug, []).append(waiting)
                else:
                    waiting.give(answer)
            for slug, kept in locked.items():
                self._locked(slug, kept, patience)
        if patience is Patience.SHORT:
            self._contended = self._patient.rooms

    async def _answers(self, drafts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
        try:
            with failures_answered():
                return await self._write(drafts, patience)
        except Unavailable:
            return [Unavailable() for _ in drafts]

    def _locked(self, slug: str, posts: list[Waiting], patience: Patience) -> None:
        """`posts` of a room that is locked by somebody else."""
        now = asyncio.get_running_loop().time()
        fresh = all(waiting.until is None for waiting in posts)
        for waiting in posts:
            waiting.until = waiting.until or now + LOCK_SECONDS
        if fresh and patience is Patience.NONE and slug not in self._held:
            self._contended.add(slug)
            self._patient.put(*posts)
        else:
            self._hold(slug, posts)

    def _hold(self, slug: str, posts: list[Waiting]) -> None:
        """Try them again later, but for those who have waited long enough."""
        loop = asyncio.get_running_loop()
        late: list[Waiting] = []
        remaining: list[Waiting] = []
        for waiting in posts:
            (late if (waiting.until or 0) <= loop.time() else remaining).append(waiting)
        if late:
            logger.warning("a room stayed locked", extra={"room": slug, "posts": len(late)})
        for waiting in late:
            waiting.give(Unavailable())
        if slug in self._held:
            self._held[slug].extend(remaining)
        elif remaining:
            self._held[slug] = remaining
            loop.call_later(RETRY_SECONDS, self._try_again, slug)

    def _try_again(self, slug: str) -> None:
        self._quick.put(*self._held.pop(slug))


async def _write(drafts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
    """All of them with one change of threads."""
    return await in_database(write_posts, drafts, patience)
