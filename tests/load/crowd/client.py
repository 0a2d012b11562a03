"""One process of the client: opens sockets, posts by some, and notes for each post when each socket had it."""

import gc
import signal
import time
from multiprocessing.connection import Connection
from time import monotonic_ns

from tests.load.crowd.frames import body_of
from tests.load.crowd.orders import LATE_NS, Joined, Load, Plan, Receipts
from tests.load.crowd.sockets import Socket, Sockets
from tests.load.machine import take_all_files
from tests.load.systems import Address, Dialect, Seat
from tests.servers.process import die_with_parent

# How long a turn of the loop waits for something to happen, s.
TURN = 0.5
# What comes twice comes the second time right behind.
LINGER_NS = 50_000_000


def run(dialect: Dialect, pipe: Connection) -> None:
    """Do what is asked for through the pipe until it is closed."""
    die_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the bench hears it too, and closes the pipe
    take_all_files()
    gc.disable()  # nothing here is a cycle, and a collection would look like a pause of the server
    Client(dialect).serve(pipe)


class Client:
    """Its sockets, of which those that listen and those that post are told apart by their seats."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._sockets = Sockets(dialect)
        self._sockets.arrived = self._arrived
        self._sockets.said = self._said
        self._listeners: list[Socket] = []
        self._posters: list[Socket] = []
        # Of the plan that is being carried out. Numbers go on from plan to plan, so that none is taken for another.
        self._base = 0
        self._sent: list[int] = []
        self._last: list[int] = []
        self._seen: list[int] = []
        self._acknowledged: list[int] = []
        self._refused: list[str] = []
        self._heard: dict[Address, int] = {}
        self._arrivals = self._answers = 0

    def serve(self, pipe: Connection) -> None:
        """Between orders the servers' pings are answered."""
        self._sockets.watch(pipe.fileno())
        while True:
            while not self._sockets.turn(TURN):
                pass
            try:
                order, arguments = pipe.recv()
            except EOFError:
                return
            pipe.send(getattr(self, order)(*arguments))

    # --- orders ---

    def connect(self, seats: list[tuple[int, Seat]], at_once: int, patience: float) -> Joined:
        """Open a socket for each seat (with its place among all), `at_once` on their way at any time."""
        waiting, opened = iter(seats), []
        on_their_way: list[Socket] = []
        deadline = time.monotonic() + patience
        left = len(seats)
        while left and time.monotonic() < deadline:
            while len(on_their_way) < at_once and (next_one := next(waiting, None)):
                on_their_way.append(self._sockets.open(*next_one))
                opened.append(on_their_way[-1])
            self._sockets.turn(min(TURN, deadline - time.monotonic()))
            there = sum(1 for one in on_their_way if one.within or one.closed)
            if there:
                left -= there
                on_their_way = [one for one in on_their_way if not (one.within or one.closed)]
        for one in opened:
            if one.within and not one.closed:
                (self._listeners if one.seat.listens else self._posters).append(one)
        return joined_of(seats, opened)

    def post(self, base: int, plan: Plan, start: int, posting: bool) -> Receipts:
        """Carry out a plan from the moment `start` (monotonic, ns), or only listen to what another process posts."""
        self._begin(base, plan.posts)
        expected = self._expected(plan)
        all_of_them, cpu = sum(expected), time.process_time()
        frames, began, late = self._sockets.frames, monotonic_ns(), 0
        gap = round(plan.gap * 1e9)
        number, due = (0, start) if posting else (plan.posts, 0)
        answers = plan.posts if plan.acknowledged and posting else 0
        progress, deadline = -1, 0.0
        while number < plan.posts or self._arrivals < all_of_them or self._answers < answers:
            now = monotonic_ns()
            while number < plan.posts and now >= due:
                late += now - due > LATE_NS
                self._post(number, self._posters[plan.posters[number % len(plan.posters)]], plan.length)
                number, due, now = number + 1, due + gap, monotonic_ns()
            if progress != self._arrivals + self._answers + number:
                progress, deadline = self._arrivals + self._answers + number, time.monotonic() + plan.patience
            elif time.monotonic() > deadline + max(0.0, (start - now) / 1e9):
                break
            self._sockets.turn((due - now) / 1e9 if number < plan.posts else TURN)
        ended = monotonic_ns()
        while monotonic_ns() < ended + LINGER_NS:
            self._sockets.turn(LINGER_NS / 1e9)
        load = Load((ended - began) / 1e9, time.process_time() - cpu, self._sockets.frames - frames, late)
        return self._receipts(plan, expected, load)

    def closed(self) -> int:
        """How many sockets the server has closed."""
        return sum(1 for one in (*self._listeners, *self._posters) if one.closed)

    def close(self) -> None:
        self._sockets.close_all()
        self._listeners.clear()
        self._posters.clear()

    # --- a plan ---

    def _begin(self, base: int, posts: int) -> None:
        self._base = base
        self._sent, self._last, self._seen, self._acknowledged = ([0] * posts for _ in range(4))
        self._heard = {}
        self._arrivals = self._answers = 0
        self._refused = []
        for one in self._listeners:
            one.count = one.total = 0

    def _expected(self, plan: Plan) -> list[int]:
        """For each post how many sockets of ours are in its room."""
        there: dict[str, int] = {}
        for one in self._listeners:
            there[one.seat.room] = there.get(one.seat.room, 0) + 1
        return [there.get(plan.room_of(number), 0) for number in range(plan.posts)]

    def _post(self, number: int, poster: Socket, length: int) -> None:
        payload = self._dialect.post(poster.seat.room, self._base + number, body_of(self._base + number, length))
        self._sent[number] = monotonic_ns()
        try:
            poster.send(payload)
        except OSError as error:
            self._refused.append(str(poster.closed or error))

    def _arrived(self, number: int, now: int, one: Socket) -> None:
        """This runs for each delivery."""
        number -= self._base
        if not one.seat.listens:
            self._heard[one.seat.address] = self._heard.get(one.seat.address, 0) + 1
        elif 0 <= number < len(self._seen):
            one.count += 1
            one.total += number
            self._seen[number] += 1
            self._last[number] = now
            self._arrivals += 1
        else:
            one.count += 1  # of an earlier plan, or of nobody: one too many

    def _said(self, payload: bytes, now: int, one: Socket) -> None:
        number = self._dialect.acknowledged(payload)
        if number is not None:
            self._acknowledged[number - self._base] = now
            self._answers += 1
        elif b'"error"' in payload:
            self._refused.append(payload.decode(errors="replace"))

    def _receipts(self, plan: Plan, expected: list[int], load: Load) -> Receipts:
        of_room: dict[str, tuple[int, int]] = {}
        for number in range(plan.posts):
            room = plan.room_of(number)
            count, total = of_room.get(room, (0, 0))
            of_room[room] = count + 1, total + number
        return Receipts(
            expected,
            self._sent,
            self._last,
            self._seen,
            self._acknowledged,
            heard=self._heard,
            amiss=sum(1 for one in self._listeners if (one.count, one.total) != of_room.get(one.seat.room, (0, 0))),
            closed=self.closed(),
            refused=self._refused,
            loads=[load],
        )


def joined_of(seats: list[tuple[int, Seat]], opened: list[Socket]) -> Joined:
    found = Joined([0] * len(seats), [0] * len(seats))
    for at, one in enumerate(opened):
        found.begun[at], found.joined[at] = one.begun, one.within
        if not one.within or one.closed:
            found.failed[one.place] = one.closed or "not in its room in time"
    for place, _ in seats[len(opened) :]:
        found.failed[place] = "its turn did not come in time"
    return found
