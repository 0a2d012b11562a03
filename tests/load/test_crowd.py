"""The client counts what arrives, and what does not or twice is a failure of the run."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from tests.load.crowd import Crowd, Lost
from tests.load.crowd.frames import CLOSE, PING, PONG
from tests.load.systems import Seat
from tests.load.systems.peers import PlainDialect
from tests.raw_socket import frame
from tests.waiting import until


class Server:
    """Lets everybody in and sends what is posted to all others. `copies(number, place)`: how many of a post a socket
    gets, the sockets counted from 0."""

    def __init__(self, copies: Callable[[int, int], int] = lambda number, place: 1) -> None:
        self._copies = copies
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._joined: list[socket.socket] = []
        self._posts = 0
        self._lock = threading.Lock()
        self.pongs: list[bytes] = []
        self.address: tuple[str, int] = self._listener.getsockname()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """After the client has gone."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def say(self, *frames: bytes) -> None:
        """To the first who joined."""
        self._joined[0].sendall(b"".join(frames))

    def _accept(self) -> None:
        with suppress(OSError), self._listener:
            while True:
                one, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(one,)))
                self._threads[-1].start()

    def _serve(self, one: socket.socket) -> None:
        with suppress(OSError), one:
            assert one.recv(65_536).endswith(b"\r\n\r\n")
            one.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
            while part := one.recv(65_536):
                for opcode, payload in said_in(part):
                    with self._lock:
                        self._take(one, opcode, payload)

    def _take(self, one: socket.socket, opcode: int, payload: bytes) -> None:
        if opcode == PONG:
            self.pongs.append(payload)
        elif payload.startswith(b'{"join"'):
            self._joined.append(one)
            one.sendall(frame(b'{"joined":"here"}', masked=False))
        else:
            for place, other in enumerate(self._joined):
                with suppress(OSError):  # it has gone
                    other.sendall(frame(payload, masked=False) * self._copies(self._posts, place))
            self._posts += 1


def said_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of whole frames, which the client masks with zeros."""
    while data:
        length, start = (data[1] & 0x7F, 6) if data[1] & 0x7F < 126 else (int.from_bytes(data[2:4], "big"), 8)
        yield data[0] & 0x0F, data[start : start + length]
        data = data[start + length :]


@contextmanager
def crowd_at(server: Server, sockets: int = 3, processes: int = 1) -> Iterator[Crowd]:
    seats = [Seat(server.address, "here") for _ in range(sockets)]
    with closing(server), Crowd(PlainDialect(), processes=processes) as crowd:
        joined = crowd.connect([*seats, Seat(server.address, "here", listens=False)])
        assert all(begun <= within for begun, within in zip(joined.begun, joined.joined, strict=True))
        yield crowd


@pytest.mark.parametrize("processes", [1, 2])
def test_each_delivery_is_counted_and_timed(processes: int) -> None:
    with crowd_at(Server(), processes=processes) as crowd:
        for _ in range(2):
            receipts = crowd.post(5, gap=0.001)
            receipts.check()
            assert (receipts.expected, receipts.seen) == ([3] * 5, [3] * 5)
            assert all(0 < sent < last for sent, last in zip(receipts.sent, receipts.last, strict=True))
            assert len(receipts.to_the_last()) == 5
            assert len(receipts.loads) == processes
            assert sum(load.frames for load in receipts.loads) == 15


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        (
            lambda number, place: 0 if (number, place) == (1, 2) else 1,
            "1 of 12 deliveries missing, 0 doubled, 1 sockets",
        ),
        (
            lambda number, place: 2 if (number, place) == (3, 2) else 1,
            "0 of 12 deliveries missing, 1 doubled, 1 sockets",
        ),
        # Each post reached as many as it should have, and still two sockets miss one.
        (
            lambda number, place: {(1, 0): 0, (1, 1): 2, (2, 0): 2, (2, 1): 0}.get((number, place), 1),
            "0 of 12 deliveries missing, 0 doubled, 2 sockets",
        ),
    ],
)
def test_what_is_lost_or_doubled_fails(copies: Callable[[int, int], int], said: str) -> None:
    with crowd_at(Server(copies)) as crowd:
        receipts = crowd.post(4, gap=0.001, patience=0.5)
        with pytest.raises(Lost, match=said):
            receipts.check()


def test_a_socket_that_the_server_closes_fails() -> None:
    server = Server()
    with crowd_at(server) as crowd:
        server.say(frame((1000).to_bytes(2, "big"), opcode=CLOSE, masked=False))
        receipts = crowd.post(2, gap=0.001, patience=0.5)
        with pytest.raises(Lost, match=r"2 of 6 deliveries missing.* 1 sockets closed"):
            receipts.check()


def test_pings_are_answered_while_nothing_is_asked_for() -> None:
    server = Server()
    with crowd_at(server) as crowd:
        server.say(frame(b"there?", opcode=PING, masked=False))
        crowd.post(1, gap=0.001).check()
        assert server.pongs == [b"there?"]


def test_a_process_of_the_client_that_hangs_or_dies_is_told_of() -> None:
    with Crowd(PlainDialect(), processes=2) as crowd:
        crowd.close()
        os.kill(crowd.pids[1], signal.SIGSTOP)
        crowd.spare = 0.0
        with pytest.raises(Lost, match="did not answer when it was told to close"):
            crowd.close()
        os.kill(crowd.pids[1], signal.SIGKILL)
        until(lambda: not crowd.alive)
        with pytest.raises(Lost, match="ended when it was told to close"):
            crowd.close()


def test_a_limit_of_open_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 256))
    seats = [Seat(("127.0.0.1", 1 + at % 2), "here") for at in range(160)]
    with Crowd(PlainDialect(), processes=2) as crowd:
        assert len(crowd.connect(seats, failures=True).failed) == 160, "80 at each address fit"
        with pytest.raises(Lost, match=r"260 open files, and 256 is the limit here \(`ulimit -Hn`\)"):
            crowd.connect(seats)


def test_who_is_not_let_in_is_told_of() -> None:
    nobody = socket.create_server(("127.0.0.1", 0))
    address = nobody.getsockname()
    nobody.close()
    with Crowd(PlainDialect()) as crowd:
        with pytest.raises(Lost, match=r"1 of 1 sockets did not come in; number 0: .*refused"):
            crowd.connect([Seat(address, "here")])
        joined = crowd.connect([Seat(address, "here")], failures=True)
        assert list(joined.failed) == [0]
