"""What the bench measures. A scenario is divided into steps: one system in one variant, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.load.crowd import Crowd
from tests.load.results import Results
from tests.load.systems import Running, Seat, System


@dataclass(frozen=True, slots=True)
class Step:
    """`run` raises tests.load.crowd.Lost where what it measured is worth nothing."""

    label: str
    run: Callable[[], None]


class Scenario(Protocol):
    """`name`: for --only and in the results. `about`: a sentence for --help."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str: ...

    def steps(self, bench: "Bench") -> list[Step]:
        """Of one repetition, in the order in which they are to be run: the systems one after the other."""
        ...


@dataclass(slots=True)
class Bench:
    """What a scenario is given: the systems that were chosen and are there, in their order; where its figures go.

    `beside`: systems for those scenarios to which they mean something. `quick`: a look is enough. `by_name`: the
    systems were asked for, each. `processes`: how many the client has. `look`: for so many seconds a worker must
    have had nothing to do to be at rest. `tick`: for who waits to call twice a second.
    """

    systems: Sequence[System]
    results: Results
    beside: Sequence[System] = ()
    quick: bool = False
    by_name: bool = False
    processes: int = 1
    look: float = 1.0
    tick: Callable[[], None] = lambda: None

    def crowd(self, running: Running, *, processes: int | None = None) -> Crowd:
        return Crowd(running.dialect, processes=processes or self.processes, tick=self.tick)


def audience(running: Running, *, sockets: int, rooms: int = 1, posters: int = 1) -> list[Seat]:
    """Seats of people of their own: those who listen, evenly over the rooms and addresses, and `posters` for each room,
    who are of those people and have a socket more."""
    people = running.people(sockets)
    names = running.rooms(rooms, people)
    addresses, posting = running.addresses, running.posting
    listeners = [
        Seat(addresses[at // rooms % len(addresses)], names[at % rooms], credential)
        for at, credential in enumerate(people)
    ]
    those_who_post = [
        # The n-th of the people is in room n modulo `rooms`: so is this one.
        Seat(posting[at % len(posting)], names[at % rooms], people[at % len(people)], listens=False)
        for at in range(posters * rooms)
    ]
    return listeners + those_who_post
