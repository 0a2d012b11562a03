"""Each entry is encoded once for each form of frame, however many sockets receive it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from realtime.log import Entry

T = TypeVar("T")

# What a socket wants to be told of an entry; None: nothing.
Encoder = Callable[[Entry], str | None]

# The first byte of a text message in one piece.
TEXT = 0x81


def text_message(text: str) -> bytes:
    """The bytes of a WebSocket text message as a server sends it: in one piece, without a mask."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return bytes((TEXT, length)) + payload
    if length < 65_536:
        return bytes((TEXT, 126)) + length.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + length.to_bytes(8, "big") + payload


def http_chunk(text: str) -> bytes:
    """The bytes of a part of an HTTP response whose length nobody knows yet (Transfer-Encoding: chunked)."""
    payload = text.encode()
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class Frame:
    """A text for many connections, and its bytes on each kind of them, made when the first one asks."""

    __slots__ = ("_chunk", "_message", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._message = self._chunk = b""

    @property
    def message(self) -> bytes:
        """For a WebSocket."""
        if not self._message:
            self._message = text_message(self.text)
        return self._message

    @property
    def chunk(self) -> bytes:
        """For an event stream."""
        if not self._chunk:
            self._chunk = http_chunk(self.text)
        return self._chunk


class Frames(Generic[T]):
    """The frames of one entry, or of one thing that passes by, each made when the first socket asks for it."""

    __slots__ = ("_made", "_of_what")

    def __init__(self, of_what: T) -> None:
        self._of_what = of_what
        self._made: dict[Callable[[T], str | None], Frame | None] = {}

    def of(self, encoder: Callable[[T], str | None]) -> Frame | None:
        if encoder not in self._made:
            text = encoder(self._of_what)
            self._made[encoder] = None if text is None else Frame(text)
        return self._made[encoder]
