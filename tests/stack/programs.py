"""Programs with a token, which speak through nginx."""

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.stack.stack import Stack
from tests.wire import TYPED, Chat


class Programs:
    """Opens sockets; they are closed when the test ends."""

    def __init__(self, stack: Stack, token: str, closing: ExitStack) -> None:
        self._stack = stack
        self._token = token
        self._closing = closing

    def typed(self) -> Chat:
        """A socket in the typed form, welcomed."""
        chat = self.open("/ws/chat/", subprotocols=[Subprotocol(TYPED)])
        assert chat.next()["type"] == "welcome"
        return chat

    def open(
        self,
        path: str,
        *,
        origin: str | None = None,
        token: bool = True,
        headers: dict[str, str] | None = None,
        subprotocols: list[Subprotocol] | None = None,
    ) -> Chat:
        """A socket with the program's token, or with none; where no origin is given, without one."""
        authorization = {"Authorization": f"Bearer {self._token}"} if token else {}
        connection = connect(
            f"ws://localhost:{self._stack.port}{path}",
            origin=None if origin is None else Origin(origin),
            additional_headers=authorization | (headers or {}),
            subprotocols=subprotocols,
            proxy=None,
            compression=None,
        )
        return Chat(self._closing.enter_context(connection))

    def status(self, path: str, *, origin: str | None = None, token: bool = True) -> int:
        """How a handshake is answered: 101 where it succeeds, and then the socket stays open."""
        try:
            self.open(path, origin=origin, token=token)
        except InvalidStatus as refusal:
            return refusal.response.status_code
        return 101

    def of(self, token: str) -> "Programs":
        """Those with another token."""
        return Programs(self._stack, token, self._closing)

    def api(self, path: str, **query: int) -> Any:
        """What the API answers a GET with."""
        answer = httpx.get(
            f"{self._stack.url}/api/v1{path}",
            params=query,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def log(self, room: str) -> list[dict[str, Any]]:
        """All durable events of a room."""
        events: list[dict[str, Any]] = []
        while page := self.api(f"/rooms/{room}/events/", since=len(events), limit=200)["events"]:
            events += page
        return events


class Reporter:
    """Posts one message after the other, and again with the same client_id whatever was not acknowledged.

    Runs in a thread of its own for as long as the `with` block lasts. `acknowledged`: the client_ids, in order.
    """

    def __init__(self, programs: Programs, room: str) -> None:
        self._programs = programs
        self._room = room
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.acknowledged: list[str] = []
        self.reconnects = -1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._enough.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        unsent = str(uuid4())
        while not self._enough.is_set():
            try:
                chat = self._programs.typed()
                self.reconnects += 1
                while not self._enough.wait(0.1):
                    answer = chat.post(self._room, f"report {len(self.acknowledged)}", client_id=unsent)
                    assert answer["type"] == "ack", answer
                    self.acknowledged.append(unsent)
                    unsent = str(uuid4())
            except (ConnectionClosed, InvalidStatus, OSError):
                self._enough.wait(0.2)
