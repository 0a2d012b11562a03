"""The request for a WebSocket: whatever is let in at once, Daphne and autobahn would have let in, and seen the same."""

import random
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.upgrade import MOST_HEADERS, read_upgrade
from tests.realtime.wired import HEAD, Wire, served

# --- what is read ---


def test_what_a_browser_sends() -> None:
    """Firefox, behind nginx."""
    read = read_upgrade(
        b"GET /ws/chat/%C3%B1/?since=3&a=;b HTTP/1.1\r\n"
        b"Connection: keep-alive, Upgrade\r\n"
        b"upgrade: WebSocket\r\n"
        b"X-Forwarded-For:10.1.2.3  \r\n"
        b"Empty:\r\n"
        b"Host: [::1]:8000\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"Origin: https://chat.example:8443\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Protocol: chat.v1, ticket.abc-d_e\r\n"
        b"\r\nand more"
    )
    assert read is not None
    request, rest = read
    assert (request.raw_path, request.query_string) == (b"/ws/chat/%C3%B1/", b"since=3&a=;b")
    assert request.headers[:5] == [
        (b"connection", b"keep-alive, Upgrade"),
        (b"upgrade", b"WebSocket"),
        (b"x-forwarded-for", b"10.1.2.3"),
        (b"empty", b""),
        (b"host", b"[::1]:8000"),
    ]
    assert request.subprotocols == ["chat.v1", "ticket.abc-d_e"]
    assert request.key == "dGhlIHNhbXBsZSBub25jZQ=="
    assert rest == b"and more"


# --- what is left to Daphne, and what it says ---


def without(name: bytes) -> bytes:
    return b"\r\n".join(line for line in HEAD.split(b"\r\n") if not line.startswith(name + b":"))


def instead(name: bytes, value: bytes) -> bytes:
    return also(name + b": " + value, head=without(name))


def also(*lines: bytes, head: bytes = HEAD) -> bytes:
    return head[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def asking(line: bytes) -> bytes:
    return HEAD.replace(b"GET /ws/chat/?a=1 HTTP/1.1", line)


REFUSED = {
    "another method": (asking(b"POST /ws/chat/ HTTP/1.1"), 405),
    "an old HTTP": (asking(b"GET /ws/chat/ HTTP/1.0"), 101),  # Daphne tells autobahn that it is HTTP/1.1
    "a fragment": (asking(b"GET /ws/chat/#top HTTP/1.1"), 400),
    "no path": (asking(b"GET HTTP/1.1"), 400),
    "letters beyond ASCII in the path": (asking(b"GET /\xc3\xb1 HTTP/1.1"), 400),
    "no Host": (without(b"Host"), 400),
    "two Hosts": (also(b"Host: elsewhere.example"), 400),
    "a Host with a port that is none": (instead(b"Host", b"localhost:port"), 400),
    "no Connection": (without(b"Connection"), 400),
    "another Connection": (instead(b"Connection", b"keep-alive"), 400),
    "no version": (without(b"Sec-WebSocket-Version"), 400),
    "another version": (instead(b"Sec-WebSocket-Version", b"12"), 400),
    "a version that is no number": (instead(b"Sec-WebSocket-Version", b"x"), 400),
    "two versions": (also(b"Sec-WebSocket-Version: 13"), 400),
    "no key": (without(b"Sec-WebSocket-Key"), 400),
    "too short a key": (instead(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZQ=="), 400),
    "a key that is no base64": (instead(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZ_=="), 400),
    "two keys": (also(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400),
    "the same subprotocol twice": (also(b"Sec-WebSocket-Protocol: chat.v1, chat.v1"), 400),
    "an Origin that is none": (instead(b"Origin", b"http://["), 403),
    "an Origin whose port is none": (instead(b"Origin", b"http://localhost:99999"), 403),
    "an Origin without a host": (instead(b"Origin", b"nonsense"), 403),
    "two Origins": (also(b"Origin: https://elsewhere.example"), 403),
    "a header that is none": (also(b"no colon"), 400),
    "a header with a space in its name": (also(b"a b: c"), 400),
    "a control character": (also(b"X-Name: a\x0bb"), 400),
    "a compression that is none": (
        also(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=7"),
        400,
    ),
    "a body's length that is none": (also(b"Content-Length: x"), 400),
    "too long a head": (also(*[b"X-%d: " % number + b"a" * 4000 for number in range(5)]), 400),
    "too many headers": (also(*[b"X-%d: 1" % number for number in range(501)]), 400),
}

# Rare, and in order: Daphne sees to it.
LET_IN = {
    "an Origin that says nothing": instead(b"Origin", b"null"),
    "no Origin": without(b"Origin"),
    "bytes beyond ASCII": also(b"Cookie: name=\xc3\xb1"),
    "a header in two lines": also(b"X-Name: a", b" b"),
    "a cookie twice": also(b"Cookie: a=1", b"Cookie: b=2"),
    "a header with an underscore": also(b"X_Name: a"),
    "another compression": also(b"Sec-WebSocket-Extensions: x-webkit-deflate-frame"),
    "a length of nothing": also(b"Content-Length: 0"),
    "more headers than anyone sends": also(*[b"X-%d: 1" % number for number in range(MOST_HEADERS)]),
    "another root": also(b"Daphne-Root-Path: /elsewhere"),
    "a whole address": asking(b"GET http://localhost:8000/ws/chat/ HTTP/1.1"),
    "parameters of a path": asking(b"GET /ws/chat/;a=b HTTP/1.1"),
    "an upgrade to one of several": instead(b"Connection", b"close, Upgrade"),
}


class Asked:
    """An application that writes down what it was asked, and answers nothing."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []

    def __call__(self, scope: dict[str, Any], receive: Any, _send: Any) -> Coroutine[Any, Any, Any]:
        self.scopes.append(scope)
        return receive()  # type: ignore[no-any-return]


def asked(head: bytes, *, at_once: bool) -> tuple[dict[str, Any] | None, bytes]:
    """What an application sees of the request, and the head of the answer once it accepts; or of the refusal."""
    server = served(application := Asked())
    with Wire(server.http_factory.buildProtocol if at_once else server._door.daphne) as wire:
        wire.says(head)
        if not application.scopes:
            wire.turn()
            return None, wire.hears_head()
        scope = application.scopes[0]
        wire.protocol.serverAccept(next(iter(scope["subprotocols"]), None))
        return seen(scope), wire.hears_head()


def seen(scope: dict[str, Any]) -> dict[str, Any]:
    """Without what is another thing each time: the connection and its ports."""
    return {name: value for name, value in scope.items() if name not in {"extensions", "server"}} | {
        "client": scope["client"][0],
        "server": scope["server"][0],
    }


@pytest.mark.parametrize(("head", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_is_wrong_is_left_to_daphne(head: bytes, status: int) -> None:
    assert read_upgrade(head) is None
    _scope, answer = asked(head, at_once=True)
    assert answer.startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("head", LET_IN.values(), ids=LET_IN)
async def test_what_is_rare_is_let_in_by_daphne(head: bytes) -> None:
    scope, answer = asked(head, at_once=True)
    assert scope is not None
    assert answer.startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("cut", [1, 40, len(HEAD) - 1])
def test_half_a_head_is_left_to_daphne(cut: int) -> None:
    assert read_upgrade(HEAD[:cut]) is None


@pytest.mark.parametrize("cut", [1, 40, len(HEAD) - 1])
async def test_half_a_head_is_let_in_when_the_rest_is_there(cut: int) -> None:
    server = served(application := Asked())
    with Wire(server.http_factory.buildProtocol) as wire:
        wire.says(HEAD[:cut])
        assert application.scopes == []
        wire.says(HEAD[cut:])
        assert len(application.scopes) == 1


# --- the same both ways ---

VALUES: dict[bytes, list[bytes]] = {
    b"Host": [b"localhost:8000", b"localhost", b"[::1]:80", b"a_b.example", b"localhost:", b"", b"a b", b"::1"],
    b"Upgrade": [b"websocket", b"WebSocket", b"websocket, h2c", b"h2c", b""],
    b"Connection": [b"Upgrade", b"upgrade", b"keep-alive, Upgrade", b"Upgrade, keep-alive", b"close", b""],
    b"Sec-WebSocket-Version": [b"13", b"8", b" 13 ", b"013", b"+13", b"13, 8", b""],
    b"Sec-WebSocket-Key": [b"dGhlIHNhbXBsZSBub25jZQ==", b"AAAAAAAAAAAAAAAAAAAAAA==", b"====", b"dGhl=="],
    b"Origin": [
        b"http://localhost:8000",
        b"HTTP://localhost",
        b"https://a.example:65535",
        b"null",
        b"file://",
        b"x",
        b"",
    ],
    b"Sec-WebSocket-Protocol": [b"chat.v1", b"chat.v1,b", b"a, b,c", b"a, a", b"a,", b",", b"a%2Cb", b""],
    b"Sec-WebSocket-Extensions": [b"permessage-deflate", b"permessage-deflate; client_max_window_bits", b"a; b=1", b""],
    b"Cookie": [b"a=b", b'a=b; c="d"', b"", b"a\tb", b"\xa0a\xa0"],
    b"X-Forwarded-For": [b"10.1.2.3", b"10.1.2.3, 10.9.9.9", b"nobody", b"", b",", b" , "],
    b"X-Forwarded-Port": [b"443", b"port", b""],
    b"X_Underscore": [b"a"],
    b"Content-Length": [b"0", b"2"],
    b"Daphne-Root-Path": [b"/root"],
}
TARGETS = [
    b"/ws/chat/",
    b"/",
    b"/?",
    b"/a?b=c&d",
    b"/%20%ff",
    b"/a;b",
    b"//a/b",
    b"/a//b",
    b"/a\\b",
    b"/@:[]",
    b"*",
    b"/a?b?c",
    b'/"<>`{}|^',
]


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Mostly in order, with a few things that are not, spelled and ordered in any way."""
    needed = list(VALUES)[:5]
    names = needed + draw(st.lists(st.sampled_from(list(VALUES)[5:]), max_size=4, unique=draw(st.booleans())))
    if draw(st.integers(0, 5)) == 0:
        names.append(draw(st.sampled_from(list(VALUES))))
    lines = []
    for name in draw(st.permutations(names)):
        choices = VALUES[name]
        value = draw(st.sampled_from(choices)) if draw(st.integers(0, 4)) == 0 else draw(st.sampled_from(choices[:2]))
        spelled = draw(st.sampled_from([name, name.lower(), name.upper()]))
        lines.append(
            spelled + b":" + draw(st.sampled_from([b" ", b"", b"  "])) + value + draw(st.sampled_from([b"", b" "]))
        )
    target = draw(st.sampled_from(TARGETS))
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *lines, b"", b""])


@given(head=heads())
async def test_what_is_let_in_at_once_daphne_would_have_let_in_and_seen_the_same(head: bytes) -> None:
    if read_upgrade(head) is not None:
        assert asked(head, at_once=True) == asked(head, at_once=False)


@given(seed=st.integers(0, 2**32), number=st.integers(1, 4))
async def test_a_few_wrong_bytes_change_nothing_of_that(seed: int, number: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be safe
    head = bytearray(HEAD)
    for _ in range(number):
        head[chance.randrange(len(head) - 4)] = chance.choice(b"\x00\t\n\r !#%,:;?@_azAZ09\x7f\x85\xa0\xff")
    if read_upgrade(bytes(head)) is not None:
        assert asked(bytes(head), at_once=True) == asked(bytes(head), at_once=False)
