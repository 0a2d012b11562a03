"""Who listens to which stream, on all processes: a lease, so that nothing depends on a connection's end being seen.

docs/presence.md says how it holds together.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Set
from contextlib import suppress
from dataclasses import dataclass, field

from realtime.leases import LEASE_SECONDS, Leases, LeasesGone, OwnLeases, Renewal
from realtime.tasks import background

logger = logging.getLogger(__name__)

# One call a second for a whole process. What changed here is said in the next beat and heard in the others' next:
# together the two seconds that docs/protocol.md allows.
BEAT_SECONDS = 1.0
# docs/protocol.md: so long somebody who lost their connection may take to come back.
GRACE_SECONDS = 10.0
# Who asks gets an answer at once, by a beat out of turn; those who ask within this time share the next.
REST_SECONDS = 0.05
# In so many beats everything is said once again, a part in each: of what Redis lost without a restart (a key that was
# pushed out where memory is short) nobody would hear otherwise.
BEATS_A_ROUND = 60

Moved = Callable[[str], None]


@dataclass(slots=True)
class Picture:
    """Who is in a stream: as it was heard last, and as it is shown. `moved` is called when that changed."""

    moved: Moved
    heard: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)


class Presence:
    """Says to the other processes who listens here, and knows who listens anywhere, of the streams that are followed.

    People are opaque names. What is here is counted as it comes and goes; whoever went stays for GRACE_SECONDS. Where
    the leases cannot be reached, or were lost, nobody is taken for gone before every process had the time to say anew
    who is there.
    """

    def __init__(self, leases: Leases | None = None) -> None:
        self._leases = leases or OwnLeases()
        # By stream and person, how many sockets; none for who may still come back.
        self._here: dict[str, dict[str, int]] = {}
        # By stream and person, until when they may; in the order of time.
        self._grace: dict[tuple[str, str], float] = {}
        # Streams of which the others have not heard how they stand.
        self._changed: set[str] = set()
        # Those that are yet to be said again in this round.
        self._round: list[str] = []
        self._pictures: dict[str, Picture] = {}
        # Those that may not be shown as they were heard.
        self._differ: set[str] = set()
        self._asked: dict[str, asyncio.Future[set[str]]] = {}
        self._work: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._said = False
        # Whether the last beat failed.
        self._gone = False
        # Until when nobody is taken for gone.
        self._holds_until = 0.0

    # --- what happens here ---

    def came(self, name: str, who: str) -> None:
        """A socket listens to a stream."""
        if not who:
            return
        people = self._here.setdefault(name, {})
        if who not in people:
            self._changed.add(name)
        people[who] = people.get(who, 0) + 1
        self._grace.pop((name, who), None)
        if self._work is None:
            self._work = background(self._beat_on())

    def went(self, name: str, who: str) -> None:
        """It does so no more."""
        people = self._here.get(name, {})
        if not people.get(who):
            return
        people[who] -= 1
        if not people[who]:
            self._grace[name, who] = asyncio.get_running_loop().time() + GRACE_SECONDS

    # --- who asks ---

    async def follow(self, name: str, moved: Moved) -> None:
        """Know from now on who is in a stream (`who`), and call `moved` when that changed. Raises LeasesGone."""
        if self._gone:
            raise LeasesGone
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = asyncio.get_running_loop().create_future()
            asked.add_done_callback(_observed)
            self._wake.set()
            if self._work is None:
                self._work = background(self._beat_on())
        people = await asyncio.shield(asked)
        if name not in self._pictures:
            self._pictures[name] = Picture(moved, people, people)

    def unfollow(self, name: str) -> None:
        self._pictures.pop(name, None)

    def who(self, name: str) -> Collection[str]:
        """Who is in a stream that is followed."""
        picture = self._pictures.get(name)
        return picture.shown if picture is not None else ()

    @property
    def gone(self) -> bool:
        """Whether what is known may be out of date."""
        return self._gone

    def stop(self) -> None:
        """Say nothing more. What was said goes with its lease."""
        if self._work is not None:
            self._work.cancel()

    # --- the beat ---

    async def _beat_on(self) -> None:
        """While anyone is here, or is asked for."""
        try:
            while self._here or self._changed or self._asked:
                if not self._asked:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(BEAT_SECONDS):
                            await self._wake.wait()
                self._wake.clear()
                await self._beat()
                await asyncio.sleep(REST_SECONDS)
        finally:
            self._work = None
            self._said = False
            for asked in self._asked.values():
                asked.cancel()
            self._asked.clear()
            await self._leases.close()

    async def _beat(self) -> None:
        self._end_grace()
        changed, self._changed = self._changed | self._again(), set()
        asked, self._asked = self._asked, {}
        try:
            renewal = await self._say(changed, asked)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next beat says it again
            self._changed |= changed
            self._failed(error)
            for future in asked.values():
                _settle(future, LeasesGone())
        else:
            self._succeeded()
            self._take(renewal)
            for name, future in asked.items():
                _settle(future, renewal.rooms.get(name, set()))

    async def _say(self, changed: set[str], asked: Collection[str]) -> Renewal:
        if self._said:
            renewal = await self._leases.renew({name: self._there(name) for name in changed}, asked=asked, anew=False)
            if renewal.known:
                return renewal
            logger.warning("the leases of who is here were lost; saying it again")
            self._hold()
        # Also of those that are followed: what they were before may have been somebody else's.
        renewal = await self._leases.renew(
            {name: self._there(name) for name in self._here}, asked={*asked, *self._pictures}, anew=True
        )
        self._said = True
        return renewal

    def _again(self) -> set[str]:
        if not self._round:
            self._round = list(self._here)
        part = -(-len(self._here) // BEATS_A_ROUND)
        again = set(self._round[:part])
        del self._round[:part]
        return again

    def _there(self, name: str) -> Set[str]:
        return self._here.get(name, {}).keys()

    def _take(self, renewal: Renewal) -> None:
        for name in renewal.rooms.keys() & self._pictures.keys():
            self._pictures[name].heard = renewal.rooms[name]
            self._differ.add(name)
        held = self._now() < self._holds_until
        differ, self._differ = self._differ, set()
        for name in differ & self._pictures.keys():
            picture = self._pictures[name]
            shown = picture.shown | picture.heard if held else picture.heard
            if shown != picture.heard:
                self._differ.add(name)
            if shown != picture.shown:
                picture.shown = shown
                picture.moved(name)

    def _failed(self, error: Exception) -> None:
        if not self._gone:
            expected = isinstance(error, LeasesGone)
            logger.log(
                logging.WARNING if expected else logging.ERROR,
                "it cannot be said who is here",
                extra={"error": str(error)},
                exc_info=not expected,
            )
        self._gone = True
        # Whether what was said arrived is not known, nor whether our lease still holds.
        self._said = False

    def _succeeded(self) -> None:
        if self._gone:
            self._gone = False
            self._hold()

    def _hold(self) -> None:
        self._holds_until = self._now() + LEASE_SECONDS

    def _end_grace(self) -> None:
        now = self._now()
        while self._grace:
            (name, who), until = next(iter(self._grace.items()))
            if until > now:
                break
            del self._grace[name, who]
            people = self._here[name]
            del people[who]
            self._changed.add(name)
            if not people:
                del self._here[name]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _settle(future: "asyncio.Future[set[str]]", answer: "set[str] | LeasesGone") -> None:
    if future.done():
        return  # whoever asked has gone
    if isinstance(answer, LeasesGone):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _observed(asked: "asyncio.Future[set[str]]") -> None:
    """That nobody waited for it any more is no error."""
    if not asked.cancelled():
        asked.exception()
