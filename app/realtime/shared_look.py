"""Questions that are asked at about the same time are answered by one look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from realtime.tasks import background

Q = TypeVar("Q")
A = TypeVar("A")

# So many questions in one look: what is found for them is held at once.
AT_MOST = 500
# The pause after a look that served several: a millisecond for each, up to this. Of sockets that come back in a storm
# some 700 a second reach the same question; without a pause each look was for a handful of them.
REST_SECONDS = 0.05


class SharedLook(Generic[Q, A]):
    """Asks `look` once for everybody who wants to know something at about the same time.

    Who is alone waits for nobody. Who asks while a look is under way, or in the pause after one, waits for the next, so
    that the number of looks is bounded by time, whoever comes. A look that fails fails for those whom it was for, and
    for nobody else. `look` answers those of its questions that have an answer.
    """

    def __init__(
        self,
        look: Callable[[list[Q]], Awaitable[Mapping[Q, A]]],
        *,
        at_most: int = AT_MOST,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._look = look
        self._at_most = at_most
        self._rest_seconds = rest_seconds
        # For each event loop, while anyone waits in it.
        self._rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, _Round[Q, A]] = WeakKeyDictionary()

    async def ask(self, question: Q) -> A | None:
        """The answer, by a look that begins after this call; None where there is none. Raises what `look` raises."""
        loop = asyncio.get_running_loop()
        asked = self._rounds.get(loop)
        if asked is None:
            asked = self._rounds[loop] = _Round()
            background(self._answer_all(loop, asked))
        return await asked.add(question, loop.create_future())

    async def _answer_all(self, loop: asyncio.AbstractEventLoop, asked: "_Round[Q, A]") -> None:
        """Begins in the turn of the event loop after the first question: those of the same turn are with it."""
        try:
            while asked.waiting:
                taken = asked.take(self._at_most)
                await self._answer(taken)
                served = sum(map(len, taken.values()))
                if served > 1 and len(taken) < self._at_most:
                    await asyncio.sleep(min(served / 1000, self._rest_seconds))
        finally:
            del self._rounds[loop]
            asked.give_up()

    async def _answer(self, taken: "dict[Q, list[asyncio.Future[A | None]]]") -> None:
        try:
            found = await self._look(list(taken))
        except Exception as error:  # noqa: BLE001 - it is raised where the question was asked
            for waiting in taken.values():
                _settle(waiting, error=error)
        except BaseException:
            for waiting in taken.values():
                _cancel(waiting)
            raise
        else:
            for question, waiting in taken.items():
                _settle(waiting, answer=found.get(question))


class _Round(Generic[Q, A]):
    """Who waits for an answer, by question."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: dict[Q, list[asyncio.Future[A | None]]] = {}

    def add(self, question: Q, answer: "asyncio.Future[A | None]") -> "asyncio.Future[A | None]":
        """`answer`, which is the asker's own: that one of them goes away is nothing to the others."""
        self.waiting.setdefault(question, []).append(answer)
        return answer

    def take(self, at_most: int) -> "dict[Q, list[asyncio.Future[A | None]]]":
        """The questions that were asked first, which wait here no longer."""
        taken = dict(islice(self.waiting.items(), at_most))
        for question in taken:
            del self.waiting[question]
        return taken

    def give_up(self) -> None:
        for waiting in self.waiting.values():
            _cancel(waiting)


def _settle(
    waiting: "list[asyncio.Future[A | None]]", *, answer: A | None = None, error: Exception | None = None
) -> None:
    for one in waiting:
        if one.done():
            continue  # whoever asked has gone
        if error is None:
            one.set_result(answer)
        else:
            one.set_exception(error)


def _cancel(waiting: "list[asyncio.Future[A | None]]") -> None:
    for one in waiting:
        one.cancel()
