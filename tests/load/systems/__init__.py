"""What the bench measures: the systems, each started as processes of its own, and how a client talks to them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Address = tuple[str, int]
# Changes nginx's configuration in the folder where it lies rendered, before nginx reads it: what is a setting worth?
Edit = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Seat:
    """One socket that is to be opened, and what it is for.

    `credential`: header lines of the handshake, each ended with CRLF; empty where a system knows no people. A socket
    that `listens` is in its room and gets what is posted there; one that does not only posts to it. `since`: the number
    of the last event that it has seen, where it resumes; None: from now on.
    """

    address: Address
    room: str
    credential: str = ""
    listens: bool = True
    since: int | None = None


class Dialect(Protocol):
    """How a client speaks to a system. It travels to the client's processes, so it is picklable and holds no state."""

    def request(self, seat: Seat) -> bytes:
        """The HTTP request of the handshake, whole."""
        ...

    def opened(self, seat: Seat) -> bytes | None:
        """What to say (the payload of one text frame) once the handshake is answered; empty: wait for what `hear` is
        told; None: nothing is to be waited for, the socket is in its room."""
        ...

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        """A text frame that came before the socket is in its room: what to say to it, empty for nothing; None where it
        lets in. Raises ValueError for one that refuses."""
        ...

    def post(self, room: str, number: int, body: str) -> bytes:
        """A text frame's payload that posts `body` (ASCII without quotes or backslashes) to the room."""
        ...

    def acknowledged(self, payload: bytes) -> int | None:
        """The number of the post that this frame acknowledges; None where it is something else."""
        ...

    def ping_answer(self, payload: bytes) -> bytes | None:
        """What to say to a ping of the system's own protocol; None where the frame is none."""
        ...


class Running(Protocol):
    """A system that runs. CPU is read of `roles`: pids by "ws" (in the order of `addresses`), "redis", "db", "nginx",
    "posts"."""

    @property
    def addresses(self) -> list[Address]:
        """Where clients connect: one for each measured worker, or nginx's alone."""
        ...

    @property
    def posting(self) -> list[Address]:
        """Where to post so that the measured workers only deliver: the worker apart. Where none was asked for, the
        workers themselves."""
        ...

    @property
    def roles(self) -> dict[str, list[int]]: ...

    @property
    def dialect(self) -> Dialect: ...

    def people(self, number: int) -> list[str]:
        """Credentials of people who are signed in, each with a session of its own. Call it once."""
        ...

    def rooms(self, number: int, people: Sequence[str]) -> list[str]:
        """New rooms; the n-th of the people is a member of room n modulo `number`."""
        ...


class System(Protocol):
    """`bears`: deliveries a second that it is asked for at the most; 0 for any number. More would pile up."""

    @property
    def name(self) -> str: ...

    @property
    def bears(self) -> float: ...

    def missing(self) -> str | None:
        """Why it cannot be measured here."""
        ...

    def versions(self) -> dict[str, str]:
        """Of what it is made of."""
        ...

    def start(
        self,
        *,
        workers: int = 1,
        nginx: bool | Edit = False,
        apart: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[Running]:
        """Run it. `apart`: with one worker more, of the role "posts", which `posting` then names. `settings`: variables
        of the environment of its workers, on top of those that the stack has."""
        ...
