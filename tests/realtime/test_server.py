"""What one connection does, or its application, keeps the server from looking after no other."""

import asyncio
from typing import Any

import pytest

from realtime import daphne_protocol
from tests.raw_socket import CLOSE, frame
from tests.realtime.doubles import happens
from tests.realtime.wired import HEAD, Wire, served


async def wait_for_ever(_scope: Any, _receive: Any, _send: Any) -> None:
    await asyncio.Event().wait()


async def fail(_scope: Any, _receive: Any, _send: Any) -> None:
    raise ValueError("a fault of the application's")


async def test_an_application_that_accepts_what_was_not_offered_refuses() -> None:
    server = served(wait_for_ever)
    with Wire(server.http_factory.buildProtocol) as wire:
        wire.says(HEAD)
        wire.protocol.serverAccept("chat.v1")
        assert wire.hears_head().startswith(b"HTTP/1.1 403 ")
        wire.protocol.check_timeouts()


async def test_timeouts_that_cannot_be_looked_at_end_their_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    with Wire(served(wait_for_ever).http_factory.buildProtocol) as wire:
        wire.opened().protocol.last_ping = None
        wire.protocol.check_timeouts()
        assert "could not be checked" in caplog.text
        assert wire.transport.disconnecting or wire.transport._aborting


@pytest.mark.parametrize("told", [True, False])
async def test_an_application_that_fails_is_let_go_of_even_if_nobody_can_be_told(
    told: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if not told:
        monkeypatch.setattr(daphne_protocol.WebSocketProtocol, "handle_exception", lambda _, error: 1 / 0)
    server = served(fail)
    with Wire(server.http_factory.buildProtocol) as wire:
        wire.says(HEAD)
        [details] = server.connections.values()
        await happens(lambda: "application_instance" not in details)
        assert ("could not be told" in caplog.text) == (not told)
        if told:
            assert wire.hears_head().startswith(b"HTTP/1.1 500 ")


async def test_who_says_goodbye_and_does_not_read_is_not_waited_for_without_end() -> None:
    with Wire(served(wait_for_ever).http_factory.buildProtocol) as wire:
        wire.opened().kernel.room = 0
        wire.protocol.write("never read")
        wire.says(frame((1000).to_bytes(2, "big"), opcode=CLOSE))
        assert wire.transport.abortConnection in [call.func for call in wire.reactor.put_off]


async def test_who_says_goodbye_and_has_read_everything_is_let_go_at_once() -> None:
    with Wire(served(wait_for_ever).http_factory.buildProtocol) as wire:
        wire.opened()
        wire.says(frame((1000).to_bytes(2, "big"), opcode=CLOSE))
        assert wire.transport.abortConnection not in [call.func for call in wire.reactor.put_off]


async def test_what_the_application_does_not_take_is_left_to_the_kernel_by_its_size() -> None:
    received: list[dict[str, Any]] = []
    free = asyncio.Event()

    async def take_when_free(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        await free.wait()
        while True:
            received.append(await receive())

    with Wire(served(take_when_free).http_factory.buildProtocol) as wire:
        wire.opened()
        await asyncio.sleep(0)
        for _ in range(2):
            wire.client.sendall(frame(b"x" * 40_000))
        while wire.transport in wire.reactor.readers:
            wire.transport.doRead()
        assert wire.protocol.application_queue.qsize() <= 2
        free.set()
        await happens(lambda: len(received) == 2)
        assert wire.transport in wire.reactor.readers
