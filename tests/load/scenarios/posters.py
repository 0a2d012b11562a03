"""Senders that each post, wait until it is acknowledged, and post again: as many posts as a worker can take."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic_ns
from types import TracebackType
from typing import Self

from tests.load.crowd import Lost
from tests.load.crowd.frames import body_of
from tests.load.crowd.sockets import Socket, Sockets
from tests.load.systems import Dialect, Seat

# How long nothing may happen, s.
PATIENCE = 15.0
TURN = 0.5
TICK = 0.5
# Senders do not listen to their rooms, and are told each second how much is new there: part of what a worker does.
UNREAD = b'{"type":"unread",'


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was acknowledged in `seconds`: the ms that each post took. `cpu`: our own, in
    seconds."""

    seconds: float
    took: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        """Posts per second."""
        return len(self.took) / self.seconds

    @property
    def busy(self) -> float:
        """Our own CPU in proportion to the time."""
        return self.cpu / self.seconds


class Posters:
    """The sockets of the senders, in this process: an answer costs it a small part of what it costs the server.

    Everything raises Lost where a socket does not come in or is closed, or a post is refused, acknowledged twice, to
    somebody else, or not at all. `tick` is called twice a second at the most.
    """

    def __init__(self, dialect: Dialect, seats: Sequence[Seat], *, tick: Callable[[], None] = lambda: None) -> None:
        self._dialect = dialect
        self._tick = tick
        self._ticked = 0.0
        self._sockets = Sockets(dialect)
        self._sockets.said = self._said
        # By their numbers: when they were sent, and by whom.
        self._under_way: dict[int, tuple[int, Socket]] = {}
        self._number = 0
        self._last = 0
        self._until = 0
        self._took: list[float] = []
        self._posters = [self._open(place, seat) for place, seat in enumerate(seats)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sockets.close_all()

    def post(self, *, seconds: float = 3600.0, at_most: int = 1_000_000_000) -> Acknowledged:
        """For so long, or so many posts; what is then under way is waited for."""
        began, cpu = monotonic_ns(), time.process_time()
        self._took = []
        self._last = self._number + at_most
        self._until = began + round(seconds * 1e9)
        for one in self._posters:
            self._post(one)
        self._wait(lambda: not self._under_way)
        return Acknowledged((monotonic_ns() - began) / 1e9, self._took, time.process_time() - cpu)

    def _open(self, place: int, seat: Seat) -> Socket:
        """One after the other: it is not this that is measured."""
        one = self._sockets.open(place, seat)
        self._wait(lambda: bool(one.within or one.closed))
        if one.closed:
            raise Lost(f"sender {place}: {one.closed}")
        return one

    def _post(self, one: Socket) -> None:
        now = monotonic_ns()
        if self._number >= self._last or now >= self._until:
            return
        self._number += 1
        self._under_way[self._number] = now, one
        one.send(self._dialect.post(one.seat.room, self._number, body_of(self._number)))

    def _said(self, payload: bytes, now: int, one: Socket) -> None:
        if payload.startswith(UNREAD):
            return
        number = self._dialect.acknowledged(payload)
        if number is None:
            raise Lost(f"a sender was told: {payload.decode(errors='replace')}")
        sent, sender = self._under_way.pop(number, (0, None))
        if sender is not one:
            raise Lost(f"post {number} was acknowledged twice, or to somebody else")
        self._took.append((now - sent) / 1e6)
        self._post(one)

    def _wait(self, done: Callable[[], bool]) -> None:
        progress, deadline = (-1, -1), 0.0
        while not done():
            now = time.monotonic()
            if progress != (self._number, len(self._under_way)):
                progress, deadline = (self._number, len(self._under_way)), now + PATIENCE
            elif now > deadline:
                raise Lost(f"nothing for {PATIENCE:.0f} s, with {len(self._under_way)} posts under way")
            self._sockets.turn(TURN)
            if now >= self._ticked + TICK:
                self._ticked = now
                self._tick()
