"""The client of the bench: sockets in processes of their own, which post, count and time.

Each process has one epoll, makes one read for each readiness, and tells frames apart by their headers. The number in a
post's body is found by a search, so that for each post the moment is known when the last socket had it.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from time import monotonic_ns
from types import TracebackType
from typing import Any, Self

from tests.load.crowd.client import run
from tests.load.crowd.orders import LATE_NS, Joined, Load, Lost, Plan, Receipts
from tests.load.machine import files_lacking
from tests.load.systems import Address, Dialect, Seat

__all__ = ["Crowd", "Joined", "Load", "Lost", "Plan", "Receipts"]

# Handshakes on their way at once: less than the smallest backlog of the systems (Twisted's, 50).
AT_ONCE = 40
# Before the first post, so that all processes are there.
AHEAD_NS = 100_000_000
TICK = 0.5
# An order that has a bound of its own gets so much more, s; then a process of the client hangs.
SPARE = 120.0
# Beyond this a client's figures are not the server's alone.
BUSY = 0.8
LATE = 0.02


class Crowd:
    """`processes` share the sockets that listen; the first has those that post. `tick` is called twice a second."""

    def __init__(self, dialect: Dialect, *, processes: int = 1, tick: Callable[[], None] = lambda: None) -> None:
        self._dialect = dialect
        self._number = processes
        self._tick = tick
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        self._posters: list[Seat] = []
        self._posted = 0
        # Sockets of each process of a server, and so at least as many of ours.
        self._at: Counter[Address] = Counter()
        self.spare = SPARE

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        for _ in range(self._number):
            ours, theirs = context.Pipe()
            process = context.Process(target=run, args=(self._dialect, theirs), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()

    def connect(
        self, seats: Sequence[Seat], *, at_once: int = AT_ONCE, patience: float = 180.0, failures: bool = False
    ) -> Joined:
        """Open a socket for each seat; returns when all are in their rooms. Raises Lost, unless `failures` may be."""
        shares = self._shares(seats)
        self._at.update(seat.address for seat in seats)
        if lacking := files_lacking(max([*self._at.values(), *map(len, shares)])):
            raise Lost(lacking)
        each = max(1, at_once // len(self._pipes))
        answers = self._ask("connect", [(share, each, patience) for share in shares], patience)
        joined = Joined([0] * len(seats), [0] * len(seats))
        for share, answer in zip(shares, answers, strict=True):
            for at, (place, _) in enumerate(share):
                joined.begun[place], joined.joined[place] = answer.begun[at], answer.joined[at]
            joined.failed |= answer.failed
        self._posters += [seat for seat in seats if not seat.listens]
        if joined.failed and not failures:
            place, why = next(iter(joined.failed.items()))
            raise Lost(f"{len(joined.failed)} of {len(seats)} sockets did not come in; number {place}: {why}")
        return joined

    def post(self, posts: int, *, gap: float, **options: Any) -> Receipts:
        """Carry out a Plan with the posting sockets. Look at check() of what comes back before you believe it."""
        plan = Plan(posts, gap, [seat.room for seat in self._posters], **options)
        start = monotonic_ns() + AHEAD_NS
        orders = [(self._posted, plan, start, at == 0) for at in range(len(self._pipes))]
        answers = self._ask("post", orders, posts * gap + plan.patience)
        self._posted += posts
        receipts: Receipts = answers[0]
        for answer in answers[1:]:
            receipts.merge(answer)
        return receipts

    def closed(self) -> int:
        """How many sockets the server has closed."""
        return sum(self._ask("closed", [()] * len(self._pipes)))

    def close(self) -> None:
        """All sockets, without a goodbye."""
        self._ask("close", [()] * len(self._pipes))
        self._posters.clear()
        self._at.clear()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    @property
    def alive(self) -> bool:
        """All of its processes."""
        return all(process.is_alive() for process in self._processes)

    def _shares(self, seats: Sequence[Seat]) -> list[list[tuple[int, Seat]]]:
        """The seats of each process, with their places. Those of one room are spread over all."""
        shares: list[list[tuple[int, Seat]]] = [[] for _ in self._pipes]
        for place, seat in enumerate(seats):
            shares[place % len(shares) if seat.listens else 0].append((place, seat))
        return shares

    def _ask(self, order: str, arguments: Sequence[tuple[Any, ...]], seconds: float = 0.0) -> list[Any]:
        """Each process the same, each with arguments of its own. Raises Lost when one has ended, or has not answered
        `spare` after the `seconds` that it may take."""
        deadline = time.monotonic() + seconds + self.spare
        try:
            for pipe, its_own in zip(self._pipes, arguments, strict=True):
                pipe.send((order, its_own))
            return [self._answer(pipe, order, deadline) for pipe in self._pipes]
        except (EOFError, ConnectionError) as error:
            raise Lost(f"a process of the client ended when it was told to {order}") from error

    def _answer(self, pipe: Connection, order: str, deadline: float) -> Any:
        while not pipe.poll(TICK):
            self._tick()
            if time.monotonic() > deadline:
                raise Lost(f"a process of the client did not answer when it was told to {order}")
        return pipe.recv()


def remark(receipts: Receipts) -> str:
    """What a reader must know of a figure whose client had too much to do; mostly nothing."""
    said = []
    if max(load.busy for load in receipts.loads) > BUSY:
        said.append(f"a process of the client took more than {BUSY:.0%} of a core")
    if sum(load.late for load in receipts.loads) > LATE * len(receipts.sent):
        said.append(f"more than {LATE:.0%} of the posts were sent over {LATE_NS // 1_000_000} ms late")
    return "; ".join(said)
