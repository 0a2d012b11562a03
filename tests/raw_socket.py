"""A TCP connection to a worker, for what no client library would send."""

import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.waiting import DEADLINE
from tests.workers import ORIGIN

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LAST_WORD = b"was that all?"


def handshake(path: str, *, cookie: str = "", subprotocol: str = "") -> bytes:
    """The request that a browser of ours opens a socket with."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"Origin: {ORIGIN}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([f"Cookie: {cookie}"] if cookie else []),
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(
    payload: bytes, *, opcode: int = TEXT, last: bool = True, reserved: int = 0, masked: bool = True, claims: int = -1
) -> bytes:
    """A WebSocket frame as a client sends it, right or wrong; `claims`: the length that it says it has."""
    length = len(payload) if claims < 0 else claims
    mask_bit = 0x80 if masked else 0
    head = bytes([(0x80 if last else 0) | reserved << 4 | opcode])
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 65_536:
        head += bytes([mask_bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", length)
    if not masked:
        return head + payload
    mask = secrets.token_bytes(4)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@dataclass(frozen=True, slots=True)
class Received:
    """A WebSocket frame of the server's."""

    opcode: int
    payload: bytes

    @property
    def close_code(self) -> int | None:
        return int.from_bytes(self.payload[:2], "big") if self.opcode == CLOSE and self.payload else None


class RawSocket:
    """A connection that sends bytes, and then reads to the end."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        self._socket.close()

    def send(self, *parts: bytes) -> None:
        with suppress(ConnectionError):  # it has closed the door already: what it said is still there to read
            for part in parts:
                self._socket.sendall(part)

    def opens(self, path: str, *, cookie: str = "", subprotocol: str = "") -> None:
        """A good handshake, answered."""
        self.send(handshake(path, cookie=cookie, subprotocol=subprotocol))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            part = self._socket.recv(1)
            assert part, answer
            answer += part
        assert answer.startswith(b"HTTP/1.1 101 "), answer

    def until_answered(self) -> list[Received]:
        """What the server says to what was sent: up to the answer to a ping that comes after it, or to the end."""
        self.send(frame(LAST_WORD, opcode=PING))
        return self._until(lambda said: said.opcode == CLOSE or said == Received(PONG, LAST_WORD))

    def until_pinged(self) -> Received:
        return self._until(lambda said: said.opcode == PING)[-1]

    def until_closed(self) -> list[Received]:
        return self._until(lambda said: said.opcode == CLOSE)

    def _until(self, last: Callable[[Received], bool]) -> list[Received]:
        answer = b""
        with suppress(ConnectionError):
            while part := self._socket.recv(65_536):
                answer += part
                if any(map(last, frames_of(answer))):
                    break
        return list(frames_of(answer))

    def rest(self) -> bytes:
        """Says that nothing more will come; everything that was answered until the other end let go."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while part := self._socket.recv(65_536):
                answer += part
        return answer


def frames_of(answer: bytes) -> Iterator[Received]:
    """The frames of a server. The last may be cut short: whoever breaks off does not get it whole."""
    at = 0
    while at + 2 <= len(answer):
        opcode, length = answer[at] & 0x0F, answer[at + 1]
        at += 2
        if length == 126:
            length = int.from_bytes(answer[at : at + 2], "big")
            at += 2
        elif length == 127:
            length = int.from_bytes(answer[at : at + 8], "big")
            at += 8
        if at + length <= len(answer):
            yield Received(opcode, answer[at : at + length])
        at += length
