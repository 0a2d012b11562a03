"""Runs faults, one after the other, against a crowd that posts, and keeps a row for each."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil

from tests.chaos.crowd import ALL_THERE_WITHIN, Crowd
from tests.chaos.fault import AtOnce, Fault
from tests.chaos.ledger import Counts
from tests.chaos.site import patiently

# What has not arrived so long after a fault is lost, and who is not back by then is gone.
BACK_WITHIN = 60.0
# All must have been well for so long before the next fault: two events at least in each room at the usual rate.
QUIET = 5.0
LOG_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault did. Times in seconds; `started` and `ended` by the crowd's clock, the rest as lengths.

    `silence`: the longest that a client waited for its next event, from when that event was written or from the event
    before it, whichever came later. `back`: from the end of the fault to the last moment at which some client was not
    subscribed, or lacked what had been acknowledged a second before, or had a post of its own unanswered for a second;
    None where that lasted longer than BACK_WITHIN. `absences`: how long each client took that was cut off or told to
    leave, from then until it was subscribed again. `harmless`: it is there for comparison.
    """

    name: str
    started: float
    ended: float
    counts: Counts
    silence: float
    back: float | None
    absences: Sequence[float] = ()
    harmless: bool = False

    @property
    def slowest(self) -> float:
        return max(self.absences, default=0.0)

    def within(self, part: float) -> float:
        """How long that part of those who were away took at most."""
        return sorted(self.absences)[ceil(part * len(self.absences)) - 1] if self.absences else 0.0

    @property
    def lasted(self) -> float:
        return self.ended - self.started

    @property
    def kept(self) -> bool:
        return self.counts.kept and self.back is not None


def silently(_: object) -> None:
    """Nobody looks on."""


@dataclass
class Run:
    """One run against one crowd. `progress` is told twice a second what goes on, `on_row` what came of it."""

    crowd: Crowd
    progress: Callable[[str], None] = silently
    on_row: Callable[[Row], None] = silently
    rows: list[Row] = field(default_factory=list)
    quiet: float = QUIET
    back_within: float = BACK_WITHIN

    async def begin(self, rate: float) -> None:
        """Wait until all are there, then have them post. Raises TimeoutError."""
        async with asyncio.timeout(ALL_THERE_WITHIN):
            with self._showing("everybody comes"):
                while any(not client.subscribed for client in self.crowd.clients):
                    self.crowd.ledger.raise_complaints()
                    await asyncio.sleep(0.1)
        self.crowd.post_steadily(rate)
        await self.measure("no fault", asyncio.sleep(self.quiet), harmless=True)

    async def suffer(self, faults: Sequence[Fault | AtOnce]) -> None:
        for fault in faults:
            await asyncio.to_thread(fault.ready)
            await self.measure(fault.name, self._happening(fault))

    async def _happening(self, fault: Fault | AtOnce) -> None:
        """What could not be done proves nothing, and a deploy that fails is a failure: either is a complaint."""
        try:
            await fault.happen()
        except (AssertionError, subprocess.SubprocessError) as error:
            self.crowd.ledger.complain(f"{fault.name}: {error}")

    async def measure(self, name: str, happening: Awaitable[None], *, harmless: bool = False) -> Row:
        """A row: from the beginning of what happens until all are well again, or BACK_WITHIN is over."""
        ledger = self.crowd.ledger
        before, started = ledger.counts.copy(), self.crowd.now
        ledger.longest_silence = 0.0
        self.crowd.take_absences()
        with self._showing(name):
            await happening
            ended = self.crowd.now
            back = await self.crowd.until_all_are_back(ended, quiet=self.quiet, within=self.back_within)
        ledger.count_lost(by=ended)
        counts, absences = ledger.counts - before, self.crowd.take_absences()
        row = Row(name, started, ended, counts, ledger.longest_silence, back, absences, harmless)
        return self._enter(row)

    async def finish(self) -> Row:
        """Nobody posts any more; all is given time to arrive, and then compared with the log."""
        await self.crowd.fall_silent()
        await self.measure("the end", asyncio.sleep(0), harmless=True)
        before, started = self.crowd.ledger.counts.copy(), self.crowd.now
        self.crowd.ledger.count_lost()
        for room in self.crowd.ledger.rooms:
            account = next(one for one in self.crowd.accounts if one.room == room)
            log = await patiently(self.crowd.api.log, account, within=LOG_WITHIN)
            self.crowd.ledger.audit(room, log, since=account.since)
        found = self.crowd.ledger.counts - before
        return self._enter(Row("the log, compared", started, self.crowd.now, found, 0.0, 0.0, harmless=True))

    def _enter(self, row: Row) -> Row:
        self.rows.append(row)
        self.on_row(row)
        return row

    @contextmanager
    def _showing(self, name: str) -> Iterator[None]:
        task = asyncio.ensure_future(self._show(name))
        try:
            yield
        finally:
            task.cancel()

    async def _show(self, name: str) -> None:
        while True:
            self.progress(name)
            await asyncio.sleep(0.5)

    @property
    def total(self) -> Counts:
        return self.crowd.ledger.counts

    @property
    def kept(self) -> bool:
        """Whether all was as promised: nothing lost, doubled or out of order, all back each time, no other surprise."""
        return self.total.kept and all(row.kept for row in self.rows) and not self.crowd.ledger.complaints
