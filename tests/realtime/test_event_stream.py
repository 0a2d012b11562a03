"""An HTTP response as a transport: when it begins, how it ends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from realtime.event_stream import NORMAL, DaphneResponse, EventStream, sse_frame
from realtime.frames import Frame
from realtime.server import TRANSPORT
from realtime.socket import Socket
from tests.realtime.doubles import happens
from tests.realtime.wired import Wire, served


class Notes:
    """A response that writes down what it is to send."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.ended = False

    def write(self, text: str) -> None:
        self.written.append(text)

    def write_at_once(self, frame: Frame) -> bool:
        self.written.append(frame.text)
        return True

    def end(self) -> None:
        self.ended = True

    def waiting(self) -> int:
        return 3


def test_an_event_may_have_a_name_and_a_number() -> None:
    assert sse_frame("{}") == "data: {}\n\n"
    assert sse_frame("{}", event="close") == "event: close\ndata: {}\n\n"
    assert sse_frame("{}", seq=0) == "id: 0\ndata: {}\n\n"


def test_the_last_frame_says_the_code() -> None:
    stream = EventStream(notes := Notes())
    stream.write("data: 1\n\n")
    stream.close(4408)
    assert notes.written == ["data: 1\n\n", 'event: close\ndata: {"code":4408}\n\n']
    assert (notes.ended, stream.waiting()) == (True, 3)


def test_an_end_that_was_announced_says_nothing_more() -> None:
    stream = EventStream(notes := Notes())
    stream.write("data: 1\n\n")
    stream.close(NORMAL)
    assert (notes.written, notes.ended) == (["data: 1\n\n"], True)


def test_what_has_not_begun_sends_nothing_and_knows_why_it_was_closed() -> None:
    stream = EventStream(notes := Notes())
    stream.close(4401)
    assert (notes.written, notes.ended, stream.begun, stream.code) == ([], False, False, 4401)


class LostRequest:
    """Daphne's request whose client left before it was looked at."""

    channel = None
    chunked = 0

    def __init__(self) -> None:
        self.responseHeaders = self

    def setRawHeaders(self, name: bytes, values: list[bytes]) -> None:  # noqa: N802 - Twisted's name
        """Nobody will see it."""

    def handle_reply(self, message: dict[str, Any]) -> None:
        """As Daphne does where there is no channel."""


async def test_who_has_left_is_written_to_in_vain() -> None:
    response = DaphneResponse(LostRequest())
    response.write("data: 1\n\n")
    response.end()
    assert response.waiting() == 0


# --- through Daphne, with one system call ---


@pytest.fixture
async def stream() -> AsyncIterator[tuple[Wire, Socket]]:
    """A stream that has begun, with nothing waiting, and the connection under it."""
    requests: list[Any] = []

    async def application(scope: dict[str, Any], receive: Any, _send: Any) -> None:
        requests.append(scope["extensions"][TRANSPORT])
        while True:
            await receive()

    with Wire(served(application).http_factory.buildProtocol) as wire:
        wire.says(b"GET /sse/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await happens(lambda: requests)
        socket = Socket(EventStream(DaphneResponse(requests[0])), keys=frozenset(), slow_reader_bytes=1000)
        socket.deliver(Frame("data: 1\n\n"))  # the first one goes with the head
        wire.turn()
        assert b"Transfer-Encoding: chunked" in wire.hears_head()
        assert wire.hears(14) == b"9\r\ndata: 1\n\n\r\n"
        wire.kernel.sent.clear()
        yield wire, socket


async def test_an_event_is_one_system_call(stream: tuple[Wire, Socket]) -> None:
    wire, socket = stream
    socket.deliver(Frame("data: 22\n\n"))
    assert (wire.kernel.sent, wire.reactor.writers) == ([15], set())
    assert wire.hears(15) == b"a\r\ndata: 22\n\n\r\n"


async def test_what_waits_goes_before_the_next_event(stream: tuple[Wire, Socket]) -> None:
    wire, socket = stream
    wire.kernel.room = 2
    socket.deliver(Frame("data: 2\n\n"))
    socket.write(":\n\n")
    wire.kernel.room = 2**30
    socket.deliver(Frame("data: 3\n\n"))
    assert wire.kernel.sent == [2]
    wire.turn()
    expected = b"9\r\ndata: 2\n\n\r\n3\r\n:\n\n\r\n9\r\ndata: 3\n\n\r\n"
    assert wire.hears(len(expected)) == expected


async def test_after_its_end_there_is_no_event(stream: tuple[Wire, Socket]) -> None:
    wire, socket = stream
    socket.close(NORMAL)
    socket.deliver(Frame("data: 2\n\n"))
    while wire.reactor.writers:
        wire.turn()
    assert wire.hears(5) == b"0\r\n\r\n"
    assert wire.transport.connected == 0


async def test_who_has_left_is_not_written_to(stream: tuple[Wire, Socket]) -> None:
    wire, socket = stream
    wire.close()
    socket.deliver(Frame("data: 2\n\n"))
    assert wire.kernel.sent == []
    assert socket.closed is False  # its own disconnect follows
