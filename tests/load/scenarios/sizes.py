"""Whether a delivery costs the same in small and in large rooms, and in few and in many.

As many deliveries a second in each: what a process takes for itself, idle or not, is then the same in all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tests.load.crowd import remark
from tests.load.names import TERTULIA
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.fan_out import CPU, Load, under
from tests.load.systems import System

# Deliveries a second: 400 posts a second to ten sockets, fewer than one to five thousand.
RATE = 4_000
# Ten thousand sockets are pinged five hundred times a second, whatever is said in them. That is no cost of
# deliveries: the first ping comes when the figure is taken.
NO_PINGS = {"PING_INTERVAL": "60"}
# With this many sockets to be opened a quick look is none.
QUICK = 1000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of Tertulia, and of others only where they are asked for by name: they are opened again for each variant."""

    name: str
    about: str
    variants: Sequence[tuple[str, Load]]

    def steps(self, bench: Bench) -> list[Step]:
        variants = [(name, load) for name, load in self.variants if not bench.quick or load.sockets <= QUICK]
        return [
            Step(f"{self.name}, {system.name}, {variant}", partial(self._measure, bench, system, variant, load))
            for variant, load in variants
            for system in bench.systems
            if system.name == TERTULIA or bench.by_name
        ]

    def _measure(self, bench: Bench, system: System, variant: str, load: Load) -> None:
        load = load.shorter(0.5) if bench.quick else load
        load = load.at_most(system.bears)
        with system.start(apart=True, settings=NO_PINGS) as running:
            found = under(load, bench, running)
        note = remark(found.receipts)
        bench.results.add(self.name, system.name, variant, CPU, "µs", found.per_delivery("ws"), note=note)


def room_sizes(sizes: Sequence[int] = (10, 100, 1000, 5000)) -> Sizes:
    about = "the CPU of a delivery with 10, 100, 1,000 and 5,000 sockets in a room"
    return Sizes("room size", about, [(f"{size:,} sockets", Load(size, gap=size / RATE)) for size in sizes])


def numbers_of_rooms(numbers: Sequence[int] = (1, 10, 100, 1000), size: int = 10) -> Sizes:
    about = "the CPU of a delivery with 1, 10, 100 and 1,000 rooms of 10 sockets"
    loads = [(named(number, size), Load(number * size, number, gap=size / RATE)) for number in numbers]
    return Sizes("rooms", about, loads)


def named(number: int, size: int) -> str:
    return f"{number:,} {'room' if number == 1 else 'rooms'} of {size}"
