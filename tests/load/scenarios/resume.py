"""All sockets of a worker that is killed come back to another, and want to know what they missed."""

import os
import signal
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic_ns

import msgspec

from tests.load.cpu import Meter
from tests.load.crowd import Crowd
from tests.load.names import TERTULIA
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.handshakes import busy_client
from tests.load.scenarios.statements import of_a_resume, watched
from tests.load.statistics import percentile
from tests.load.systems import Dialect, Running, Seat, System
from tests.load.systems.tertulia import RunningTertulia

AGAINST = "socket.io"

# Handshakes on their way at a time: fewer than any backlog here, so that no connection waits for the kernel to ask
# again after a second. The next one begins as one of them is done.
AT_ONCE = 1000

# Between two posts of those that are missed, s.
GAP = 0.004


class Told(msgspec.Struct):
    """What of `subscribed` tells that somebody is up to date."""

    recovered: bool
    events: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A dialect in which a socket that resumes has come in when it has been told all that it `missed`."""

    dialect: Dialect
    missed: int

    def request(self, seat: Seat) -> bytes:
        return self.dialect.request(seat)

    def opened(self, seat: Seat) -> bytes | None:
        return self.dialect.opened(seat)

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        """Raises ConnectionError, which ends the socket, where what it is told is not what it missed."""
        answer = self.dialect.hear(payload, seat)
        if answer is None and seat.since is not None:
            told = msgspec.json.decode(payload, type=Told)
            if not told.recovered or len(told.events) != self.missed:
                raise ConnectionError(f"was told {len(told.events)} of the {self.missed} posts that it missed")
        return answer

    def post(self, room: str, number: int, body: str) -> bytes:
        return self.dialect.post(room, number, body)

    def acknowledged(self, payload: bytes) -> int | None:
        return self.dialect.acknowledged(payload)

    def ping_answer(self, payload: bytes) -> bytes | None:
        return self.dialect.ping_answer(payload)


@dataclass(frozen=True, slots=True)
class Resume:
    """Two workers, `sockets` in `rooms` on the first. It stops without a word, `missed` posts are made in each room
    through the second, then it is killed, and all come to the second at once. Socket.IO has no memory: its sockets
    just come back. What the database is asked meanwhile counts, but for a worker's looks each second."""

    sockets: tuple[int, ...] = (500, 5000)
    rooms: int = 50
    missed: int = 5
    name: str = "resume"
    about: str = "all sockets of a killed worker resume on another, each having missed some posts; against Socket.IO"

    def steps(self, bench: Bench) -> list[Step]:
        found = []
        for number in self.sockets[:1] if bench.quick else self.sockets:
            for system in bench.systems:
                if system.name in (TERTULIA, AGAINST):
                    label = f"resume, {number:,} sockets, {system.name}"
                    found.append(Step(label, partial(self._run, bench, system, number)))
        return found

    def _run(self, bench: Bench, system: System, number: int) -> None:
        resumes = system.name == TERTULIA
        with system.start(workers=2) as running:
            people = running.people(number)
            rooms = running.rooms(self.rooms, people)
            first, second = running.addresses
            seats = [Seat(first, rooms[at % self.rooms], person) for at, person in enumerate(people)]
            back = [replace(seat, address=second, since=0 if resumes else None) for seat in seats]
            dialect = CaughtUp(running.dialect, self.missed) if resumes else running.dialect
            with Crowd(dialect, processes=bench.processes, tick=bench.tick) as crowd:
                crowd.connect(seats)
                os.kill(running.roles["ws"][0], signal.SIGSTOP)
                if resumes:
                    self._post(bench, running, [replace(seat, address=second) for seat in seats[: self.rooms]])
                roles = {"ws": running.roles["ws"][1:], "client": crowd.pids}
                with counting(running) as asked, Meter(roles) as meter:
                    killed = monotonic_ns()
                    os.kill(running.roles["ws"][0], signal.SIGKILL)
                    joined = crowd.connect(back, at_once=AT_ONCE)
        took = [(at - killed) / 1e6 for at in joined.joined]
        add = partial(bench.results.add, self.name, system.name, f"{number:,} sockets")
        note = busy_client(meter, bench.processes)
        for rank in (50, 99):
            value = percentile(sorted(took), rank)
            add(f"p{rank} until caught up", "ms", value, samples=took, note=note)
        add("until the last is caught up", "ms", max(took), note=note)
        add("ws CPU per socket", "µs", meter.seconds("ws") / number * 1e6)
        if resumes:
            add("database queries", "queries", sum(map(of_a_resume, asked)))

    def _post(self, bench: Bench, running: Running, seats: list[Seat]) -> None:
        """So many in each room, all acknowledged."""
        with bench.crowd(running, processes=1) as posters:
            posters.connect([replace(seat, listens=False) for seat in seats])
            posters.post(self.missed * len(seats), gap=GAP, acknowledged=True).check()


def counting(running: Running) -> AbstractContextManager[list[str]]:
    """What is asked of the database, where there is one."""
    if isinstance(running, RunningTertulia):
        return watched(running.database_url)
    return nullcontext([])
