"""From what one handshake, delivery, post and socket cost to how many people a worker holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10, sqrt

# Of a core: beyond, messages wait for one another.
BUSY = 0.7
# Of a worker's memory: the rest is for bursts, such as what slow readers have not read yet.
FULL = 0.8
# What the kernel holds of one connection (socket, inode, file, epoll entry: 3.9 KiB measured on Linux 6.18), which a
# container's limit counts, too.
KERNEL = 4 * 2**10
# Of the posts that it can acknowledge: people write in waves.
WAVES = 0.5
# Of the time in which a post was not yet acknowledged a worker computed less than this: then it waited for the disk.
WAITING = 0.5

Cpu = Mapping[str, float]  # seconds, by role


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, of one worker. `posts`: acknowledged a second at the most; `posts_busy`: its CPU meanwhile, in
    proportion to the time."""

    handshake: Cpu
    delivery: Cpu
    post: Cpu
    bytes_at_start: float
    bytes_per_socket: float
    posts: float
    posts_busy: float

    @property
    def nginx(self) -> bool:
        """Whether it was there."""
        return "nginx" in self.delivery


@dataclass(frozen=True, slots=True)
class Stack:
    """What bounds it here. `memory`: bytes of one worker (WS_MEMORY); `drain`: seconds in which those of a worker that
    ends go to another one (DRAIN_SECONDS); `connections`: of one nginx process (NGINX_CONNECTIONS), one of which runs
    on each core."""

    cores: int
    memory: float
    drain: float
    connections: int


@dataclass(frozen=True, slots=True)
class Habits:
    """What is assumed of people: that each has one socket, is in one room with so many others who are there, and writes
    once in so many minutes."""

    room: int
    minutes: float

    @property
    def rate(self) -> float:
        """Messages a second of one person."""
        return 1 / (self.minutes * 60)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many people, and then `what` is used up; `why`: how that was reckoned; `more`: what to add. `shared`: however
    many workers there are."""

    people: float
    what: str
    why: str
    more: str
    shared: bool = False


def limits(costs: Costs, stack: Stack, habits: Habits) -> list[Limit]:
    """The first to be reached first."""
    found = [memory(costs, stack), core(costs, habits), return_(costs, stack), posts(costs, habits)]
    return sorted([*found, cores(costs, stack, habits), nginx(stack)], key=lambda limit: limit.people)


def memory(costs: Costs, stack: Stack) -> Limit:
    people = (stack.memory * FULL - costs.bytes_at_start) / (costs.bytes_per_socket + KERNEL)
    why = (
        f"{FULL:.0%} of {stack.memory / 2**20:.0f} MiB (WS_MEMORY), of which the worker itself takes "
        f"{costs.bytes_at_start / 2**20:.0f}; {costs.bytes_per_socket / 2**10:.0f} KiB a socket, and "
        f"{KERNEL / 2**10:.0f} of the kernel's"
    )
    return Limit(people, "memory", why, "another ws worker (WS_REPLICAS), or more WS_MEMORY")


def core(costs: Costs, habits: Habits) -> Limit:
    why = (
        f"{BUSY:.0%} of one core, the most that one process can use; {costs.delivery['ws'] * 1e6:.0f} µs a delivery, "
        f"{costs.post['ws'] * 1e6:,.0f} µs a post"
    )
    return Limit(BUSY / per_person(costs, habits, "ws"), "its core", why, "another ws worker (WS_REPLICAS)")


def return_(costs: Costs, stack: Stack) -> Limit:
    """Who was on a worker that is replaced or dies is back before anybody notices."""
    why = (
        f"all of a worker come back to another within {stack.drain:g} s (DRAIN_SECONDS), on {BUSY:.0%} of a core; "
        f"{costs.handshake['ws'] * 1e6:,.0f} µs a handshake"
    )
    people = stack.drain * BUSY / costs.handshake["ws"]
    return Limit(
        people, "time to come back in", why, "another ws worker, so that each has fewer; or more DRAIN_SECONDS"
    )


def posts(costs: Costs, habits: Habits) -> Limit:
    disk = costs.posts_busy < WAITING
    why = f"{WAVES:.0%} of the {costs.posts:,.0f} posts a second that it acknowledged"
    more = "a faster disk for PostgreSQL" if disk else "another ws worker (WS_REPLICAS)"
    return Limit(costs.posts * WAVES / habits.rate, "commits", why, more, shared=disk)


def cores(costs: Costs, stack: Stack, habits: Habits) -> Limit:
    """Of the machine, for all processes that a message goes through."""
    each = sum(per_person(costs, habits, role) for role in costs.delivery.keys() | costs.post.keys())
    roles = "ws, nginx, Redis and PostgreSQL together" if costs.nginx else "ws, Redis and PostgreSQL without nginx"
    why = f"{BUSY:.0%} of {stack.cores}, for {roles}"
    return Limit(BUSY * stack.cores / each, "the machine's cores", why, "cores, or a second machine", shared=True)


def nginx(stack: Stack) -> Limit:
    why = f"{stack.connections:,} connections of each of {stack.cores} processes (NGINX_CONNECTIONS), two for a socket"
    return Limit(stack.cores * stack.connections / 2, "nginx's connections", why, "NGINX_CONNECTIONS", shared=True)


def per_person(costs: Costs, habits: Habits, role: str) -> float:
    """Of a core, while all talk."""
    return habits.rate * (habits.room * costs.delivery.get(role, 0.0) + costs.post.get(role, 0.0))


def in_one_room(costs: Costs, stack: Stack, habits: Habits) -> float:
    """How many people one worker holds if all of them are in the same room: deliveries grow with their square."""
    bound = min(limit.people for limit in (memory(costs, stack), return_(costs, stack)))
    delivery, post, budget = costs.delivery["ws"], costs.post["ws"], BUSY / habits.rate
    return min(bound, (sqrt(post * post + 4 * delivery * budget) - post) / (2 * delivery))


def worth(number: float) -> int:
    """Rounded down to what it is worth: two figures, since habits are guessed."""
    if number < 10:
        return max(floor(number), 0)
    step = 10 ** (floor(log10(number)) - 1)
    return int(number // step * step)
