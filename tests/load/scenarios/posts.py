"""How many posts a worker has committed and acknowledged in a second, and how long one that comes alone takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.load.cpu import Meter
from tests.load.crowd import BUSY
from tests.load.names import TERTULIA
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.posters import Acknowledged, Posters
from tests.load.statistics import percentile
from tests.load.systems import Running, Seat

ROOT = Path(__file__).parents[3]

# What is measured is what the database lets through, not the pace that a socket may keep.
ANY_PACE = {"FRAMES_PER_SECOND": "1000000", "FRAMES_BURST": "1000000"}
ONE_EACH = {"DJANGO_SETTINGS_MODULE": "tests.load.scenarios.one_each.settings", "PYTHONPATH": str(ROOT)}

# Of the same, before what counts, in proportion.
WARM_UP = 0.2


@dataclass(frozen=True, slots=True)
class Posts:
    """`senders` who each wait for one acknowledgement before they post again, for `seconds`; they hear nothing of each
    other. And `alone` posts of a single sender, one after the other."""

    senders: int = 200
    seconds: float = 6.0
    alone: int = 400
    name: str = "posts"
    about: str = "acknowledged posts per second and worker, against one transaction each; the latency of a lone post"

    def steps(self, bench: Bench) -> list[Step]:
        """Two workers that differ in this alone."""
        if all(system.name != TERTULIA for system in bench.systems):
            return []
        return [
            Step("posts", partial(self._run, bench, "", ANY_PACE)),
            Step(
                "posts, one transaction each", partial(self._run, bench, ", one transaction each", ANY_PACE | ONE_EACH)
            ),
        ]

    def _run(self, bench: Bench, how: str, settings: Mapping[str, str]) -> None:
        [tertulia] = [system for system in bench.systems if system.name == TERTULIA]
        with tertulia.start(settings=settings) as running:
            people = running.people(self.senders)
            for rooms, variant in ((1, "one room"), (100, "100 rooms")):
                self._many(bench, running, people, rooms, f"{variant}{how}")
            self._alone(bench, running, people, f"alone{how}")

    def _many(self, bench: Bench, running: Running, people: list[str], rooms: int, variant: str) -> None:
        seats = seats_of(running, people, rooms)
        seconds = self.seconds / 4 if bench.quick else self.seconds
        with Posters(running.dialect, seats, tick=bench.tick) as posters:
            posters.post(seconds=seconds * WARM_UP)
            with Meter(running.roles) as meter:
                done = posters.post(seconds=seconds)
        note = f"the senders took {done.busy:.0%} of a core" if done.busy > BUSY else ""
        bench.results.add(self.name, TERTULIA, variant, "posts per second", "/s", done.rate, note=note)
        for role, cpu in (("ws", "ws CPU per post"), ("db", "database CPU per post")):
            bench.results.add(self.name, TERTULIA, variant, cpu, "µs", meter.seconds(role) / len(done.took) * 1e6)
        self._latency(bench, variant, "p99 of a post", 99, done)

    def _alone(self, bench: Bench, running: Running, people: list[str], variant: str) -> None:
        number = self.alone // 4 if bench.quick else self.alone
        with Posters(running.dialect, seats_of(running, people, 1)[:1], tick=bench.tick) as posters:
            posters.post(at_most=max(1, int(number * WARM_UP)))
            self._latency(bench, variant, "p50 of a lone post", 50, posters.post(at_most=number))

    def _latency(self, bench: Bench, variant: str, measure: str, rank: float, done: Acknowledged) -> None:
        value = percentile(sorted(done.took), rank)
        bench.results.add(self.name, TERTULIA, variant, measure, "ms", value, samples=done.took)


def seats_of(running: Running, people: list[str], rooms: int) -> list[Seat]:
    """One for each of the people, in the room that is theirs."""
    names = running.rooms(rooms, people)
    [address, *_] = running.posting
    return [Seat(address, names[at % rooms], person, listens=False) for at, person in enumerate(people)]
