"""Tertulia, as deploy/entrypoint.sh starts it, with the settings of a production."""

import http.client
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from secrets import token_hex, token_urlsafe
from tempfile import TemporaryDirectory

import msgspec

from tests.load import machine
from tests.load.systems import Address, Edit, Seat
from tests.load.systems.nginx import nginx_missing, nginx_version, run_nginx
from tests.load.systems.process import DidNotStart, Process, process
from tests.load.systems.servers import Servers, versions
from tests.servers.process import free_port, stop
from tests.workers import APP

ROOT = APP.parent
ENTRYPOINT = ROOT / "deploy" / "entrypoint.sh"
ORIGIN = "http://localhost:8080"
TYPED = "chat.v1"
# Ten thousand people with their sessions take a few seconds.
REGISTRAR_SECONDS = 120


@dataclass(frozen=True, slots=True)
class TertuliaDialect:
    """The typed form of docs/protocol.md."""

    def request(self, seat: Seat) -> bytes:
        # With `since` a socket asks by itself, as the browser's client does.
        path = f"/ws/chat/{seat.room}/" if seat.listens and seat.since is None else "/ws/chat/"
        return handshake(path, ORIGIN, f"Sec-WebSocket-Protocol: {TYPED}\r\n{seat.credential}")

    def opened(self, seat: Seat) -> bytes | None:
        if seat.listens and seat.since is not None:
            return msgspec.json.encode({"type": "subscribe", "id": 0, "room": seat.room, "since": seat.since})
        return b""

    def hear(self, payload: bytes, seat: Seat) -> bytes | None:
        if b'"type":"error"' in payload:
            raise ValueError(payload.decode())
        wanted = b'"type":"subscribed"' if seat.listens else b'"type":"welcome"'
        return None if wanted in payload else b""

    def post(self, room: str, number: int, body: str) -> bytes:
        client_id = f"{token_hex(4)}-0000-4000-8000-{number:012d}"
        return (f'{{"type":"post","id":{number},"room":"{room}","client_id":"{client_id}","body":"{body}"}}').encode()

    def acknowledged(self, payload: bytes) -> int | None:
        frame = msgspec.json.decode(payload)
        return int(frame["id"]) if frame["type"] == "ack" else None

    def ping_answer(self, payload: bytes) -> bytes | None:
        return None


@dataclass(slots=True)
class RunningTertulia:
    addresses: list[Address]
    posting: list[Address]
    roles: dict[str, list[int]]
    registrar: "subprocess.Popen[bytes]"
    database_url: str
    dialect: TertuliaDialect = field(default_factory=TertuliaDialect)
    _numbers: Iterator[int] = field(default_factory=count)

    def people(self, number: int) -> list[str]:
        return [f"Cookie: sessionid={key}\r\n" for key in self._ask("people", number, self._prefix())]

    def rooms(self, number: int, people: Sequence[str]) -> list[str]:
        keys = [credential.partition("=")[2].strip() for credential in people]
        return self._ask("rooms", number, self._prefix(), keys)

    def _prefix(self) -> str:
        """Of names that are new, and as long as those of people."""
        return f"n{token_hex(3)}-{next(self._numbers)}-"

    def _ask(self, *order: object) -> list[str]:
        assert self.registrar.stdin is not None
        assert self.registrar.stdout is not None
        self.registrar.stdin.write(msgspec.json.encode(order) + b"\n")
        self.registrar.stdin.flush()
        there, _, _ = select.select([self.registrar.stdout], [], [], REGISTRAR_SECONDS)
        answer = self.registrar.stdout.readline() if there else b""
        if not answer:
            why = "has ended" if there else f"did not answer within {REGISTRAR_SECONDS} s"
            raise DidNotStart(f"the process that makes people and rooms {why}")
        return msgspec.json.decode(answer, type=list[str])


class Tertulia:
    """One Daphne for each worker, nginx in front where asked for."""

    name = "tertulia"
    bears = 0.0

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._prepared = False
        self._secret_key = token_urlsafe(64)

    def missing(self) -> str | None:
        return None

    def versions(self) -> dict[str, str]:
        return machine.own_versions() | versions() | ({} if nginx_missing() else {"nginx": nginx_version()})

    @contextmanager
    def start(
        self,
        *,
        workers: int = 1,
        nginx: bool | Edit = False,
        apart: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[RunningTertulia]:
        self._prepare()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="tertulia-ws-")))
            ports = [free_port() for _ in range(workers + apart)]
            environment = {**self.environment, **(settings or {})}
            started = [stack.enter_context(worker(port, folder, environment)) for port in ports]
            registrar = stack.enter_context(registrar_of(environment))
            for one, port in zip(started, ports, strict=True):
                one.wait_until(partial(serves, port))
            addresses = [("127.0.0.1", port) for port in ports]
            roles = {"ws": [one.pid for one in started[:workers]], "posts": [one.pid for one in started[workers:]]}
            posting = addresses[workers:] or addresses
            if nginx:
                front = stack.enter_context(
                    run_nginx(folder, ws=addresses[:workers], edit=nginx if callable(nginx) else None)
                )
                roles["nginx"] = [front.process.pid]
                addresses = [front.address]
            else:
                addresses = addresses[:workers]
            yield RunningTertulia(addresses, posting, roles | self._servers.pids, registrar, self._servers.database_url)

    @property
    def environment(self) -> dict[str, str]:
        """Of docker-compose.yml what a worker must be told; the rest is at its default there and here."""
        return {
            "DEBUG": "false",
            "SECRET_KEY": self._secret_key,
            "SECRET_KEY_FILE": "",
            "DATABASE_URL": self._servers.database_url,
            "REDIS_URL": self._servers.redis_url,
            "ORIGINS": ORIGIN,
            "LOG_FORMAT": "json",
            "DRAIN_SECONDS": "0",  # nobody waits for the end
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        }

    def _prepare(self) -> None:
        """The tables, once."""
        if not self._prepared:
            command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
            subprocess.run(command, cwd=APP, env=self.environment, check=True, timeout=120)
            self._prepared = True


def handshake(path: str, origin: str, headers: str = "") -> bytes:
    """A browser's. `headers`: further lines, each ended."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {origin.partition('//')[2]}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"{headers}\r\n"
    ).encode()


@contextmanager
def worker(port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Process]:
    command = [str(ENTRYPOINT), "ws", "--bind", "127.0.0.1", "--port", str(port)]
    with process(command, folder, name=f"ws-{port}", environment=environment, cwd=APP) as started:
        yield started


def serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def registrar_of(environment: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", "tests.load.systems.registrar"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, "PYTHONPATH": f"{APP}:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as started:
        try:
            yield started
        finally:
            assert started.stdin is not None
            with suppress(OSError):
                started.stdin.close()  # it ends
            stop(started, signal.SIGTERM)
