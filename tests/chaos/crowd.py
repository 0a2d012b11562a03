"""Many clients in one process: they post steadily, and somebody watches whether all are well."""

import asyncio
import random
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.chaos.client import Client
from tests.chaos.ledger import Ledger
from tests.chaos.site import Account, Api, Site

# So many of the clients post over the API: one in ten.
BY_API = 10
# Handshakes begun in a second when the crowd comes: what two workers take without a queue.
COMING_PER_SECOND = 200
# Who lacks for no longer than this what was acknowledged is not missing anything yet; nor is a post that waits so long.
PATIENCE = 1.0
LOOKS_EVERY = 0.2
ALL_THERE_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Look:
    """How many of the clients were subscribed, and how many lacked nothing, at one moment."""

    at: float
    subscribed: int
    back: int


class Crowd:
    """The clients of `accounts`, there for as long as the `async with` block lasts."""

    def __init__(
        self,
        accounts: Sequence[Account],
        site: Site,
        ledger: Ledger,
        rng: random.Random,
        *,
        client: Callable[..., Client] = Client,
    ) -> None:
        self.ledger = ledger
        self.accounts = accounts
        self.api = Api(site.api)
        self.clients: list[Client] = []
        self.looks: list[Look] = []
        # The longest that the event loop was late: what is slow then is the crowd, not the server.
        self.longest_lag = 0.0
        self._site = site
        self._rng = rng
        self._client = client
        self._unwell_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._posting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        more_files()
        self._loop = asyncio.get_running_loop()
        self._unwell_at = self._loop.time()
        for number, account in enumerate(self.accounts):
            by_api = number % BY_API == BY_API - 1
            client = self._client(account, self._site, self.api, self.ledger, self._rng, posts_by_api=by_api)
            self.clients.append(client)
            self._tasks.append(self._loop.create_task(client.run()))
            await asyncio.sleep(1 / COMING_PER_SECOND)
        self._tasks.append(self._loop.create_task(self._watch()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.fall_silent()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.api.__aexit__(kind, error, at)
        for result in results:
            if isinstance(result, Exception) and error is None:
                raise result

    @property
    def now(self) -> float:
        return self._loop.time()

    # --- posting ---

    def post_steadily(self, rate: float) -> None:
        """From now on so many posts a second, each by anyone."""
        self._posting = self._loop.create_task(self._post(rate))

    async def fall_silent(self) -> None:
        if self._posting is not None:
            self._posting.cancel()
            await asyncio.gather(self._posting, return_exceptions=True)
            self._posting = None

    async def _post(self, rate: float) -> None:
        due = self.now
        while True:
            self._rng.choice(self.clients).write("")
            due += 1 / rate
            await asyncio.sleep(due - self.now)

    # --- watching ---

    @property
    def missing(self) -> int:
        """How many were not back when somebody looked last."""
        return len(self.clients) - self.looks[-1].back if self.looks else len(self.clients)

    async def _watch(self) -> None:
        while True:
            due = self.now + LOOKS_EVERY
            self.look()
            await asyncio.sleep(due - self.now)
            self.longest_lag = max(self.longest_lag, self.now - due)

    def look(self) -> None:
        subscribed = sum(client.subscribed for client in self.clients)
        back = sum(client.is_back(PATIENCE) for client in self.clients)
        self.looks.append(Look(self.now, subscribed, back))
        if back < len(self.clients):
            self._unwell_at = self.now

    async def until_all_are_back(self, since: float, *, quiet: float, within: float) -> float | None:
        """Wait until all have been back for `quiet` seconds. The seconds from `since` to when the last one was.

        None where that is not so within `within`.
        """
        while self.now - since < within + quiet:
            self.look()
            if self.now - max(self._unwell_at, since) >= quiet:
                return max(0.0, self._unwell_at - since)
            await asyncio.sleep(LOOKS_EVERY)
        return None

    def take_absences(self) -> list[float]:
        """How long those who came back since the last call were away."""
        found = [absence for client in self.clients for absence in client.absences]
        for client in self.clients:
            client.absences.clear()
        return found


def more_files() -> None:
    """A socket is a file, and a process gets few unasked."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
