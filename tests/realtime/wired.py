"""Our server without its reactor: connections over real pairs of sockets, which a test works by hand."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Self, cast

from daphne.http_protocol import HTTPFactory
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.error import ConnectionDone
from twisted.internet.tcp import Server as Connection
from twisted.python.failure import Failure

from realtime.server import Server
from tests.waiting import DEADLINE

HEAD = (
    b"GET /ws/chat/?a=1 HTTP/1.1\r\n"
    b"Host: localhost:8000\r\n"
    b"Origin: http://localhost:8000\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"\r\n"
)


class Later:
    """What was put off; a test may do it."""

    def cancel(self) -> None:
        """It would not have happened anyway."""

    def active(self) -> bool:
        return False


class Reactor:
    """As much of one as a connection asks for. Who wants to write is known, and waits until a test lets them."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.put_off: list[partial[Any]] = []

    def addReader(self, reader: Any) -> None:  # noqa: N802 - Twisted's names
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.discard(reader)

    def addWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.discard(writer)

    def callLater(self, _seconds: float, call: Callable[..., Any], *args: Any) -> Later:  # noqa: N802
        self.put_off.append(partial(call, *args))
        return Later()


class Counted:
    """A socket that writes down how many bytes each call of `send` took; `room` is how many the kernel has room for."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.sent: list[int] = []
        self.asked: list[bytes] = []
        self.room = 2**30
        self.error: OSError | None = None

    def send(self, data: bytes) -> int:
        self.asked.append(data)
        if self.error is not None:
            raise self.error
        if not self.room:
            raise BlockingIOError
        taken = self._real.send(data[: self.room])
        self.room -= taken
        self.sent.append(taken)
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Wire:
    """A connection of Twisted's and its other end."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        """`make`: the protocol of a connection, as a factory's buildProtocol."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.client = socket.create_connection(listener.getsockname(), timeout=DEADLINE)
            ours, address = listener.accept()
        self.reactor = Reactor()
        first = make(None)
        self.transport = cast("Any", Connection(ours, first, address, None, 0, self.reactor))  # type: ignore[arg-type]
        self.kernel = Counted(ours)
        self.transport.socket = self.kernel
        first.makeConnection(self.transport)

    @property
    def protocol(self) -> Any:
        return self.transport.protocol

    def says(self, data: bytes) -> None:
        self.client.sendall(data)
        self.transport.doRead()

    def hears(self, number: int) -> bytes:
        """Exactly so many bytes."""
        heard = b""
        while len(heard) < number:
            part = self.client.recv(number - len(heard))
            assert part, heard
            heard += part
        return heard

    def hears_head(self) -> bytes:
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            part = self.client.recv(1)
            assert part, heard
            heard += part
        return heard

    def opened(self, head: bytes = HEAD, subprotocol: str | None = None) -> "Wire":
        """Let in, and its answer read."""
        self.says(head)
        self.protocol.serverAccept(subprotocol)
        assert self.hears_head().startswith(b"HTTP/1.1 101 ")
        self.kernel.sent.clear()
        self.kernel.asked.clear()
        return self

    def turn(self) -> None:
        """A turn of the reactor: whoever wants to write may, once."""
        for writer in list(self.reactor.writers):
            if (why := writer.doWrite()) is not None:
                writer.connectionLost(Failure(why))  # type: ignore[no-untyped-call]

    def close(self) -> None:
        self.client.close()
        if hasattr(self.transport, "socket"):
            self.transport.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def served(application: Any) -> Server:
    """A server as it is when its factories are made and nothing is accepted yet, which is as far as run() is needed."""
    server = Server(
        application,
        endpoints=["tcp:0"],
        proxy_forwarded_address_header="X-Forwarded-For",
        proxy_forwarded_port_header="X-Forwarded-Port",
        server_name="",
    )
    server.connections = {}
    server.http_factory = HTTPFactory(server)
    server.ws_factory = WebSocketFactory(server, server="")
    server._prepare()
    return server
