"""One connection: its bounds, and the write."""

import asyncio
from typing import Any

from realtime.frames import Frame
from realtime.socket import QueuedTransport, Socket
from tests.realtime.doubles import Notebook, happens


def socket_of(notebook: Notebook) -> Socket:
    return Socket(notebook, keys=frozenset({"user:1"}), slow_reader_bytes=100)


def test_what_is_written_is_sent() -> None:
    notebook = Notebook()
    socket_of(notebook).write("hola")
    assert notebook.written == ["hola"]


def test_up_to_the_bound_may_wait() -> None:
    notebook = Notebook()
    notebook.backlog = 96
    socket_of(notebook).write("hola")
    assert (notebook.written, notebook.code) == (["hola"], None)


def test_who_has_read_everything_may_be_sent_much() -> None:
    notebook = Notebook()
    socket_of(notebook).write("x" * 1000)
    assert (len(notebook.written), notebook.code) == (1, None)


def test_beyond_the_bound_it_is_closed() -> None:
    notebook = Notebook()
    notebook.backlog = 97
    socket = socket_of(notebook)
    socket.write("hola")
    assert (notebook.written, notebook.code, socket.closed) == ([], 4408, True)


def test_after_the_end_nothing_is_sent_and_nothing_is_closed_again() -> None:
    notebook = Notebook()
    socket = socket_of(notebook)
    socket.close(4401)
    socket.close(4403)
    socket.write("hola")
    assert (notebook.written, notebook.code) == ([], 4401)


def test_a_broken_connection_raises_nothing() -> None:
    notebook = Notebook()
    notebook.broken = True
    socket = socket_of(notebook)
    socket.write("hola")
    assert socket.closed


# --- through ASGI's send ---


async def test_what_is_queued_is_sent_in_order() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    transport = QueuedTransport(send)
    transport.write("one")
    transport.write("two")
    transport.close(4401)
    assert transport.waiting() == 6
    await happens(lambda: len(sent) == 3)
    assert [message.get("text") for message in sent] == ["one", "two", None]
    assert sent[-1] == {"type": "websocket.close", "code": 4401}
    assert transport.waiting() == 0


async def test_what_a_slow_connection_did_not_take_is_counted() -> None:
    gate = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        await gate.wait()

    socket = Socket(transport := QueuedTransport(send), keys=frozenset(), slow_reader_bytes=10)
    for _ in range(5):
        socket.write("xxxx")
    assert socket.closed
    assert transport.waiting() == 8
    gate.set()
    await happens(lambda: transport.waiting() == 0)


async def test_who_has_left_is_sent_nothing_more_and_nothing_is_counted() -> None:
    """Other servers raise where a client has left, each something of its own."""
    asked: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        asked.append(message)
        raise OSError("the client has left")

    socket = Socket(transport := QueuedTransport(send), keys=frozenset(), slow_reader_bytes=10)
    socket.write("one")
    socket.write("two")
    await happens(lambda: asked)
    await happens(lambda: transport.waiting() == 0)
    for _ in range(5):
        socket.write("three")
    socket.close(4401)
    await asyncio.sleep(0)
    assert (len(asked), transport.waiting()) == (1, 0)


# --- a frame for many ---


class QuickNotebook(Notebook):
    """A transport with a shorter way, which is open while nothing waits."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[str] = []

    def write_at_once(self, frame: Frame) -> bool:
        if not self.backlog:
            self.at_once.append(frame.text)
        return not self.backlog


def test_the_short_way_is_taken_while_nothing_waits() -> None:
    notebook = QuickNotebook()
    socket = socket_of(notebook)
    socket.deliver(Frame("one"))
    notebook.backlog = 50
    socket.deliver(Frame("two"))
    assert (notebook.at_once, notebook.written) == (["one"], ["two"])
    notebook.backlog = 98
    socket.deliver(Frame("three"))
    assert (notebook.written, notebook.code) == (["two"], 4408)


def test_after_the_end_a_frame_for_many_is_not_for_this_one() -> None:
    notebook = QuickNotebook()
    socket = socket_of(notebook)
    socket.close(4401)
    socket.deliver(Frame("one"))
    assert (notebook.at_once, notebook.written) == ([], [])
