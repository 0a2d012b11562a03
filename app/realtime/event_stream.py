"""An HTTP response that stays open, as a transport for a socket: Server-Sent Events."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from realtime.direct_write import bytes_waiting, goes_to_the_socket, write_at_once
from realtime.frames import Frame
from realtime.socket import QueuedTransport, Send, Socket

# Ends a stream without a word more: what there was to say has been said.
NORMAL = 1000

# Proxies and mobile networks cut what is silent for half a minute or a minute; nginx waits for three of these.
KEEP_ALIVE_SECONDS = 15
# How long what was sent may stay unread before the kernel gives the connection up; by itself it tries for a quarter of
# an hour. With the comment that finds it out that is 45 s, as long as a WebSocket may leave its pings unanswered.
# Behind a proxy it is the proxy's kernel that decides (docker-compose.yml, nginx).
UNREAD_SECONDS = 30
# How long a client may take to read what is before the end. Without a bound, one that never reads would hold it all.
LAST_READ_SECONDS = 5

Headers = list[tuple[bytes, bytes]]

HEADERS: Headers = [
    (b"Content-Type", b"text/event-stream"),
    (b"Cache-Control", b"no-store, no-transform"),
    (b"X-Content-Type-Options", b"nosniff"),
    # For a proxy in front of ours; ours does not hold it back anyway.
    (b"X-Accel-Buffering", b"no"),
]


def sse_frame(data: str, *, event: str = "", seq: int | None = None) -> str:
    """One event as it goes over the wire; `data` is one line."""
    named = f"event: {event}\n" if event else ""
    numbered = "" if seq is None else f"id: {seq}\n"
    return f"{named}{numbered}data: {data}\n\n"


KEEP_ALIVE = ":\n\n"


class Response(Protocol):
    """The way to the client; it begins with the first write."""

    def write(self, text: str) -> None: ...

    def write_at_once(self, frame: Frame) -> bool:
        """As realtime.socket.Transport has it."""
        ...

    def end(self) -> None: ...

    def waiting(self) -> int:
        """Bytes that were written and have not left this process."""
        ...


class EventStream:
    """A transport (realtime.socket.Transport) over a response.

    Until the first write nothing has been sent, and whoever opened it may still answer with another status; `code` then
    says why it was closed, if it was.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self.begun = False
        self.code: int | None = None

    def write(self, text: str) -> None:
        self.begun = True
        self._response.write(text)

    def write_at_once(self, frame: Frame) -> bool:
        return self.begun and self._response.write_at_once(frame)

    def close(self, code: int) -> None:
        """The last frame says `code`, but for NORMAL."""
        self.code = code
        if self.begun:
            if code != NORMAL:
                self._response.write(sse_frame(msgspec.json.encode({"code": code}).decode(), event="close"))
            self._response.end()

    def waiting(self) -> int:
        return self._response.waiting()


class DaphneResponse:
    """Daphne's request, written to without a task switch. The stream takes its connection with it when it ends."""

    def __init__(self, request: Any) -> None:
        self._request = request
        # Kept, because a request that has ended does not know it any more. None: the client has left already.
        self._channel = request.channel
        self._begun = False
        self._direct = False

    def write(self, text: str) -> None:
        body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
        if self._begun:
            self._reply(body)
        else:
            self._begin()
            self._reply(body)
            # Not with HTTP/1.0, which knows no chunks.
            self._direct = bool(self._request.chunked) and goes_to_the_socket(self._channel.transport)

    def write_at_once(self, frame: Frame) -> bool:
        return self._direct and write_at_once(self._channel.transport, frame.chunk)

    def end(self) -> None:
        self._direct = False
        self._reply({"type": "http.response.body", "body": b""})
        if self._channel is not None:
            asyncio.get_running_loop().call_later(LAST_READ_SECONDS, self._channel.transport.abortConnection)

    def waiting(self) -> int:
        return 0 if self._channel is None else bytes_waiting(self._channel.transport)

    def _begin(self) -> None:
        self._begun = True
        if self._channel is not None:
            self._channel.persistent = False
            with suppress(AttributeError, OSError):  # Linux alone has it
                connection = self._channel.transport.getHandle()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
        self._request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        self._reply({"type": "http.response.start", "status": 200, "headers": HEADERS})

    def _reply(self, message: dict[str, Any]) -> None:
        """Does nothing where the client has left."""
        self._request.handle_reply(message)


class AsgiResponse:
    """The same through ASGI's `send`, for any other server and for tests: the queue of a WebSocket, told as HTTP."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._queue = QueuedTransport(self._send_as_http)
        self._started = False

    def write(self, text: str) -> None:
        self._queue.write(text)

    def write_at_once(self, frame: Frame) -> bool:
        return False

    def end(self) -> None:
        self._queue.close(NORMAL)

    def waiting(self) -> int:
        return self._queue.waiting()

    async def _send_as_http(self, message: dict[str, Any]) -> None:
        if not self._started:
            self._started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        body, more = message.get("text", "").encode(), message["type"] == "websocket.send"
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


class KeepAlive:
    """A comment every 15 s: a timer for each stream, and no task. Who has something to read needs none."""

    def __init__(self, socket: Socket, stream: EventStream) -> None:
        self._socket = socket
        self._stream = stream
        self._wait()

    def stop(self) -> None:
        self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._say)

    def _say(self) -> None:
        if not self._stream.waiting():
            self._socket.write(KEEP_ALIVE)
        if not self._socket.closed:
            self._wait()
