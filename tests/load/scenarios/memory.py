"""What an idle socket takes of a worker's memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.load.cpu import Meter
from tests.load.scenarios import Bench, Step
from tests.load.systems import Running, Seat, System

# Come first and stay: with them a worker has read what it reads once, and made what it makes once.
FIRST = 200

# A worker is at rest when it used less than this part of a core for a while; until then some garbage may be left.
AT_REST = 0.03
PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the worker, before and after `sockets` more came in: signed in where people sign in, in one
    room, and nothing said."""

    sockets: int = 5000
    first: int = FIRST
    name: str = "memory"
    about: str = "memory per idle, signed-in, subscribed socket"

    def steps(self, bench: Bench) -> list[Step]:
        return [
            Step(f"memory, {system.name}", partial(self._run, bench, system))
            for system in (*bench.systems, *bench.beside)
        ]

    def _run(self, bench: Bench, system: System) -> None:
        sockets = self.sockets // 5 if bench.quick else self.sockets
        with system.start() as running, bench.crowd(running) as crowd:
            seats = seats_of_one_room(running, self.first + sockets)
            crowd.connect(seats[: self.first])
            come_to_rest(running, bench)
            before = resident(running.roles["ws"])
            crowd.connect(seats[self.first :])
            come_to_rest(running, bench)
            grown = resident(running.roles["ws"]) - before
        variant = f"{sockets:,} sockets"
        bench.results.add(self.name, system.name, variant, "memory per socket", "KiB", grown / sockets)


def seats_of_one_room(running: Running, number: int) -> list[Seat]:
    people = running.people(number)
    [room] = running.rooms(1, people)
    [address, *_] = running.addresses
    return [Seat(address, room, person) for person in people]


def resident(pids: Sequence[int]) -> int:
    """KiB of these processes that are in memory and nobody else's: what a process shares was there before."""
    return sum(private(Path(f"/proc/{pid}/smaps_rollup").read_text()) for pid in pids)


def private(rollup: str) -> int:
    fields = dict(line.split(":", 1) for line in rollup.splitlines() if ":" in line and "kB" in line)
    return sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))


def come_to_rest(running: Running, bench: Bench) -> None:
    """Until its worker has nothing left to do, or `PATIENCE` is over."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with Meter({"ws": running.roles["ws"]}) as meter:
            time.sleep(bench.look)
        bench.tick()
        if meter.seconds("ws") < AT_REST * meter.wall:
            return
