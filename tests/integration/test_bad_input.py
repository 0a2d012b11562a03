"""What no well-behaved client sends. Each gets its named answer, and the same socket and worker go on."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from accounts.models import User
from chat.models import Message, Room
from tests.page import Elements
from tests.people import is_in
from tests.raw_socket import RawSocket, frame, handshake
from tests.rooms import room_of, seqs
from tests.wire import Chat, Frame, Sockets
from tests.workers import ORIGIN, Worker

CLIENT_ID = "6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11"

NOT_JSON = ["hola", "{", "", " ", "\x00", "{'type': 'ping', 'id': 1}", '{"type":"ping","id":1}}', "\ufeff{}", "NaN"]
ANOTHER_SHAPE = ["[]", "1", "null", "true", '"ping"', "{}", '[{"type":"ping","id":1}]', '{"type":1,"id":1}', '{"id":1}']
DEEP = '{"type":"ping","id":1,"message":"hola","deep":' + "[" * 30_000 + "]" * 30_000 + "}"


def still_works(chat: Chat) -> bool:
    """The socket that was answered goes on: what it posts is acknowledged."""
    kind: str = chat.post("lobby", "and now something sensible")["type"]
    return kind == "ack"


@pytest.fixture
def chat(sockets: Sockets, ana: User) -> Iterator[Chat]:
    """A typed socket of ana's, which must survive whatever the test does to it."""
    chat = sockets.typed(ana)
    yield chat
    assert still_works(chat)


# --- handshakes ---


def test_a_subprotocol_that_only_looks_like_ours_when_unquoted_is_refused_and_nobody_else_suffers(
    chat: Chat, worker: Worker
) -> None:
    with RawSocket(worker.port) as quoted:
        quoted.send(handshake("/ws/chat/", subprotocol="chat%2Ev1"))
        assert quoted.rest().startswith(b"HTTP/1.1 403 ")


# --- frames ---


@pytest.mark.parametrize("text", [*NOT_JSON, *ANOTHER_SHAPE, DEEP], ids=lambda text: repr(text[:16]))
def test_what_is_no_frame_is_a_bad_frame(chat: Chat, text: str) -> None:
    chat.connection.send(text)
    error = chat.next()
    assert (error["type"], error["code"]) == ("error", "bad_frame")


@pytest.mark.parametrize("kind", ["nonsense", "", "PING", "welcome", "event", "present", "x" * 10_000, "\x00", "🧉"])
def test_an_unknown_type_is_named_so(chat: Chat, kind: str) -> None:
    chat.send({"type": kind, "id": 7, "room": "lobby"})
    error = chat.next()
    assert (error["code"], error["id"]) == ("unknown_type", 7)
    assert len(error["message"]) < 200


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "ping"},
        {"type": "subscribe", "id": 7},
        {"type": "unsubscribe", "id": 7},
        {"type": "read", "id": 7, "room": "lobby"},
        {"type": "post", "id": 7, "room": "lobby", "body": "hola"},
        {"type": "post", "id": 7, "room": "lobby", "client_id": CLIENT_ID},
        {"type": "post", "id": 7, "client_id": CLIENT_ID, "body": "hola"},
        {"type": "post", "room": "lobby", "client_id": CLIENT_ID, "body": "hola"},
    ],
    ids=str,
)
def test_a_missing_field_is_a_bad_frame(chat: Chat, frame: Frame) -> None:
    chat.send(frame)
    error = chat.next()
    assert (error["code"], error.get("id")) == ("bad_frame", frame.get("id"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"room": 1},
        {"room": None},
        {"body": 1},
        {"body": ["hola"]},
        {"client_id": 1},
        {"client_id": "mine"},
        {"client_id": ""},
        {"reply_to": "1"},
        {"reply_to": 1.5},
    ],
    ids=str,
)
def test_a_field_of_another_type_is_a_bad_frame(chat: Chat, wrong: Frame) -> None:
    chat.send({"type": "post", "id": 7, "room": "lobby", "client_id": CLIENT_ID, "body": "hola", **wrong})
    error = chat.next()
    assert (error["code"], error["id"]) == ("bad_frame", 7)


@pytest.mark.parametrize("wrong", [None, 1.5, True, [], {}, "x" * 65])
def test_an_id_that_is_none_is_not_sent_back(chat: Chat, wrong: object) -> None:
    chat.send({"type": "ping", "id": wrong})
    error = chat.next()
    assert error["code"] == "bad_frame"
    assert "id" not in error


def test_binary_is_a_bad_frame(chat: Chat) -> None:
    chat.connection.send(b'{"type": "ping", "id": 1}')
    assert chat.next()["code"] == "bad_frame"


# --- what is said ---


@pytest.mark.parametrize("body", ["", " ", "\n\t ", "\u2003", "hola\x00", "\x00"])
def test_a_body_that_says_nothing_or_holds_nul_is_a_bad_frame(chat: Chat, body: str) -> None:
    assert chat.post("lobby", body)["code"] == "bad_frame"
    assert not Message.objects.exists()


@pytest.mark.parametrize("letter", ["a", "ñ", "🧉"])
def test_four_thousand_characters_are_a_message_and_one_more_is_not(chat: Chat, letter: str) -> None:
    assert chat.post("lobby", letter * 4001)["code"] == "too_long"
    assert not Message.objects.exists()
    assert chat.post("lobby", letter * 4000)["type"] == "ack"
    assert Message.objects.get().body == letter * 4000


@pytest.mark.parametrize("escaped", [r"\ud800", r"\udfff", r"\ude00\ud83d", r"hola \ud83d"])
def test_half_a_character_is_a_bad_frame(chat: Chat, escaped: str) -> None:
    chat.connection.send(
        f'{{"type": "post", "id": 7, "room": "lobby", "client_id": "{CLIENT_ID}", "body": "{escaped}"}}'
    )
    assert chat.next()["code"] == "bad_frame"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "👩‍👩‍👧‍👦",
        "مرحبا بالعالم",
        "\u202eright to left\u202c",
        "עברית and English",
        "e\u0301 is not é",
        "\u200b.\u200b",
        "日本語",
        "'; DROP TABLE chat_room; --",
        "line\nline\r\nline",
        "\x01\x1f\x7f",
        "%s %(name)s {0} {{ x }} {% url %}",
    ],
)
def test_what_people_write_comes_back_as_they_wrote_it(sockets: Sockets, chat: Chat, body: str) -> None:
    chat.subscribe("lobby")
    assert chat.post("lobby", body)["type"] == "ack"
    assert chat.event()["data"]["body"] == body
    assert Message.objects.get().body == body


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[here](javascript:alert(1))",
        "<a href='javascript:alert(1)'>here</a>",
        "![](https://elsewhere.example/pixel.png)",
        "<svg/onload=alert(1)>",
        "<style>body{display:none}</style>",
        "<iframe src=//elsewhere.example>",
    ],
)
def test_html_arrives_as_text(chat: Chat, body: str) -> None:
    chat.subscribe("lobby")
    chat.post("lobby", body)
    data = chat.event()["data"]
    assert data["body"] == body
    shown = Elements(data["html"])
    assert shown.tags <= {"p", "a"}
    assert all(link.startswith("https://") for link in shown.links)


# --- rooms ---


@pytest.mark.parametrize("slug", ["nowhere", "", "LOBBY", "lobby/", "../lobby", "x" * 10_000, "lo\x00bby", "🧉", "%"])
def test_a_room_that_does_not_exist_is_not_found(chat: Chat, slug: str) -> None:
    answers = [chat.subscribe(slug), chat.post(slug, "hola"), chat.ask("read", room=slug, seq=0)]
    assert [answer["code"] for answer in answers] == ["not_found"] * 3


def test_a_room_that_is_not_mine_is_not_found(chat: Chat, ana: User, carla: User) -> None:
    private = room_of(carla, "carlas", private=True)
    assert not is_in(private, ana)
    answers = [chat.subscribe("carlas"), chat.post("carlas", "hola"), chat.ask("read", room="carlas", seq=0)]
    assert [answer["code"] for answer in answers] == ["not_found"] * 3
    assert not Message.objects.exists()


# --- the plain form and the echo ---


@pytest.mark.parametrize(
    "text",
    [*NOT_JSON, "[]", "1", "null", '"hola"', "{}", '{"message":1}', '{"message":null}', '{"Message":"hola"}', DEEP],
    ids=lambda text: repr(text[:16]),
)
@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
def test_the_plain_form_names_a_bad_frame_too(sockets: Sockets, ana: User, lobby: Room, path: str, text: str) -> None:
    chat = sockets.open(path, user=ana)
    chat.connection.send(text)
    error = chat.next()
    assert error == {"error": {"code": "bad_frame", "message": error["error"]["message"]}}
    chat.say("hola")
    assert chat.next()["message"] == "hola"


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
def test_the_plain_form_wants_no_binary(sockets: Sockets, ana: User, lobby: Room, path: str) -> None:
    chat = sockets.open(path, user=ana)
    chat.connection.send(b'{"message": "hola"}')
    assert chat.next()["error"]["code"] == "bad_frame"
    chat.say("hola")
    assert chat.next()["message"] == "hola"


@pytest.mark.parametrize(("body", "code"), [("", "bad_frame"), ("a\x00", "bad_frame"), ("x" * 4001, "too_long")])
def test_a_room_refuses_in_the_plain_form_what_it_refuses_in_the_typed(
    sockets: Sockets, ana: User, lobby: Room, body: str, code: str
) -> None:
    chat = sockets.plain(ana, "lobby")
    chat.say(body)
    assert chat.next()["error"]["code"] == code
    chat.say("hola")
    assert chat.next()["message"] == "hola"


# --- too large, too many ---


@pytest.mark.parametrize("typed", [True, False])
def test_65_kib_close_the_socket_with_1009(sockets: Sockets, ana: User, worker: Worker, typed: bool) -> None:
    chat = sockets.open("/ws/chat/", user=ana, typed=typed)
    chat.connection.send("x" * 65 * 1024)
    assert chat.close_code() == 1009
    assert still_works(sockets.typed(ana))


def test_64_kib_are_only_a_bad_frame(chat: Chat) -> None:
    chat.connection.send("x" * 64 * 1024)
    assert chat.next()["code"] == "bad_frame"


def test_65_kib_in_pieces_are_as_large(sockets: Sockets, ana: User) -> None:
    chat = sockets.typed(ana)
    with suppress(ConnectionClosed):
        chat.connection.send(["x" * 1024 for _ in range(65)])
    assert chat.close_code() == 1009
    assert still_works(sockets.typed(ana))


def test_a_thousand_frames_in_a_second_lose_nothing_that_was_acknowledged(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    other = sockets.typed(berto, room="lobby")
    chat = sockets.typed(ana)
    with suppress(ConnectionClosed):  # it was told before it had sent them all
        for number in range(1000):
            chat.send({"type": "post", "id": number, "room": "lobby", "client_id": str(uuid4()), "body": str(number)})
    assert chat.close_code() == 4429
    answers = chat.kept()
    refused = [frame for frame in answers if frame["type"] == "error"]
    assert {frame["code"] for frame in refused} == {"rate_limited"}
    assert {frame["id"] for frame in answers} == set(range(len(answers)))
    assert all(0 <= frame["retry_after"] <= 0.05 for frame in refused)
    acknowledged = {frame["seq"] for frame in answers if frame["type"] == "ack"}
    assert len(acknowledged) >= 60
    written = set(Message.objects.values_list("seq", flat=True))
    assert acknowledged == written
    assert {other.event()["seq"] for _ in written} == written
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))
    assert still_works(other)


def test_a_flood_is_left_to_the_kernel(worker: Worker, sockets: Sockets) -> None:
    """Whoever it is, more than a worker takes is not taken: the sender waits, and is closed."""
    calm = sockets.echo()
    with RawSocket(worker.port) as flooder:
        flooder.opens("/ws/chat/")
        flooder.send(*[frame(b"1") * 9000] * 20)
        assert [said.close_code for said in flooder.until_closed()][-1] == 4429
    calm.say("hola")
    assert calm.next() == {"message": "hola"}


def test_who_slows_down_is_served_again(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana)
    for number in range(100):
        chat.send({"type": "ping", "id": number})
    answers = [chat.next() for _ in range(100)]
    # A refusal does not wait for its turn.
    assert {frame["id"] for frame in answers if frame["type"] == "pong"} >= set(range(60))
    refusals = [frame for frame in answers if frame["type"] == "error"]
    assert refusals
    assert {frame["code"] for frame in refusals} == {"rate_limited"}
    answer = refusals[-1]
    while answer["type"] == "error":
        time.sleep(answer["retry_after"])  # as it was told
        answer = chat.ask("ping")
    assert answer["type"] == "pong"


def test_the_echo_has_the_same_bound(sockets: Sockets) -> None:
    echo = sockets.echo()
    with suppress(ConnectionClosed):
        for _ in range(1000):
            echo.say("hola")
    assert echo.close_code() == 4429


# --- below the frames ---


def test_text_that_is_no_utf8_closes_the_socket(sockets: Sockets, ana: User) -> None:
    chat = sockets.typed(ana)
    chat.connection.send(b"\xed\xa0\x80", text=True)
    assert chat.close_code() == 1007
    assert still_works(sockets.typed(ana))


def test_a_client_that_breaks_off_takes_nobody_along(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    bertos, anas = sockets.typed(berto, room="lobby"), sockets.typed(ana, room="lobby")
    bertos.connection.socket.shutdown(socket.SHUT_RDWR)
    assert anas.post("lobby", "hola")["type"] == "ack"
    assert anas.event()["data"]["body"] == "hola"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /ws/chat/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /ws/chat/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nSec-WebSocket-Key: not-a-key\r\n\r\n",
    ],
)
def test_what_is_no_handshake_takes_nobody_along(worker: Worker, sockets: Sockets, ana: User, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", worker.port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4096)
    assert still_works(sockets.typed(ana))


@pytest.mark.parametrize(
    "header",
    [
        {"Cookie": "sessionid=\xff\xfe; ="},
        {"Cookie": "a" * 5000},
        {"X-Request-ID": 'x"} injected'},
        {"X-Forwarded-For": "nobody, at all"},
    ],
    ids=str,
)
def test_strange_headers_take_nobody_along(sockets: Sockets, ana: User, header: dict[str, str]) -> None:
    with suppress(InvalidStatus, InvalidMessage):  # refused: as good
        sockets.open("/ws/chat/", headers=header, origin=ORIGIN)
    assert still_works(sockets.typed(ana))


def test_json_is_written_as_unicode(chat: Chat) -> None:
    """What is sent is as long as what was said: a letter is not six characters of escapes."""
    chat.subscribe("lobby")
    chat.post("lobby", "ñandú 🧉")
    raw = json.dumps(chat.event(), ensure_ascii=False)
    assert "ñandú 🧉" in raw
