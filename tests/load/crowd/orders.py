"""What is said between the bench and the processes of its client."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.crowd.frames import BODY_LENGTH
from tests.load.systems import Address

LATE_NS = 5_000_000


class Lost(Exception):
    """Something did not arrive, arrived twice, or a socket was closed: what was measured is worth nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """So many `posts`, `gap` seconds apart whatever happens meanwhile, by the posting sockets in turn.

    `rooms`: the room of each posting socket, in the order in which they were opened; those from `first` on post, to the
    end or `number` of them. `patience`: seconds without any
    delivery after which the rest is lost. `acknowledged`: wait for the answers to the posts, too.
    """

    posts: int
    gap: float
    rooms: Sequence[str]
    patience: float = 15.0
    length: int = BODY_LENGTH
    acknowledged: bool = False
    first: int = 0
    number: int | None = None

    @property
    def posters(self) -> range:
        """The places of those who post, in turn."""
        return range(len(self.rooms))[self.first :][: self.number]

    def room_of(self, post: int) -> str:
        return self.rooms[self.posters[post % len(self.posters)]]


@dataclass(slots=True)
class Joined:
    """For each seat the moments (monotonic, ns) when its connection was begun and when it was in its room; `failed`: by
    the seat's place, why it is not."""

    begun: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Load:
    """What a process of the client had to do.

    `late`: posts that were sent more than LATE_NS after their time. `busy`: its CPU in proportion to the time.
    """

    seconds: float
    cpu: float
    frames: int
    late: int

    @property
    def busy(self) -> float:
        return self.cpu / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Receipts:
    """For each post the moments (monotonic, ns) when it was sent, when the last socket had it, and when it was
    acknowledged; 0 where it was not. `seen`: how many sockets had it. `heard`: deliveries to posting sockets, where a
    system knows no socket that only posts, by the address of the socket.

    `amiss`: sockets that did not get each post of their room once, for certain: count and sum of numbers are right.
    """

    expected: list[int]
    sent: list[int]
    last: list[int]
    seen: list[int]
    acknowledged: list[int]
    heard: dict[Address, int] = field(default_factory=dict)
    amiss: int = 0
    closed: int = 0
    refused: list[str] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    @property
    def deliveries(self) -> int:
        return sum(self.seen)

    def merge(self, other: "Receipts") -> None:
        """Those of another process for the same plan."""
        self.expected = [mine + theirs for mine, theirs in zip(self.expected, other.expected, strict=True)]
        self.sent = [max(pair) for pair in zip(self.sent, other.sent, strict=True)]
        self.last = [max(pair) for pair in zip(self.last, other.last, strict=True)]
        self.seen = [mine + theirs for mine, theirs in zip(self.seen, other.seen, strict=True)]
        self.acknowledged = [max(pair) for pair in zip(self.acknowledged, other.acknowledged, strict=True)]
        self.heard |= other.heard  # only one process has sockets that post
        self.amiss += other.amiss
        self.closed += other.closed
        self.refused += other.refused
        self.loads += other.loads

    def check(self) -> None:
        """Raises Lost."""
        missing = sum(max(want - got, 0) for want, got in zip(self.expected, self.seen, strict=True))
        doubled = sum(max(got - want, 0) for want, got in zip(self.expected, self.seen, strict=True))
        if missing or doubled or self.amiss or self.closed or self.refused:
            said = f": {self.refused[0]}" if self.refused else ""
            raise Lost(
                f"{missing} of {sum(self.expected)} deliveries missing, {doubled} doubled, {self.amiss} sockets with "
                f"gaps or doubles, {self.closed} sockets closed, {len(self.refused)} posts refused{said}"
            )

    def to_the_last(self) -> list[float]:
        """For each post that arrived anywhere the ms from its sending until the last socket had it."""
        return [(last - sent) / 1e6 for sent, last in zip(self.sent, self.last, strict=True) if last]

    def acknowledged_after(self) -> list[float]:
        """For each post that was acknowledged the ms until it was."""
        return [(at - sent) / 1e6 for sent, at in zip(self.sent, self.acknowledged, strict=True) if at]
