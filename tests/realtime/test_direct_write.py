"""What a socket is sent takes one system call; where something waits, or the kernel has no room, it waits in order."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from realtime.frames import Frame
from realtime.socket import Socket
from tests.raw_socket import CLOSE, PING, TEXT, Received, frame, frames_of
from tests.realtime.wired import HEAD, Wire, served


async def wait_for_ever(_scope: Any, receive: Any, _send: Any) -> None:
    while True:
        await receive()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Open, with nothing waiting."""
    with Wire(served(wait_for_ever).http_factory.buildProtocol) as wire:
        yield wire.opened()


@pytest.fixture
def socket(wire: Wire) -> Socket:
    return Socket(wire.protocol, keys=frozenset(), slow_reader_bytes=100_000)


def heard(wire: Wire, number: int) -> list[Received]:
    return list(frames_of(wire.hears(number)))


def everything(wire: Wire) -> Iterator[Received]:
    """What the client hears while our side writes whatever waits."""
    wire.client.setblocking(False)
    parts = []
    while wire.reactor.writers:
        wire.turn()
        try:
            while part := wire.client.recv(2**20):
                parts.append(part)
        except BlockingIOError:
            continue
    return frames_of(b"".join(parts))


# --- nothing waits ---


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
async def test_a_frame_is_one_system_call(wire: Wire, socket: Socket, length: int) -> None:
    socket.deliver(Frame("x" * length))
    assert len(wire.kernel.sent) == 1
    assert wire.reactor.writers == set()
    assert heard(wire, wire.kernel.sent[0]) == [Received(TEXT, b"x" * length)]
    assert socket.closed is False


async def test_so_is_an_answer_of_ours_and_a_ping_of_autobahns(wire: Wire, socket: Socket) -> None:
    socket.write("hola")
    wire.protocol._sendAutoPing()
    assert len(wire.kernel.sent) == 2
    assert [said.opcode for said in heard(wire, sum(wire.kernel.sent))] == [TEXT, PING]


async def test_many_get_the_same_bytes() -> None:
    make = served(wait_for_ever).http_factory.buildProtocol
    shared = Frame("ñandú")
    with Wire(make) as one, Wire(make) as other:
        for wire in (one.opened(), other.opened()):
            assert wire.protocol.write_at_once(shared)
            assert heard(wire, 9) == [Received(TEXT, "ñandú".encode())]
            assert wire.kernel.asked[0] is shared.message


# --- the kernel has little room, or none ---


async def test_what_the_kernel_does_not_take_follows_in_order(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 5
    for text in ("one", "two", "three"):
        socket.deliver(Frame(text))
    assert wire.kernel.sent == [5]
    assert wire.protocol.waiting() == len("..two") + len("..three")
    wire.kernel.room = 2**30
    assert [said.payload for said in everything(wire)] == [b"one", b"two", b"three"]
    assert wire.kernel.sent == [5, 12]


async def test_a_frame_cut_in_the_middle_arrives_whole(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 3
    socket.deliver(Frame("hola"))
    assert wire.protocol.waiting() == 3
    wire.kernel.room = 2**30
    assert list(everything(wire)) == [Received(TEXT, b"hola")]


async def test_what_is_left_of_a_turn_goes_first(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 1
    socket.deliver(Frame("one"))
    wire.kernel.room = 2
    wire.turn()
    assert wire.protocol.waiting() == 2
    wire.kernel.room = 2**30
    socket.deliver(Frame("two"))
    assert [said.payload for said in everything(wire)] == [b"one", b"two"]


async def test_a_full_kernel_takes_nothing_and_nothing_is_lost(wire: Wire, socket: Socket) -> None:
    """A real one: until it has no room, then a while longer, and the reader wakes up."""
    number = 0
    while not wire.protocol.waiting():
        socket.deliver(Frame(f"{number:06}" * 1000))
        number += 1
    for later in range(number, number + 10):
        socket.deliver(Frame(f"{later:06}" * 1000))
    assert socket.closed is False
    assert [said.payload[:6] for said in everything(wire)] == [b"%06d" % at for at in range(number + 10)]


async def test_when_nothing_waits_any_more_it_is_one_system_call_again(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 0
    socket.deliver(Frame("one"))
    assert wire.kernel.sent == []
    wire.kernel.room = 2**30
    assert [said.payload for said in everything(wire)] == [b"one"]
    wire.kernel.sent.clear()
    socket.deliver(Frame("two"))
    assert (len(wire.kernel.sent), wire.reactor.writers) == (1, set())


async def test_what_waits_counts_against_a_slow_reader(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 0
    for _ in range(11):
        socket.deliver(Frame("x" * 9_990))
    assert socket.closed
    wire.kernel.room = 2**30
    *texts, last = everything(wire)
    assert (len(texts), last.close_code) == (10, 4408)


async def test_who_has_read_everything_is_not_slow(wire: Wire, socket: Socket) -> None:
    socket.deliver(Frame("x" * 150_000))
    assert socket.closed is False


# --- order ---


async def test_a_close_frame_comes_after_what_was_written_and_nothing_after_it(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 3
    socket.deliver(Frame("one"))
    wire.protocol._sendAutoPing()
    wire.kernel.room = 2**30
    socket.deliver(Frame("two"))  # there is room now, but something waits
    socket.close(4403)
    socket.deliver(Frame("three"))
    wire.protocol.write("four")
    said = list(everything(wire))
    assert [one.opcode for one in said] == [TEXT, PING, TEXT, CLOSE]
    assert said[-1].close_code == 4403


async def test_a_ping_is_answered_between_two_frames(wire: Wire, socket: Socket) -> None:
    socket.deliver(Frame("one"))
    wire.says(frame(b"there?", opcode=PING))
    socket.deliver(Frame("two"))
    assert [said.payload for said in heard(wire, sum(wire.kernel.sent))] == [b"one", b"there?", b"two"]


# --- not open ---


async def test_in_its_handshake_a_socket_is_sent_nothing() -> None:
    with Wire(served(wait_for_ever).http_factory.buildProtocol) as wire:
        wire.says(HEAD)
        socket = Socket(wire.protocol, keys=frozenset(), slow_reader_bytes=1000)
        socket.deliver(Frame("too early"))
        socket.write("too early")
        assert (wire.kernel.sent, wire.protocol.waiting()) == ([], 0)
        wire.protocol.serverAccept()
        assert wire.hears_head().endswith(b"\r\n\r\n")
        socket.deliver(Frame("now"))
        assert heard(wire, 5) == [Received(TEXT, b"now")]


@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionResetError])
async def test_that_the_other_end_is_gone_is_found_by_twisted(wire: Wire, socket: Socket, error: type[OSError]) -> None:
    protocol = wire.protocol
    wire.kernel.error = error(error.__doc__, "gone")
    socket.deliver(Frame("one"))
    assert socket.closed is False
    assert wire.transport in wire.reactor.writers
    wire.turn()
    assert wire.transport.connected == 0
    assert "disconnected" in protocol.server.connections[protocol]
    socket.deliver(Frame("two"))
    assert wire.kernel.sent == []


async def test_a_connection_that_is_being_closed_sends_what_waits_and_no_more(wire: Wire, socket: Socket) -> None:
    wire.kernel.room = 3
    socket.deliver(Frame("one"))
    wire.kernel.room = 2**30
    wire.transport.loseConnection()
    socket.deliver(Frame("two"))
    assert [said.payload for said in everything(wire)] == [b"one", b"two"]
    assert wire.transport.connected == 0


async def test_a_connection_that_is_being_closed_is_left_to_twisted(wire: Wire, socket: Socket) -> None:
    wire.transport.loseConnection()
    socket.deliver(Frame("one"))
    assert wire.kernel.asked == []
    assert [said.payload for said in everything(wire)] == [b"one"]


async def test_a_connection_that_was_dropped_is_sent_nothing(wire: Wire, socket: Socket) -> None:
    wire.protocol.dropConnection(abort=True)
    socket.deliver(Frame("one"))
    assert wire.kernel.sent == []
