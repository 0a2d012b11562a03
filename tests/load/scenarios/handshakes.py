"""What letting somebody in costs: the handshake, who it is, and the room."""

from dataclasses import dataclass
from functools import partial

from tests.load.cpu import Meter
from tests.load.crowd import BUSY
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.memory import come_to_rest, seats_of_one_room
from tests.load.systems import System

# Before those that count: what a worker does once is done, and what Node and Bun compile is compiled.
WARM_UP = 300


@dataclass(frozen=True, slots=True)
class Handshakes:
    """`sockets` come, some dozens on their way at a time, and stay. The CPU counts until the last is in its room."""

    sockets: int = 2000
    warm_up: int = WARM_UP
    name: str = "handshakes"
    about: str = "handshakes per second of CPU, session and membership checked where there are such"

    def steps(self, bench: Bench) -> list[Step]:
        return [
            Step(f"handshakes, {system.name}", partial(self._run, bench, system))
            for system in (*bench.systems, *bench.beside)
        ]

    def _run(self, bench: Bench, system: System) -> None:
        sockets = self.sockets // 4 if bench.quick else self.sockets
        with system.start() as running, bench.crowd(running) as crowd:
            seats = seats_of_one_room(running, self.warm_up + sockets)
            crowd.connect(seats[: self.warm_up])
            come_to_rest(running, bench)
            with Meter(running.roles | {"client": crowd.pids}) as meter:
                crowd.connect(seats[self.warm_up :])
        figures = (
            ("handshakes per second of ws CPU", sockets / meter.seconds("ws")),
            ("handshakes per second", sockets / meter.wall),
        )
        for measure, value in figures:
            bench.results.add(
                self.name, system.name, "", measure, "/s", value, note=busy_client(meter, bench.processes)
            )


def busy_client(meter: Meter, processes: int) -> str:
    """What a reader must know of a figure whose client had its hands full; mostly nothing."""
    share = meter.seconds("client") / meter.wall / processes
    return f"the client took {share:.0%} of a core" if share > BUSY else ""
