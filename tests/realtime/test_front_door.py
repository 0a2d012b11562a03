"""Who meets a connection first: it is handed over with its first bytes, and let go if there are none."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet.protocol import Protocol

from realtime import front_door
from realtime.daphne_protocol import WebSocketProtocol
from realtime.front_door import FrontDoor, Visitor
from tests.realtime.wired import HEAD, Wire, served


class Host(Protocol):
    """A protocol that writes down what it is handed."""

    def __init__(self) -> None:
        self.handed: list[Any] = []

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.handed.append(data)

    def take_up(self, request: Any, rest: bytes) -> None:
        self.handed.append((request.path, rest))


class House:
    """A door with somebody behind it on either side."""

    def __init__(self) -> None:
        self.daphne, self.websockets = Host(), Host()
        self.door = FrontDoor(daphne=lambda _: self.daphne, websockets=lambda _: self.websockets, seconds=60)


@pytest.fixture
def house() -> House:
    return House()


def test_a_request_for_a_websocket_is_handed_over_with_what_follows_it(house: House) -> None:
    with Wire(house.door.meet) as wire:
        wire.says(HEAD + b"and more")
        assert wire.protocol is house.websockets
        wire.says(b"and still more")
    assert house.websockets.handed == [("/ws/chat/", b"and more"), b"and still more"]
    assert (house.daphne.handed, house.door.silent) == ([], {})


def test_anything_else_is_daphnes(house: House) -> None:
    with Wire(house.door.meet) as wire:
        wire.says(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert wire.protocol is house.daphne
        wire.says(HEAD)  # on the same connection, as from a proxy that keeps some: Daphne goes on with it
    assert house.daphne.handed == [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", HEAD]
    assert (house.websockets.handed, house.door.silent) == ([], {})


def test_who_says_nothing_is_let_go_after_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(front_door, "monotonic", lambda: now)
    with Wire(house.door.meet) as early, Wire(house.door.meet) as speaks:
        now += 30
        with Wire(house.door.meet) as late:
            speaks.says(HEAD)
            now += 29
            house.door.let_the_silent_go()
            assert not early.transport._aborting
            now += 2
            house.door.let_the_silent_go()
            assert early.transport._aborting
            assert not late.transport._aborting
            assert not speaks.transport._aborting


def test_who_leaves_without_a_word_is_forgotten(house: House) -> None:
    with Wire(house.door.meet) as wire:
        assert [type(visitor) for visitor in house.door.silent] == [Visitor]
        wire.close()
        assert house.door.silent == {}


# --- what a connection is like behind it ---


async def idle(_scope: Any, receive: Any, _send: Any) -> None:
    while True:
        await receive()


async def test_each_connection_begins_as_autobahn_would_have_it() -> None:
    """What autobahn sets on each connection is the class's here; nothing of it may be missing or another."""
    server = served(idle)
    autobahns = DaphneProtocol()
    autobahns.factory = server.ws_factory
    autobahns._connectionMade()
    ours = server.ws_factory.buildProtocol(None)
    assert isinstance(ours, WebSocketProtocol)
    per_connection = {"is_open", "is_closed", "trafficStats", "utf8validator", "send_queue", "_transport_details"}
    for name, value in vars(autobahns).items():
        if name not in per_connection:
            assert getattr(ours, name) == value, name
    assert set(vars(ours)) <= {"factory"}


async def test_nothing_of_one_connection_is_anothers() -> None:
    make = served(idle).http_factory.buildProtocol
    with Wire(make) as one, Wire(make) as other:
        one.opened()
        other.opened()
        before = {name: value for name, value in vars(type(other.protocol)).items() if name != "trafficStats"}
        one.says(b"\x81\x85\x00\x00\x00\x00hol")
        assert one.protocol.data or one.protocol.current_frame is not None
        assert (other.protocol.data, other.protocol.current_frame) == (b"", None)
        assert one.protocol.utf8validator is not other.protocol.utf8validator
        one.says(b"a!")
        one.protocol.close(4403)
        assert (one.protocol.state, other.protocol.state) == (
            WebSocketProtocol.STATE_CLOSING,
            WebSocketProtocol.STATE_OPEN,
        )
        assert {name: vars(type(other.protocol))[name] for name in before} == before


async def test_no_copy_of_the_head_outlives_the_handshake() -> None:
    server = served(idle)
    for make in (server.http_factory.buildProtocol, server._door.daphne):
        with Wire(make) as wire:
            wire.opened()
            assert wire.protocol.state == WebSocketProtocol.STATE_OPEN
            kept = vars(wire.protocol)
            assert kept.keys() & {"http_request_data", "http_headers", "http_response_data", "_wskey"} == set()
            assert [
                name for name, value in kept.items() if isinstance(value, str | bytes) and "Sec-" in str(value)
            ] == []


async def test_who_talks_before_being_let_in_is_heard_afterwards() -> None:
    server = served(idle)
    with Wire(server.http_factory.buildProtocol) as wire:
        hola = b"\x81\x84\x00\x00\x00\x00hola"
        wire.says(HEAD + hola)
        wire.says(hola)
        mailbox = wire.protocol.application_queue
        assert mailbox.qsize() == 1
        wire.protocol.serverAccept()
        assert mailbox.qsize() == 3


async def test_who_talks_too_much_before_being_let_in_is_left_to_the_kernel() -> None:
    server = served(idle)
    with Wire(server.http_factory.buildProtocol) as wire:
        wire.says(HEAD)
        while wire.transport in wire.reactor.readers:
            wire.says(b"\x82\xfe\x40\x00\x00\x00\x00\x00" + b"x" * 0x4000)
        assert 65_536 < len(wire.protocol.data) < 200_000
        while not wire.protocol.application_queue.empty():
            await wire.protocol.application_queue.get()
        wire.protocol.serverAccept()
        assert wire.transport in wire.reactor.readers


async def test_nothing_is_left_for_the_collector() -> None:
    """A handshake and a goodbye leave no cycle: what they made goes at once."""
    server = served(idle)
    gc.disable()
    try:
        with Wire(server.http_factory.buildProtocol) as wire:
            wire.opened()
            left = [weakref.ref(wire.transport), weakref.ref(wire.protocol)]
        del wire
        [connection] = server.connections.values()
        server.connections.clear()  # as Daphne does every second, with those that have ended
        connection["application_instance"].cancel()
        await asyncio.wait({connection.pop("application_instance")})
        assert [reference() for reference in left] == [None, None]
    finally:
        gc.enable()
