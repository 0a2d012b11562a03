"""Every close code that a client can meet, but for those of a handshake and of bad input (tests of their own)."""

import secrets
import socket
from uuid import uuid4

import pytest

from accounts.models import User
from chat.models import Room
from tests.conftest import StartWorker
from tests.people import browser_of
from tests.rooms import fill, say
from tests.waiting import DEADLINE, until
from tests.wire import Sockets
from tests.workers import ORIGIN, Worker

# --- 1012 ---


def test_a_worker_that_leaves_says_so_to_everyone(
    sockets: Sockets, start_worker: StartWorker, ana: User, token: str, lobby: Room
) -> None:
    leaving = start_worker()
    there = sockets.on(leaving)
    chats = [there.typed(ana, room="lobby"), there.plain(ana, "lobby"), there.echo(), there.typed(token=token)]
    assert leaving.stop() == 0
    assert [chat.close_code() for chat in chats] == [1012] * 4


def test_what_was_acknowledged_outlives_the_worker(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker()
    chat = sockets.on(leaving).typed(ana)
    for number in range(50):
        chat.send({"type": "post", "id": number, "room": "lobby", "client_id": str(uuid4()), "body": f"{number}"})
    first = chat.next()
    leaving.process.terminate()
    assert chat.close_code() == 1012
    assert leaving.wait() == 0
    acknowledged = {frame["seq"] for frame in [first, *chat.kept()] if frame["type"] == "ack"}
    assert acknowledged
    log = sockets.typed(ana).subscribe("lobby", since=1)["events"]
    assert acknowledged <= {event["seq"] for event in log}
    assert [event["seq"] for event in log] == list(range(2, len(log) + 2))


def test_every_handler_has_run_when_a_worker_leaves(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker()
    there = sockets.on(leaving)
    for _ in range(3):
        there.typed(ana, room="lobby")
    leaving.stop()
    closed = [record for record in leaving.records() if record["message"] == "socket closed"]
    assert len(closed) == 3
    assert leaving.complaints() == []


# --- 4408 ---


class SlowReader:
    """A browser whose tab sleeps: it says what it says, and reads nothing until it is asked to."""

    def __init__(self, worker: Worker, user: User, said: list[bytes]) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(DEADLINE)
        # Set by hand, so that the kernel does not take in tens of megabytes for us.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self._socket.connect(("127.0.0.1", worker.port))
        self._socket.sendall(self._handshake(browser_of(user).cookie))
        for text in said:
            self._socket.sendall(frame(text))

    def _handshake(self, cookie: str) -> bytes:
        lines = [
            "GET /ws/chat/ HTTP/1.1",
            "Host: localhost",
            f"Origin: {ORIGIN}",
            f"Cookie: {cookie}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: chat.v1",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def wakes_up(self) -> int:
        """Reads whatever was sent, to the end; the code with which it was closed."""
        received = bytearray()
        while received[-4:-2] != bytes([0x88, 2]):
            part = self._socket.recv(2**20)
            assert part, "the connection ended without a code"
            received += part
        return int.from_bytes(received[-2:], "big")

    def close(self) -> None:
        self._socket.close()


def frame(text: bytes) -> bytes:
    """One masked text frame, short enough for the simplest header."""
    assert len(text) < 126
    mask = secrets.token_bytes(4)
    return bytes([0x81, 0x80 | len(text)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))


def test_who_reads_too_slowly_is_closed_and_nobody_waits_for_them(
    worker: Worker, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    head = fill(lobby, ana, 50, body="x" * 4000)
    bertos = sockets.typed(berto, room="lobby")
    # Each subscription is answered with 400 kilobytes: together more than the buffers between us hold.
    asks = [b'{"type":"subscribe","id":%d,"room":"lobby","since":%d}' % (number, head - 50) for number in range(40)]
    slow = SlowReader(worker, ana, asks)
    try:
        until(lambda: any(record["message"] == "closing a slow reader" for record in worker.records()))
        assert slow.wakes_up() == 4408
    finally:
        slow.close()
    seq = say(ana, "lobby", "hola")
    assert bertos.event()["seq"] == seq


# --- 1000 ---


@pytest.mark.parametrize("typed", [True, False])
def test_who_leaves_by_themselves_is_let_go(sockets: Sockets, ana: User, typed: bool) -> None:
    chat = sockets.open("/ws/chat/", user=ana, typed=typed)
    chat.close()
    assert chat.connection.close_code == 1000
