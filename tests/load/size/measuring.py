"""What one worker of Tertulia costs on this machine: a minute with the bench's own crowd and scenarios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.load.cpu import Meter
from tests.load.scenarios import Bench, audience
from tests.load.scenarios.fan_out import Load, measured, taken
from tests.load.scenarios.memory import come_to_rest, resident
from tests.load.scenarios.posters import Posters
from tests.load.scenarios.posts import ANY_PACE, seats_of
from tests.load.size.capacity import Costs, Cpu
from tests.load.systems import Running
from tests.load.systems.tertulia import Tertulia

FIRST = 200  # come before those that are counted, as in the bench
SOCKETS = 2000
LISTENERS = 500
SENDERS = 200
SECONDS = 6.0
GAP = 0.01

STEPS = 4  # of which is said that they begin


@dataclass(frozen=True, slots=True)
class Entry:
    handshake: Cpu
    bytes_at_start: float
    bytes_per_socket: float


def costs(bench: Bench, tertulia: Tertulia, begin: Callable[[str], None], *, room: int, nginx: bool) -> Costs:
    """`room`: how many are in each, as far as there are so many. Raises tests.load.crowd.Lost."""
    begin("one worker is started" + (", with nginx" if nginx else ""))
    with tertulia.start(nginx=nginx, settings=ANY_PACE) as running:
        begin(f"{SOCKETS:,} people come in")
        entry = come_in(bench, running, room)
        begin(f"{SENDERS} people write")
        post, posts, busy = write(bench, running)
    begin(f"{LISTENERS} people listen")
    delivery = listen(bench, tertulia, room, nginx=nginx)
    return Costs(entry.handshake, delivery, post, entry.bytes_at_start, entry.bytes_per_socket, posts, busy)


def come_in(bench: Bench, running: Running, room: int) -> Entry:
    seats = audience(running, sockets=FIRST + SOCKETS, rooms=rooms_for(FIRST + SOCKETS, room), posters=0)
    with bench.crowd(running) as crowd:
        crowd.connect(seats[:FIRST])
        come_to_rest(running, bench)
        before = resident(running.roles["ws"])
        with Meter(running.roles) as meter:
            crowd.connect(seats[FIRST:])
        come_to_rest(running, bench)
        grown = resident(running.roles["ws"]) - before
    each = grown * 1024 / SOCKETS
    return Entry(shared_by(meter, ("ws", "nginx", "db", "redis"), SOCKETS), before * 1024 - FIRST * each, each)


def write(bench: Bench, running: Running) -> tuple[Cpu, float, float]:
    """CPU of a post, posts a second, and how busy the worker was."""
    seats = seats_of(running, running.people(SENDERS), SENDERS)
    with Posters(running.dialect, seats, tick=bench.tick) as posters:
        posters.post(seconds=SECONDS / 4)
        with Meter(running.roles) as meter:
            done = posters.post(seconds=SECONDS)
    return shared_by(meter, ("ws", "db", "redis"), len(done.took)), done.rate, meter.seconds("ws") / meter.wall


def listen(bench: Bench, tertulia: Tertulia, room: int, *, nginx: bool) -> Cpu:
    """CPU of a delivery; the posts are made through another worker."""
    load = Load(LISTENERS, rooms_for(LISTENERS, room), GAP, SECONDS)
    with tertulia.start(nginx=nginx, apart=True, settings=ANY_PACE) as running, taken(load, bench, running) as crowd:
        found = measured(load, crowd, running, apart=True)
    return {role: found.per_delivery(role) / 1e6 for role in ("ws", "nginx") if role in running.roles}


def rooms_for(people: int, room: int) -> int:
    return max(people // room, 1)


def shared_by(meter: Meter, roles: Sequence[str], number: int) -> Cpu:
    return {role: meter.seconds(role) / number for role in roles}
