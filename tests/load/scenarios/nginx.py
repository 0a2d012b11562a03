"""What a delivery costs nginx, with the stack's settings and with each of those that might matter changed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.load.cpu import Meter
from tests.load.crowd import remark
from tests.load.names import TERTULIA
from tests.load.scenarios import Bench, Step
from tests.load.systems import Address, Edit, Running, Seat
from tests.load.systems.nginx import Front, nginx_missing, run_nginx

MEASURE = "nginx CPU per delivery"


@dataclass(frozen=True, slots=True)
class Change:
    """In `file`, `before` (a regular expression) becomes `after`."""

    file: str
    before: str
    after: str

    def __call__(self, folder: Path) -> None:
        path = folder / self.file
        text, found = re.subn(self.before, lambda _: self.after, path.read_text(), flags=re.MULTILINE)
        if not found:
            raise ValueError(f"nginx/{self.file} has no {self.before}")
        path.write_text(text)


def added(file: str, line: str, *, after: str) -> Change:
    return Change(file, f"^( *){after}", f"{after} {line}")


AS_CONFIGURED = "as configured"
CHANGES: dict[str, Edit | None] = {
    AS_CONFIGURED: None,
    "worker_processes 1": Change("conf.d/process.conf", r"worker_processes \w+;", "worker_processes 1;"),
    "multi_accept on": added("conf.d/process.conf", "multi_accept on;", after="events {"),
    "epoll_events 4096": added("conf.d/process.conf", "epoll_events 4096;", after="events {"),
    "timer_resolution 100ms": added("nginx.conf", "timer_resolution 100ms;", after="error_log stderr warn;"),
    "reuseport": Change("conf.d/server.conf", r"backlog=4096", "backlog=4096 reuseport"),
    "access_log off": Change("includes/log.conf", r"^access_log .*;", "access_log off;"),
    "tcp_nodelay off": added("nginx.conf", "tcp_nodelay off;", after="server_tokens off;"),
    "tcp_nopush off": Change("nginx.conf", r"tcp_nopush on;", "tcp_nopush off;"),
    "proxy_buffering on": Change("includes/live.conf", r"proxy_buffering off;", "proxy_buffering on;"),
    "proxy_buffer_size 1k": Change("includes/live.conf", r"proxy_buffer_size 4k;", "proxy_buffer_size 1k;"),
    "proxy_buffer_size 16k": Change("includes/live.conf", r"proxy_buffer_size 4k;", "proxy_buffer_size 16k;"),
    "proxy_socket_keepalive off": Change("includes/live.conf", r"proxy_socket_keepalive on;", ""),
}


@dataclass(frozen=True, slots=True)
class Nginx:
    """One worker behind as many nginx as there are CHANGES, each with `sockets` in a room of its own. There are `posts`
    in each room, to one room after the other, so that whatever else the machine does meanwhile falls on all alike."""

    sockets: int = 500
    posts: int = 60
    gap: float = 0.025
    changes: tuple[str, ...] = tuple(CHANGES)
    name: str = "nginx"
    about: str = "nginx CPU per delivery, with and without each setting that might matter"

    def steps(self, bench: Bench) -> list[Step]:
        if all(system.name != TERTULIA for system in bench.systems):
            return []
        if reason := nginx_missing():
            bench.results.missing[self.name] = reason
            return []
        return [Step("nginx", partial(self._run, bench))]

    def _run(self, bench: Bench) -> None:
        [tertulia] = [system for system in bench.systems if system.name == TERTULIA]
        changes = self.changes[:2] if bench.quick else self.changes
        with tertulia.start() as running, fronts(changes, running) as front, bench.crowd(running) as crowd:
            crowd.connect(self._seats(running, [front[name].address for name in changes]))
            crowd.post(max(1, self.posts // 10) * len(changes), gap=self.gap).check()
            with Meter({name: [front[name].process.pid] for name in changes}) as meter:
                receipts = crowd.post(self.posts * len(changes), gap=self.gap)
            receipts.check()
        for name in changes:
            value = meter.seconds(name) / (self.posts * self.sockets) * 1e6
            bench.results.add(self.name, TERTULIA, name, MEASURE, "µs", value, note=remark(receipts))

    def _seats(self, running: Running, addresses: list[Address]) -> list[Seat]:
        """Those who post do so past nginx."""
        number = len(addresses)
        people = running.people(number * self.sockets)
        rooms = running.rooms(number, people)
        listeners = [Seat(addresses[at % number], rooms[at % number], person) for at, person in enumerate(people)]
        [worker, *_] = running.posting
        return listeners + [Seat(worker, rooms[at], people[at], listens=False) for at in range(number)]


@contextmanager
def fronts(changes: Sequence[str], running: Running) -> Iterator[dict[str, Front]]:
    """An nginx for each of them, before the same workers."""
    with ExitStack() as stack:
        found = {}
        for name in changes:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="tertulia-nginx-")))
            found[name] = stack.enter_context(run_nginx(folder, ws=running.addresses, edit=CHANGES[name]))
        yield found
