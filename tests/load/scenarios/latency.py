"""How long a post takes until the last of a room has it, under a load that all systems bear but the tutorial."""

from dataclasses import dataclass, field
from functools import partial

from tests.load.crowd import remark
from tests.load.names import BURST
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.fan_out import Load, measured, pace_said, taken
from tests.load.statistics import percentile
from tests.load.systems import System

P50, P99 = "p50 from post to the last", "p99 from post to the last"
DELIVERIES_PER_SECOND = 10_000


@dataclass(frozen=True, slots=True)
class Latency:
    name: str = "latency"
    about: str = "from a post until the last of 500 sockets has it, at 10,000 deliveries a second"
    load: Load = field(default_factory=lambda: Load(500, gap=500 / DELIVERIES_PER_SECOND, seconds=12.0))

    def steps(self, bench: Bench) -> list[Step]:
        return [Step(f"{self.name}, {system.name}", partial(self._measure, bench, system)) for system in bench.systems]

    def _measure(self, bench: Bench, system: System) -> None:
        load = self.load.shorter(0.4) if bench.quick else self.load
        load = load.at_most(system.bears)
        with system.start() as running, taken(load, bench, running) as crowd:
            receipts = measured(load, crowd, running, apart=True).receipts
        samples = receipts.to_the_last()
        reads = sum(one.cpu / len(receipts.loads) for one in receipts.loads) / len(samples) * 1000
        slow = pace_said(load) if load.gap > self.load.gap else ""
        note = "; ".join(filter(None, (slow, remark(receipts))))
        variant = f"{load.sockets:,} sockets"
        for measure, rank in ((P50, 50), (P99, 99)):
            value = percentile(sorted(samples), rank)
            bench.results.add(self.name, system.name, variant, measure, "ms", value, samples=samples, note=note)
        bench.results.add(self.name, system.name, variant, BURST, "ms", reads)
