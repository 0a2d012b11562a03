"""A way to a server that a test can block."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests.servers.process import free_port


class Road:
    """A way to a server that can be blocked: what is under way is cut off, and nobody new gets through."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._port = free_port()
        self._ends: set[socket.socket] = set()
        self._entrance: socket.socket | None = None
        self.open()

    @property
    def url(self) -> str:
        user = f"{self._there.username}@" if self._there.username else ""
        return self._there._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()

    def open(self) -> None:
        self._entrance = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._let_in, args=(self._entrance,), daemon=True).start()

    def block(self) -> None:
        if self._entrance:
            with suppress(OSError):
                self._entrance.shutdown(socket.SHUT_RDWR)
            self._entrance.close()
            self._entrance = None
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _let_in(self, entrance: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = entrance.accept()
                there = socket.create_connection((self._there.hostname or "", self._there.port or 0))
                self._ends |= {here, there}
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while part := one.recv(65_536):
                other.sendall(part)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()
        self._ends.discard(one)
