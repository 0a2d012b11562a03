"""Event streams as a program opens them, with an HTTP client that is not ours."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from accounts.models import User
from tests.people import Browser, browser_of
from tests.waiting import DEADLINE

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServerSent:
    """One event: its type (`message` where none is named), its id (where it has one), its data."""

    type: str
    id: int | None
    data: JSON


class EventStream:
    """One open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def next(self, *, within: float = DEADLINE) -> ServerSent:
        """The next event, whatever it is; comments are passed over."""
        start = time.monotonic()
        event = next(self._events())
        assert time.monotonic() - start < within
        return event

    def events(self, number: int) -> list[ServerSent]:
        return [self.next() for _ in range(number)]

    def rest(self, *, within: float = DEADLINE) -> list[ServerSent]:
        """All that comes until the server ends the stream."""
        start = time.monotonic()
        events = list(self._events())
        assert time.monotonic() - start < within
        return events

    def comment(self) -> str:
        """The next line, which is a comment."""
        line = next(self._lines)
        assert line.startswith(":")
        assert next(self._lines) == ""
        return line

    def close(self) -> None:
        self.response.close()

    def _events(self) -> Iterator[ServerSent]:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name and not line.startswith(":"):
                fields[name] = value
            elif fields:
                number = int(fields["id"]) if "id" in fields else None
                yield ServerSent(type=fields.get("event", "message"), id=number, data=json.loads(fields["data"]))
                fields = {}


class EventStreams:
    """Opens streams at an address, and closes them when the test ends."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._url = url
        self._stack = stack

    def ask(
        self,
        room: str = "lobby",
        *,
        path: str | None = None,
        method: str = "GET",
        user: User | None = None,
        browser: Browser | None = None,
        token: str | None = None,
        since: object = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a request for a stream, its headers read; of a browser's with a cookie, or a program's."""
        sent = dict(headers or {})
        if user is not None:
            browser = browser_of(user)
        if browser is not None:
            sent["Cookie"] = browser.cookie
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        client = self._stack.enter_context(httpx.Client(trust_env=False, timeout=DEADLINE))
        query = {} if since is None else {"since": str(since)}
        address = f"{self._url}{path or f'/sse/chat/{room}/'}"
        response = client.send(client.build_request(method, address, params=query, headers=sent), stream=True)
        self._stack.callback(response.close)
        return response

    def open(self, room: str = "lobby", **options: Any) -> EventStream:
        response = self.ask(room, **options)
        assert response.status_code == 200, response.read()
        return EventStream(response)

    def subscribed(self, room: str = "lobby", **options: Any) -> EventStream:
        """A stream of events from now on."""
        stream = self.open(room, **options)
        assert stream.next().type == "subscribed"
        return stream

    def refused(self, room: str = "lobby", **options: Any) -> tuple[int, str]:
        """The status and the code of the error with which a stream is refused."""
        response = self.ask(room, **options)
        return response.status_code, json.loads(response.read())["error"]["code"]
