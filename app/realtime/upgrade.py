"""Reads the request that asks for a WebSocket, as browsers, programs and nginx write it.

Only what is plainly in order is read here, in one pass. Whatever is not, from a missing header to a spelling that is
merely rare, is left to Daphne and autobahn, whose ways of refusing it stay as they are: None is never a refusal.
"""

import re
from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]

# In the bounds of Twisted (16 KiB, 500 headers), which refuses what is beyond.
LONGEST_HEAD = 16_384
MOST_HEADERS = 100

END = b"\r\n\r\n"
REQUEST = re.compile(rb"GET (/(?!/)[!\"$-:<->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1")
# Without an underscore: Daphne drops such a header, since a CGI could not tell it from one with a hyphen.
HEADER = re.compile(rb"([-!#$%&'*+.^`|~0-9A-Za-z]+):([ -~]*)")

NAME = rb"[0-9A-Za-z._-]+"
# What these say must be exactly this, and they must be there.
NEEDED = {
    b"host": re.compile(rb"(?:" + NAME + rb"|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"),
    b"upgrade": re.compile(rb"websocket", re.IGNORECASE),
    b"connection": re.compile(rb"(?:keep-alive, ?)?upgrade", re.IGNORECASE),
    b"sec-websocket-version": re.compile(rb"13"),
    b"sec-websocket-key": re.compile(rb"[0-9A-Za-z+/]{22}=="),
}
# These may be there.
KNOWN = {
    b"origin": re.compile(rb"https?://" + NAME + rb"(?::(?:[0-9]{1,4}|[1-5][0-9]{4}))?"),
    b"sec-websocket-protocol": re.compile(NAME + rb"(?:, ?" + NAME + rb")*"),
    # Offered by every browser, and never accepted by Daphne.
    b"sec-websocket-extensions": re.compile(rb"permessage-deflate(?:; ?client_max_window_bits)?"),
}
RULES = NEEDED | KNOWN
# These must not: a body, a wait for an answer before it, and what changes the path.
NOT_HERE = {b"content-length", b"transfer-encoding", b"expect", b"daphne-root-path"}


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an application wants to know of the request."""

    raw_path: bytes
    query_string: bytes
    headers: Headers
    key: str
    subprotocols: list[str]

    @property
    def path(self) -> str:
        """As Daphne calls it where it logs."""
        return self.raw_path.decode("ascii")


def read_upgrade(data: bytes) -> tuple[Upgrade, bytes] | None:
    """The request that `data` begins with, and what follows it; None where Daphne is to look at it."""
    end = data.find(END)
    if not 0 < end <= LONGEST_HEAD:
        return None
    first, *lines = data[:end].split(b"\r\n")
    request = REQUEST.fullmatch(first)
    if request is None or len(lines) > MOST_HEADERS:
        return None
    headers = _headers(lines)
    if headers is None or not NEEDED.keys() <= headers.keys():
        return None
    subprotocols = _listed(headers.get(b"sec-websocket-protocol", b""))
    if len(set(subprotocols)) < len(subprotocols):
        return None
    upgrade = Upgrade(
        raw_path=request[1],
        query_string=request[2] or b"",
        headers=list(headers.items()),
        key=headers[b"sec-websocket-key"].decode("ascii"),
        subprotocols=subprotocols,
    )
    return upgrade, data[end + len(END) :]


def _headers(lines: list[bytes]) -> dict[bytes, bytes] | None:
    """By their names in small letters; None where there is one that is not plain, or one twice."""
    headers = {}
    for line in lines:
        header = HEADER.fullmatch(line)
        if header is None:
            return None
        name, value = header[1].lower(), header[2].strip(b" ")
        if name in headers or name in NOT_HERE or (name in RULES and not RULES[name].fullmatch(value)):
            return None
        headers[name] = value
    return headers


def _listed(value: bytes) -> list[str]:
    return [name.strip() for name in value.decode("ascii").split(",")] if value else []
