"""The peers: Channels as its tutorial has it, Socket.IO, ws and Bun."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.load import machine
from tests.load.peers import packages
from tests.load.systems import Address, Dialect, Edit, Seat
from tests.load.systems.process import Process, process
from tests.load.systems.servers import Servers, versions
from tests.load.systems.tertulia import ROOT, handshake
from tests.servers.process import free_port, say

ORIGIN = "http://127.0.0.1"

# Deliveries a second that the tutorial's consumer is asked for. Beyond some 1,700 they pile up here, and the core layer
# throws them away.
TUTORIAL_BEARS = 1000.0


@dataclass(frozen=True, slots=True)
class TutorialDialect:
    """A path for each room; who is let in is in the room, and hears what itself says."""

    def request(self, seat: Seat) -> bytes:
        return handshake(f"/ws/chat/{seat.room}/", ORIGIN)

    def opened(self, seat: Seat) -> bytes | None:
        return None

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        return b""

    def post(self, room: str, number: int, body: str) -> bytes:
        return f'{{"message":"{body}"}}'.encode()

    def acknowledged(self, payload: bytes) -> int | None:
        return None

    def ping_answer(self, payload: bytes) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class PlainDialect:
    """Of `ws` and Bun: JSON objects without types."""

    def request(self, seat: Seat) -> bytes:
        return handshake("/", ORIGIN)

    def opened(self, seat: Seat) -> bytes | None:
        return f'{{"join":"{seat.room}"}}'.encode() if seat.listens else None

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        return None if payload.startswith(b'{"joined":') else b""

    def post(self, room: str, number: int, body: str) -> bytes:
        return f'{{"room":"{room}","body":"{body}"}}'.encode()

    def acknowledged(self, payload: bytes) -> int | None:
        return None

    def ping_answer(self, payload: bytes) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class SocketIoDialect:
    """Engine.IO 4: 0 opens, 2 is a ping, 3 its pong, 4 a message of Socket.IO: 40 connects, 42 an event, 43 its ack."""

    def request(self, seat: Seat) -> bytes:
        return handshake("/socket.io/?EIO=4&transport=websocket", ORIGIN)

    def opened(self, seat: Seat) -> bytes | None:
        return b""

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        if payload.startswith(b"0"):
            return b"40"
        if payload.startswith(b"40"):
            return f'420["join","{seat.room}"]'.encode() if seat.listens else None
        if payload.startswith(b"430"):
            return None
        return self.ping_answer(payload) or b""

    def post(self, room: str, number: int, body: str) -> bytes:
        return f'42["post","{room}","{body}"]'.encode()

    def acknowledged(self, payload: bytes) -> int | None:
        return None

    def ping_answer(self, payload: bytes) -> bytes | None:
        return b"3" if payload == b"2" else None


@dataclass(slots=True)
class RunningPeer:
    """It knows no people; a room is there as soon as somebody joins it."""

    addresses: list[Address]
    posting: list[Address]
    roles: dict[str, list[int]]
    dialect: Dialect
    _numbers: Iterator[int]

    def people(self, number: int) -> list[str]:
        return [""] * number

    def rooms(self, number: int, people: Sequence[str]) -> list[str]:
        return [f"room-{next(self._numbers)}" for _ in range(number)]


class Peer:
    """`command(port, redis_url)`: of one process. `variables(redis_url)`: of its environment."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        servers: Servers,
        *,
        command: Callable[[int, str], list[str]],
        variables: Callable[[str], Mapping[str, str]],
        on_node: bool,
        bears: float = 0.0,
    ) -> None:
        self.name = name
        self.bears = bears
        self._dialect = dialect
        self._servers = servers
        self._command = command
        self._variables = variables
        self._on_node = on_node
        self._numbers = count()

    def missing(self) -> str | None:
        if not self._on_node:
            return None
        if reason := not_installed():
            return reason
        try:
            self._command(0, "")
        except packages.NotInstalled as missing:
            return str(missing)
        return None

    def versions(self) -> dict[str, str]:
        return versions() | (packages.versions() if self._on_node else machine.own_versions())

    @contextmanager
    def start(
        self,
        *,
        workers: int = 1,
        nginx: bool | Edit = False,
        apart: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[RunningPeer]:
        if nginx:
            raise ValueError("only Tertulia is measured behind nginx")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="tertulia-peer-")))
            environment = {**self._variables(self._servers.redis_url), **(settings or {})}
            ports = [free_port() for _ in range(workers + apart)]
            started = [stack.enter_context(self._process(port, folder, environment)) for port in ports]
            for one, port in zip(started, ports, strict=True):
                self._wait(one, port)
            addresses = [("127.0.0.1", port) for port in ports]
            roles = {"ws": [one.pid for one in started[:workers]], "posts": [one.pid for one in started[workers:]]}
            posting = addresses[workers:] or addresses
            redis = {"redis": self._servers.pids.get("redis", [])}
            yield RunningPeer(addresses[:workers], posting, roles | redis, self._dialect, self._numbers)

    @contextmanager
    def _process(self, port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Process]:
        command = self._command(port, self._servers.redis_url)
        with process(command, folder, name=f"{port}", environment=environment, cwd=ROOT) as started:
            yield started

    def _wait(self, one: Process, port: int) -> None:
        if self._on_node:
            one.wait_until_it_says("ready")
        else:
            one.wait_until(lambda: listens(port))


@cache
def not_installed() -> str | None:
    """Why there are no peers on Node and Bun; asked once, since npm takes its time to find that nobody answers it."""
    try:
        packages.install(say)
    except packages.NotInstalled as reason:
        return str(reason)
    return None


def on_channels(name: str, servers: Servers, *, layer: str, application: str = "tutorial.asgi") -> Peer:
    """Under plain Daphne."""

    def command(port: int, _: str) -> list[str]:
        module = f"tests.load.peers.{application}:application"
        return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "--verbosity", "0", module]

    def variables(redis_url: str) -> dict[str, str]:
        return {
            "REDIS_URL": redis_url,
            "CHANNEL_LAYER": layer,
            "DJANGO_SETTINGS_MODULE": "tests.load.peers.tutorial.settings",
        }

    return Peer(
        name, TutorialDialect(), servers, command=command, variables=variables, on_node=False, bears=TUTORIAL_BEARS
    )


def on_node(name: str, servers: Servers, dialect: Dialect, *, program: Callable[[], str], source: str) -> Peer:
    def command(port: int, redis_url: str) -> list[str]:
        return [program(), str(packages.FOLDER / source), str(port), redis_url]

    def variables(_: str) -> dict[str, str]:
        return {"NODE_ENV": "production"}

    return Peer(name, dialect, servers, command=command, variables=variables, on_node=True)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
