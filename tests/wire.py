"""Sockets as a program opens them, with a client that is not ours."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Any
from uuid import uuid4

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from accounts.models import User
from tests.people import Browser, browser_of
from tests.waiting import DEADLINE
from tests.workers import ORIGIN, Worker

Frame = dict[str, Any]

TYPED = "chat.v1"


class Chat:
    """One open socket. Frames that nobody asked for yet are kept, in order.

    What is unread in other rooms comes when it comes, so it is kept apart.
    """

    def __init__(self, connection: ClientConnection, browser: Browser | None = None) -> None:
        self.connection = connection
        self.browser = browser
        self._kept: list[Frame] = []
        self._unread: list[Frame] = []
        self._ids = count(1)

    # --- out ---

    def send(self, frame: object) -> None:
        self.connection.send(json.dumps(frame))

    def say(self, message: str) -> None:
        """In the plain form."""
        self.send({"message": message})

    def ask(self, kind: str, **fields: object) -> Frame:
        """Send a request of the typed form; its answer."""
        request_id = next(self._ids)
        self.send({"type": kind, "id": request_id, **fields})
        return self.find(lambda frame: frame.get("id") == request_id)

    def subscribe(self, room: str, **fields: object) -> Frame:
        return self.ask("subscribe", room=room, **fields)

    def post(self, room: str, body: str, **fields: object) -> Frame:
        return self.ask("post", **{"room": room, "client_id": str(uuid4()), "body": body, **fields})

    # --- in ---

    def next(self) -> Frame:
        """The next frame, whatever it is."""
        return self.find(lambda frame: True)

    def event(self) -> Frame:
        """The next durable event of a room."""
        return self.find(lambda frame: frame.get("type") == "event")

    def events(self, number: int) -> list[Frame]:
        return [self.event() for _ in range(number)]

    def find(self, wanted: Callable[[Frame], bool], *, within: float = DEADLINE) -> Frame:
        """The first frame that is `wanted`; those before it are kept for later."""
        for index, frame in enumerate(self._kept):
            if wanted(frame):
                return self._kept.pop(index)
        end = time.monotonic() + within
        while True:
            if self._receive(end) is self._kept and wanted(self._kept[-1]):
                return self._kept.pop()

    def unread(self, room: str, *, within: float = DEADLINE) -> tuple[int, int]:
        """What the next frame about this room says: how many are unread, how many of them name this user."""
        end = time.monotonic() + within
        while True:
            for index, frame in enumerate(self._unread):
                if frame["room"] == room:
                    del self._unread[index]
                    assert frame.keys() == {"type", "room", "unread", "mentions"}
                    return frame["unread"], frame["mentions"]
            self._receive(end)

    def find_unread(self, room: str, counts: tuple[int, int]) -> bool:
        """Once what is told of this room comes to that."""
        while self.unread(room) != counts:
            pass
        return True

    def unread_kept(self) -> list[Frame]:
        """What of that arrived before a ping was answered, and nobody asked for."""
        self._kept = self.before_pong() + self._kept
        kept, self._unread = self._unread, []
        return kept

    def _receive(self, end: float) -> list[Frame]:
        """Where the next frame was put."""
        frame = json.loads(self.connection.recv(timeout=max(0.0, end - time.monotonic())))
        place = self._unread if frame.get("type") == "unread" else self._kept
        place.append(frame)
        return place

    def before_pong(self) -> list[Frame]:
        """Whatever was written to this socket before it answers a ping."""
        pong = self.ask("ping")
        assert pong["type"] == "pong"
        return self.kept()

    def close_code(self, *, within: float = DEADLINE) -> int | None:
        """The code with which the server closes this socket; the frames before that are kept."""
        end = time.monotonic() + within
        while True:
            try:
                self._receive(end)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None

    def kept(self) -> list[Frame]:
        """What arrived and nobody asked for."""
        kept, self._kept = self._kept, []
        return kept

    def close(self) -> None:
        self.connection.close()


class Sockets:
    """Opens sockets on a worker, and closes them when the test ends."""

    def __init__(self, worker: Worker, stack: ExitStack) -> None:
        self._worker = worker
        self._stack = stack

    def on(self, worker: Worker) -> "Sockets":
        """The same, on another worker."""
        return Sockets(worker, self._stack)

    def open(
        self,
        path: str,
        *,
        user: User | None = None,
        browser: Browser | None = None,
        token: str | None = None,
        typed: bool = False,
        **options: Any,
    ) -> Chat:
        """A socket of a browser's (with a cookie and our origin), or of a program's (with a token and neither)."""
        headers = dict(options.pop("headers", {}))
        if user is not None:
            browser = browser_of(user)
        if browser is not None:
            headers["Cookie"] = browser.cookie
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        origin = options.pop("origin", None if token else ORIGIN)
        offered = options.pop("subprotocols", [TYPED] if typed else None)
        connection = self._stack.enter_context(
            connect(
                f"ws://127.0.0.1:{self._worker.port}{path}",
                origin=Origin(origin) if origin else None,
                subprotocols=[Subprotocol(name) for name in offered] if offered else None,
                additional_headers=headers,
                proxy=None,
                compression=None,
                max_size=None,
                max_queue=None,
                open_timeout=DEADLINE,
                close_timeout=DEADLINE,
                **options,
            )
        )
        return Chat(connection, browser)

    def refused(self, path: str, **options: Any) -> int:
        """The HTTP status with which a handshake is refused."""
        try:
            self.open(path, **options)
        except InvalidStatus as refusal:
            return refusal.response.status_code
        raise AssertionError("the handshake was not refused")

    def echo(self) -> Chat:
        return self.open("/ws/chat/")

    def plain(self, user: User, room: str) -> Chat:
        """In the plain form, listening to a room."""
        return self.plain_of(browser_of(user), room)

    def plain_of(self, browser: Browser, room: str) -> Chat:
        """This form says nothing of a subscription: that a frame is answered shows that it is there."""
        chat = self.open(f"/ws/chat/{room}/", browser=browser)
        chat.say("")
        assert chat.next()["error"]["code"] == "bad_frame"
        return chat

    def typed(self, user: User | None = None, *, room: str | None = None, **options: Any) -> Chat:
        """In the typed form, welcomed; with `room`, subscribed to it from now on."""
        chat = self.open("/ws/chat/", user=user, typed=True, **options)
        assert chat.next()["type"] == "welcome"
        if room is not None:
            assert chat.subscribe(room)["type"] == "subscribed"
        return chat
