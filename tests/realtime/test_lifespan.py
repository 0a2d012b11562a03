"""The drain under a server that is not ours: what it is told, in which order, and who comes meanwhile."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from pytest_django import Settings

from realtime.lifespan import LeavingRefusal, Lifespan
from realtime.relay import get_relay
from realtime.socket import Socket
from tests.realtime.doubles import Notebook, happens
from tests.waiting import DEADLINE


@pytest.fixture
def server() -> Iterator[list[int]]:
    """The signals that came through to a server with handlers of its own."""
    received: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda number, _: received.append(number)) for number in numbers]
    yield received
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@asynccontextmanager
async def started() -> AsyncIterator[None]:
    """From the startup to the shutdown."""
    application: Any = ApplicationCommunicator(Lifespan(), {"type": "lifespan"})  # type: ignore[no-untyped-call]
    for moment in ("startup", "shutdown"):
        await application.send_input({"type": f"lifespan.{moment}"})
        assert await application.receive_output(DEADLINE) == {"type": f"lifespan.{moment}.complete"}
        if moment == "startup":
            yield
    await application.wait(DEADLINE)


async def attached(number: int) -> list[Notebook]:
    """Sockets of nobody, which are told when to come back."""
    notebooks = [Notebook() for _ in range(number)]
    for notebook in notebooks:
        socket = Socket(notebook, keys=frozenset(), slow_reader_bytes=1000)
        socket.farewell = str
        await get_relay().attach(socket)
    return notebooks


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_server_hears_of_it_when_everybody_was_seen_off(
    server: list[int], settings: Settings, number: int
) -> None:
    settings.DRAIN_SECONDS = 0 if number == signal.SIGTERM else 600
    async with started():
        notebooks = await attached(3)
        os.kill(os.getpid(), number)
        await happens(lambda: bool(server))
        assert [notebook.code for notebook in notebooks] == [1012] * 3
        assert all(len(notebook.written) == 1 for notebook in notebooks)
    assert server == [number]


async def test_a_second_signal_hurries_and_a_third_is_the_servers(server: list[int], settings: Settings) -> None:
    settings.DRAIN_SECONDS = 600
    async with started():
        notebooks = await attached(3)
        os.kill(os.getpid(), signal.SIGTERM)
        await happens(lambda: all(notebook.written for notebook in notebooks))
        assert server == []
        os.kill(os.getpid(), signal.SIGTERM)
        await happens(lambda: bool(server))
        assert [notebook.code for notebook in notebooks] == [1012] * 3
        os.kill(os.getpid(), signal.SIGINT)
    assert server == [signal.SIGTERM, signal.SIGINT]


async def test_a_server_in_a_thread_keeps_its_signals(server: list[int]) -> None:
    def serve() -> None:
        async def start_and_stop() -> None:
            async with started():
                pass

        asyncio.run(start_and_stop())

    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    await asyncio.to_thread(serve)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    assert server == []


# --- who comes while it leaves ---


async def answers_to(extensions: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What is sent to one who opens a socket on a process that is leaving."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def let_in(_scope: dict[str, Any], _receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    get_relay().leaving = True
    await LeavingRefusal(let_in)({"type": "websocket", "extensions": extensions}, None, send)
    return sent


async def test_a_handshake_is_answered_with_a_status_where_the_server_can_say_one() -> None:
    start, body = await answers_to({"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
    assert body == {"type": "websocket.http.response.body", "body": b""}


@pytest.mark.parametrize("extensions", [None, {}, {"another": {}}])
async def test_elsewhere_the_relay_says_so(extensions: dict[str, Any] | None) -> None:
    assert await answers_to(extensions) == [{"type": "websocket.accept"}]
