"""How the client comes into a room of each system, and what it takes for what."""

import msgspec
import pytest

from tests.load.crowd.frames import body_of
from tests.load.systems import Dialect, Seat
from tests.load.systems.peers import PlainDialect, SocketIoDialect, TutorialDialect
from tests.load.systems.tertulia import TertuliaDialect

SEAT = Seat(("127.0.0.1", 1), "lobby", "Cookie: sessionid=key\r\n")
POSTS_ONLY = Seat(("127.0.0.1", 1), "lobby", listens=False)
RESUMES = Seat(("127.0.0.1", 1), "lobby", since=7)


def request_line(dialect: Dialect, seat: Seat) -> str:
    request = dialect.request(seat)
    assert request.endswith(b"\r\n\r\n")
    assert request.count(b"\r\n\r\n") == 1
    return request.decode().splitlines()[0]


@pytest.mark.parametrize("dialect", [TertuliaDialect(), TutorialDialect(), PlainDialect(), SocketIoDialect()])
def test_what_is_posted_holds_its_body_once_and_as_it_is(dialect: Dialect) -> None:
    assert dialect.post("lobby", 7, body_of(7)).decode().count(body_of(7)) == 1


# --- Tertulia ---


def test_a_socket_of_tertulia_comes_with_its_session_and_is_in_when_it_is_subscribed() -> None:
    dialect = TertuliaDialect()
    assert request_line(dialect, SEAT) == "GET /ws/chat/lobby/ HTTP/1.1"
    assert b"\r\nCookie: sessionid=key\r\n" in dialect.request(SEAT)
    assert dialect.opened(SEAT) == b""
    assert dialect.hear(b'{"type":"welcome"}', SEAT) == b""
    assert dialect.hear(b'{"type":"subscribed","room":"lobby"}', SEAT) is None


def test_one_that_only_posts_is_in_when_it_is_welcome() -> None:
    dialect = TertuliaDialect()
    assert request_line(dialect, POSTS_ONLY) == "GET /ws/chat/ HTTP/1.1"
    assert dialect.hear(b'{"type":"welcome"}', POSTS_ONLY) is None


def test_one_that_resumes_says_what_it_has_seen() -> None:
    dialect = TertuliaDialect()
    assert request_line(dialect, RESUMES) == "GET /ws/chat/ HTTP/1.1"
    asked = msgspec.json.decode(dialect.opened(RESUMES) or b"")
    assert (asked["type"], asked["room"], asked["since"]) == ("subscribe", "lobby", 7)


def test_an_error_refuses_and_an_ack_names_its_post() -> None:
    dialect = TertuliaDialect()
    with pytest.raises(ValueError, match="not_found"):
        dialect.hear(b'{"type":"error","code":"not_found"}', SEAT)
    post = msgspec.json.decode(dialect.post("lobby", 12, "hola"))
    assert dialect.acknowledged(msgspec.json.encode({"type": "ack", "id": post["id"]})) == 12
    assert dialect.acknowledged(b'{"type":"typing"}') is None


# --- the peers ---


def test_the_tutorial_has_a_path_for_each_room_and_nothing_to_wait_for() -> None:
    assert request_line(TutorialDialect(), SEAT) == "GET /ws/chat/lobby/ HTTP/1.1"
    assert TutorialDialect().opened(SEAT) is None


def test_ws_and_bun_are_asked_to_join() -> None:
    dialect = PlainDialect()
    assert dialect.opened(SEAT) == b'{"join":"lobby"}'
    assert dialect.hear(b'{"joined":"lobby"}', SEAT) is None
    assert dialect.opened(POSTS_ONLY) is None


def test_socket_io_is_opened_connected_and_joined() -> None:
    dialect = SocketIoDialect()
    assert dialect.opened(SEAT) == b""
    assert dialect.hear(b'0{"sid":"a","pingInterval":25000}', SEAT) == b"40"
    assert dialect.hear(b'40{"sid":"b"}', SEAT) == b'420["join","lobby"]'
    assert dialect.hear(b"2", SEAT) == b"3"
    assert dialect.hear(b"430[]", SEAT) is None
    assert dialect.hear(b'40{"sid":"b"}', POSTS_ONLY) is None


def test_a_ping_of_socket_io_is_answered_later_too() -> None:
    assert SocketIoDialect().ping_answer(b"2") == b"3"
    assert SocketIoDialect().ping_answer(b'42["message",{}]') is None
