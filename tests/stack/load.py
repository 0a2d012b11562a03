"""A light load on the stack, of which every answer and every event is kept."""

import re
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.stack.programs import Programs
from tests.stack.stack import Stack

HASHED = re.compile(r"/static/[\w/-]+\.[0-9a-f]{6}\.\w+")


class Repeater:
    """Does something again and again in a thread of its own, for as long as the `with` block lasts."""

    def __init__(self, once: Callable[[], None]) -> None:
        self._once = once
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.error: BaseException | None = None

    def __enter__(self) -> "Repeater":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert self.error is None, repr(self.error)

    def _run(self) -> None:
        try:
            while not self._enough.wait(0.05):
                self._once()
        except BaseException as error:  # noqa: BLE001 - told by __exit__, in the thread of the test
            self.error = error


class Listener:
    """A program that follows a room: after an interruption it subscribes again with the last `seq` that it saw."""

    def __init__(self, programs: Programs, room: str, since: int) -> None:
        self._programs = programs
        self._room = room
        self.since = since
        self.seen: list[dict[str, Any]] = []
        self._chat: Any = None

    def listen(self) -> None:
        """Until nothing comes for a moment, or for a hundred events."""
        try:
            if self._chat is None:
                self._chat = self._programs.typed()
                answer = self._chat.subscribe(self._room, since=self.last)
                assert answer["recovered"], answer
                self.seen += answer["events"]
            for _ in range(100):
                self.seen.append(self._chat.find(lambda frame: frame["type"] == "event", within=0.2))
        except TimeoutError:
            pass
        except (ConnectionClosed, InvalidStatus, OSError):
            self.seen += [frame for frame in self._chat.kept() if frame["type"] == "event"] if self._chat else []
            self._chat = None

    @property
    def last(self) -> int:
        return int(self.seen[-1]["seq"]) if self.seen else self.since


class Requests:
    """Loads a page with its files, and posts by the API.

    `answers`: each with its status and its seconds. `posted`: the client_ids. `files`: those that the pages named.
    """

    def __init__(self, stack: Stack, token: str) -> None:
        self._client = httpx.Client(base_url=stack.url, trust_env=False, timeout=30)
        self._authorization = {"Authorization": f"Bearer {token}"}
        self.answers: list[tuple[str, int, float]] = []
        self.posted: list[str] = []
        self.files: set[str] = set()

    def close(self) -> None:
        self._client.close()

    def once(self) -> None:
        page = self._ask("GET", "/sign-in/")
        new = set(HASHED.findall(page.text)) - self.files
        assert {name: status for name in new if (status := self._ask("GET", name).status_code) != 200} == {}
        self.files |= new
        client_id = str(uuid4())
        body = {"client_id": client_id, "body": "by the API"}
        self._ask("POST", "/api/v1/rooms/lobby/messages/", json=body, headers=self._authorization)
        self.posted.append(client_id)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        start = monotonic()
        answer = self._client.request(method, path, **options)
        self.answers.append((f"{method} {path}", answer.status_code, monotonic() - start))
        return answer
