"""What a delivery costs the processes that deliver: many sockets in rooms, posts at an even pace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from tests.load.cpu import Meter
from tests.load.crowd import Crowd, Receipts, remark
from tests.load.scenarios import Bench, Step, audience
from tests.load.systems import Address, Running, System

CPU = "ws CPU per delivery"
WITH_POSTS = "ws CPU per delivery, posts included"

# Below this rate a socket may post for as long as it likes (FRAMES_PER_SECOND).
POSTS_PER_POSTER = 10.0
WARM_UP = 0.15  # of the posts, before those that are measured


@dataclass(frozen=True, slots=True)
class Load:
    """`sockets` evenly in `rooms`; a post to one room after the other, `gap` seconds apart, for `seconds`."""

    sockets: int
    rooms: int = 1
    gap: float = 0.025
    seconds: float = 6.0

    def at_most(self, deliveries_per_second: float) -> "Load":
        """The same at a pace that a system bears; 0: any."""
        gap = self.sockets / self.rooms / deliveries_per_second if deliveries_per_second else 0.0
        return replace(self, gap=max(self.gap, gap))

    def shorter(self, part: float) -> "Load":
        return replace(self, seconds=self.seconds * part)

    @property
    def posts(self) -> int:
        return max(4, ceil(self.seconds / self.gap))

    @property
    def posters(self) -> int:
        """For each room."""
        return max(1, ceil(1 / self.gap / POSTS_PER_POSTER / self.rooms))


ROOM_OF_500 = Load(500)


@dataclass(frozen=True, slots=True)
class Measured:
    """`addresses`: of the processes whose CPU is meant."""

    receipts: Receipts
    meter: Meter
    addresses: Sequence[Address]

    def per_delivery(self, role: str) -> float:
        """µs of CPU. What a posting socket got of the same processes was a delivery, too."""
        heard = sum(self.receipts.heard.get(address, 0) for address in self.addresses)
        return self.meter.seconds(role) / (self.receipts.deliveries + heard) * 1e6


@contextmanager
def taken(load: Load, bench: Bench, running: Running, *, both: bool = False) -> Iterator[Crowd]:
    """The seats are taken. Those who post through `running.posting` come first; if `both` ways are wanted, as many
    follow who post through its addresses."""
    with bench.crowd(running) as crowd:
        seats = audience(running, sockets=load.sockets, rooms=load.rooms, posters=load.posters)
        crowd.connect(seats)
        if both:
            addresses = running.addresses
            posters = [seat for seat in seats if not seat.listens]
            crowd.connect([replace(seat, address=addresses[at % len(addresses)]) for at, seat in enumerate(posters)])
        yield crowd


def measured(load: Load, crowd: Crowd, running: Running, *, apart: bool) -> Measured:
    """Warm up, then measure. `apart`: post through `running.posting`, else the other way. Raises Lost."""
    number = load.posters * load.rooms
    through = {"gap": load.gap, "first": 0 if apart else number, "number": number}
    crowd.post(max(2, int(load.posts * WARM_UP)), **through).check()
    with Meter(running.roles) as meter:
        receipts = crowd.post(load.posts, **through)
    receipts.check()
    return Measured(receipts, meter, running.addresses)


def under(load: Load, bench: Bench, running: Running) -> Measured:
    """All of it, once. Raises Lost."""
    with taken(load, bench, running) as crowd:
        return measured(load, crowd, running, apart=True)


@dataclass(frozen=True, slots=True)
class FanOut:
    name: str = "fan-out"
    about: str = "CPU of a delivery, many sockets in one room, posts 25 ms apart"
    load: Load = ROOM_OF_500

    def steps(self, bench: Bench) -> list[Step]:
        return [Step(f"{self.name}, {system.name}", partial(self._measure, bench, system)) for system in bench.systems]

    def _measure(self, bench: Bench, system: System) -> None:
        load = self.load.shorter(0.5) if bench.quick else self.load
        load = load.at_most(system.bears)
        variant = f"{load.sockets:,} sockets"
        note = pace_said(load) if load.gap > self.load.gap else ""
        with system.start(apart=True) as running, taken(load, bench, running, both=True) as crowd:
            for measure, apart, part in ((CPU, True, 1.0), (WITH_POSTS, False, 0.5)):
                found = measured(load.shorter(part), crowd, running, apart=apart)
                said = "; ".join(filter(None, (note, remark(found.receipts))))
                bench.results.add(self.name, system.name, variant, measure, "µs", found.per_delivery("ws"), note=said)
                if apart:
                    add_beside(bench, self.name, system.name, variant, found)


def add_beside(bench: Bench, scenario: str, system: str, variant: str, found: Measured) -> None:
    """What else a delivery cost: Redis, and the client, which must not be what is measured."""
    cost = sum(load.cpu for load in found.receipts.loads) / found.receipts.deliveries * 1e6
    bench.results.add(scenario, system, variant, "redis CPU per delivery", "µs", found.per_delivery("redis"))
    bench.results.add(scenario, system, variant, "client CPU per delivery", "µs", cost)
    busiest = max(load.busy for load in found.receipts.loads) * 100
    bench.results.add(scenario, system, variant, "busiest client process", "%", busiest)


def pace_said(load: Load) -> str:
    return f"posts {load.gap * 1000:.0f} ms apart: more pile up"
