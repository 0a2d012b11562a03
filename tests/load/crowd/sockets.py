"""The sockets of one process of the client: one epoll, one read for each readiness."""

import os
import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns

from tests.load.crowd.frames import CLOSE, PING, PONG, Frame, client_frame, frames, posts
from tests.load.systems import Dialect, Seat

# A close by RST: nothing waits on our side for a minute, and ports do not run out.
NO_LINGER = struct.pack("ii", 1, 0)
# How many readiness events are worked off before the clock is looked at: some 0.3 ms.
EVENTS = 64
BUFFER = 65_536


class Socket:
    """One connection. `count` and `total` of the numbers that it got tell whether each came once."""

    __slots__ = ("asked", "begun", "closed", "count", "place", "rest", "seat", "tcp", "total", "within")

    def __init__(self, place: int, seat: Seat, tcp: socket.socket) -> None:
        self.place = place
        self.seat = seat
        self.tcp = tcp
        self.begun = monotonic_ns()
        self.asked = False
        self.within = 0  # when it was in its room
        self.closed = ""
        self.rest = b""  # of a frame, or of the answer to the handshake
        self.count = 0
        self.total = 0

    def send(self, payload: bytes) -> None:
        """Raises OSError, also where the kernel does not take it all: what we say is little."""
        frame = client_frame(payload)
        if self.tcp.send(frame) != len(frame):
            raise BlockingIOError("a server does not read what is posted")


class Sockets:
    """`arrived(number, now, socket)` is called for each delivery, `said(payload, now, socket)` for any other text."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._poll = select.epoll()
        self._sockets: dict[int, Socket] = {}
        self._buffer = bytearray(BUFFER)
        self._numbers: list[int] = []
        self._others: list[Frame] = []
        self.frames = 0
        self.arrived: Callable[[int, int, Socket], None] = lambda number, now, socket: None
        self.said: Callable[[bytes, int, Socket], None] = lambda payload, now, socket: None

    def watch(self, fd: int) -> None:
        """Something else that turn() shall tell of."""
        self._poll.register(fd, select.EPOLLIN)

    # --- opening and closing ---

    def open(self, place: int, seat: Seat) -> Socket:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one = Socket(place, seat, tcp)
        self._sockets[tcp.fileno()] = one
        with suppress(OSError):  # it is under way, or has failed: turn() will find out
            tcp.connect(seat.address)
        self._poll.register(tcp.fileno(), select.EPOLLOUT)
        return one

    def close_all(self) -> None:
        for one in self._sockets.values():
            one.tcp.close()
        self._sockets.clear()

    def _end(self, fd: int, one: Socket, why: str) -> None:
        one.closed = why
        self._poll.unregister(fd)
        one.tcp.close()
        del self._sockets[fd]

    # --- what there is to do ---

    def turn(self, seconds: float) -> bool:
        """Wait for something to happen, and deal with it. Whether something happened to what is watched besides."""
        watched = False
        for fd, _ in self._poll.poll(max(seconds, 0), EVENTS):
            one = self._sockets.get(fd)
            if one is None:
                watched = True
                continue
            try:
                if one.within:
                    self._read(fd, one)
                elif one.asked:
                    self._join(fd, one)
                else:
                    self._ask(fd, one)
            except (OSError, ValueError) as error:
                self._end(fd, one, str(error))
        return watched

    def _ask(self, fd: int, one: Socket) -> None:
        if error := one.tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        one.tcp.send(self._dialect.request(one.seat))
        one.asked = True
        self._poll.modify(fd, select.EPOLLIN)

    def _join(self, fd: int, one: Socket) -> None:
        part = one.tcp.recv(BUFFER)
        if not part:
            self._end(fd, one, "closed before it was in its room")
            return
        data = one.rest + part
        if data.startswith(b"HTTP/"):
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                one.rest = head
                return
            if b" 101 " not in head[:16]:
                self._end(fd, one, head.partition(b"\r\n")[0].decode(errors="replace"))
                return
            word = self._dialect.opened(one.seat)
            self._answer(one, word)
        self._go_on(fd, one, data)
        if one.within and one.rest:  # what came right behind
            data, one.rest = one.rest, b""
            self._take(fd, one, data, len(data))

    def _go_on(self, fd: int, one: Socket, data: bytes) -> None:
        """Frames before the socket is in its room, and perhaps after the one that lets it in."""
        one.rest = data
        for (opcode, payload), end in frames(data):
            if one.within:
                return
            if opcode == CLOSE:
                self._end(fd, one, f"closed with {int.from_bytes(payload[:2], 'big')}")
                return
            if opcode == PING:
                one.tcp.send(client_frame(payload, PONG))
            else:
                self._answer(one, self._dialect.hear(payload, one.seat))
            one.rest = data[end:]

    def _answer(self, one: Socket, word: bytes | None) -> None:
        if word is None:
            one.within = monotonic_ns()
        elif word:
            one.send(word)

    def _read(self, fd: int, one: Socket) -> None:
        """This runs for each delivery, and what it calls."""
        end = one.tcp.recv_into(self._buffer)
        if not end:
            self._end(fd, one, "closed by the server")
        elif one.rest:
            data = one.rest + self._buffer[:end]
            self._take(fd, one, data, len(data))
        else:
            self._take(fd, one, self._buffer, end)

    def _take(self, fd: int, one: Socket, data: bytes | bytearray, end: int) -> None:
        now = monotonic_ns()
        numbers = self._numbers
        done = posts(data, end, numbers, self._others)
        one.rest = bytes(data[done:end]) if done < end else b""
        for number in numbers:
            self.arrived(number, now, one)
        self.frames += len(numbers)
        numbers.clear()
        if self._others:
            self._deal_with_others(fd, one, now)

    def _deal_with_others(self, fd: int, one: Socket, now: int) -> None:
        others, self._others = self._others, []
        for opcode, payload in others:
            if opcode == CLOSE:
                self._end(fd, one, f"closed with {int.from_bytes(payload[:2], 'big')}")
                return
            if opcode == PING:
                one.tcp.send(client_frame(payload, PONG))
            elif (answer := self._dialect.ping_answer(payload)) is not None:
                one.send(answer)
            else:
                self.said(payload, now, one)
