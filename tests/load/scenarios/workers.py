"""Whether a delivery costs the same when the sockets are spread over several workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tests.load.crowd import remark
from tests.load.names import TERTULIA
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.fan_out import CPU, ROOM_OF_500, Load, under
from tests.load.systems import System


@dataclass(frozen=True, slots=True)
class Workers:
    """The CPU is the sum of all workers'. Of Tertulia, and of others only where they are asked for by name."""

    name: str = "workers"
    about: str = "the CPU of a delivery with 1, 2 and 4 ws workers, summed over them"
    numbers: Sequence[int] = (1, 2, 4)
    load: Load = ROOM_OF_500

    def steps(self, bench: Bench) -> list[Step]:
        return [
            Step(f"{self.name}, {system.name}, {number}", partial(self._measure, bench, system, number))
            for number in self.numbers
            for system in bench.systems
            if system.name == TERTULIA or bench.by_name
        ]

    def _measure(self, bench: Bench, system: System, number: int) -> None:
        load = self.load.shorter(0.5) if bench.quick else self.load
        load = load.at_most(system.bears)
        variant = f"{number} {'worker' if number == 1 else 'workers'}"
        with system.start(workers=number, apart=True) as running:
            found = under(load, bench, running)
        note = remark(found.receipts)
        bench.results.add(self.name, system.name, variant, CPU, "µs", found.per_delivery("ws"), note=note)
