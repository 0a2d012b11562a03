"""Whatever bytes a worker is sent: a named answer or a documented code, nothing in its log, and the others go on.

That the same process still serves afterwards and has logged no error is looked at by the fixture `worker`. A few
hundred examples by default; FUZZ=20 ./run test tests/integration/test_fuzz.py tries twenty times as many
(tests/fuzzing.py).
"""

import json
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from accounts.models import User
from chat.errors import ChatError
from chat.models import Room
from chat.protocol import Typing
from chat.requests import FrameRefused, parse_request
from realtime import close_codes
from tests.frames_to_send import PLAIN, TYPED
from tests.fuzzing import effort
from tests.near_json import almost, values
from tests.people import browser_of
from tests.raw_socket import BINARY, CLOSE, LAST_WORD, PING, PONG, TEXT, RawSocket, Received, frame, handshake
from tests.waiting import DEADLINE
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker

ERROR_CODES = {error.code for error in ChatError.__subclasses__()}
ANSWERS = {"subscribed", "unsubscribed", "ack", "pong", "error"}
# Those of docs/protocol.md, and RFC 6455's for who breaks its own rules.
CLOSE_CODES = {code for name, code in vars(close_codes).items() if name.isupper()} | {1000, 1002, 1003, 1007}

# A frame holds 64 KiB; a socket takes 60 at once.
FIT = 65_000
AT_ONCE = 40

tries = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def fits(text: str) -> bool:
    return len(text.encode(errors="replace")) < FIT


texts = st.text(max_size=100) | values
typed_frames = st.lists((almost(*TYPED) | texts).filter(fits) | st.binary(max_size=50), max_size=AT_ONCE)
plain_frames = st.lists((almost(*PLAIN) | texts).filter(fits) | st.binary(max_size=50), max_size=AT_ONCE)


@pytest.fixture
def witness(sockets: Sockets, berto: User) -> Chat:
    """Somebody else in the same room, who must not notice."""
    return sockets.typed(berto, room="lobby")


def goes_on(witness: Chat) -> bool:
    """Posts are acknowledged and arrive."""
    client_id = str(uuid4())
    seq = witness.post("lobby", "and now something sensible", client_id=client_id)["seq"]
    heard = witness.find(lambda frame: frame.get("type") == "event" and frame["seq"] == seq)
    witness.kept()
    own: bool = heard["data"]["client_id"] == client_id
    return own


def send(chat: Chat, sent: str | bytes) -> None:
    """Text that has no UTF-8 cannot be sent as text."""
    chat.connection.send(sent.encode(errors="replace") if isinstance(sent, str) else sent, text=isinstance(sent, str))


# --- frames ---


def test_each_frame_of_the_typed_form_has_its_answer(sockets: Sockets, ana: User, witness: Chat) -> None:
    browser = browser_of(ana)

    @effort(40, **tries)
    @given(typed_frames)
    def play(frames: list[str | bytes]) -> None:
        chat = sockets.typed(browser=browser, room="lobby")
        for sent in frames:
            send(chat, sent)
        last = uuid4().hex
        chat.send({"type": "ping", "id": last})
        chat.find(lambda frame: frame == {"type": "pong", "id": last})
        answers = [answer for answer in chat.kept() if answer["type"] != "event"]
        chat.close()
        assert len(answers) == sum(map(has_an_answer, frames)), answers
        assert {answer["type"] for answer in answers} <= ANSWERS
        for answer in answers:
            assert answer["type"] != "error" or is_named(answer)

    play()
    assert goes_on(witness)


def has_an_answer(sent: str | bytes) -> bool:
    """All but who types."""
    try:
        return isinstance(sent, bytes) or not isinstance(parse_request(sent.encode(errors="replace").decode()), Typing)
    except FrameRefused:
        return True


def is_named(error: Frame) -> bool:
    named: bool = error["code"] in ERROR_CODES and error["code"] != "unavailable" and 0 < len(error["message"]) < 500
    return named


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
def test_each_frame_of_the_plain_form_has_its_answer(sockets: Sockets, ana: User, witness: Chat, path: str) -> None:
    browser = browser_of(ana)

    @effort(30, **tries)
    @given(plain_frames)
    def play(frames: list[str | bytes]) -> None:
        chat = sockets.open(path, browser=browser)
        last = uuid4().hex
        for sent in [*frames, json.dumps({"message": last})]:
            send(chat, sent)
        answers = [chat.next() for _ in range(len(frames) + 1)]
        chat.close()
        assert any(answer.get("message") == last for answer in answers)
        for answer in answers:
            assert isinstance(answer.get("message"), str) or is_named(answer["error"])

    play()
    assert goes_on(witness)


# --- below the frames ---

payloads = st.binary(max_size=200) | st.sampled_from(TYPED).map(lambda good: json.dumps(good).encode())
# Right or wrong, but one can tell where it ends, or that it is too long to wait for.
wild_frames = st.builds(
    frame,
    payloads,
    opcode=st.sampled_from([0, TEXT, TEXT, BINARY, PING, PONG, 3, 7, 11, 15]),
    last=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 1, 4, 7]),
    masked=st.sampled_from([True, True, True, False]),
    claims=st.sampled_from([-1] * 6 + [65_537, 2**31, 2**63 - 1, 2**63]),
)
liars = st.builds(
    frame,
    payloads,
    opcode=st.integers(0, 15),
    last=st.booleans(),
    reserved=st.integers(0, 7),
    claims=st.integers(-1, 300),
)


@st.composite
def pieces(draw: st.DrawFn) -> bytes:
    """A good message in fragments, with control frames in between."""
    text = draw(almost(*TYPED).filter(fits)).encode(errors="replace")
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    bounds = list(zip([0, *cuts], [*cuts, len(text)], strict=True))
    sent = b""
    for number, (begin, end) in enumerate(bounds):
        sent += frame(text[begin:end], opcode=0 if number else TEXT, last=number == len(bounds) - 1)
        sent += draw(st.sampled_from([b"", b"", frame(b"still there?", opcode=PING), frame(b"", opcode=PONG)]))
    return sent


@pytest.mark.parametrize("subprotocol", ["chat.v1", ""])
def test_a_frame_is_answered_or_the_socket_closed_with_a_code(
    worker: Worker, ana: User, lobby: Room, witness: Chat, subprotocol: str
) -> None:
    cookie = browser_of(ana).cookie

    @effort(80, **tries)
    @given(st.lists(pieces(), max_size=3), wild_frames)
    def play(good: list[bytes], wild: bytes) -> None:
        with RawSocket(worker.port) as connection:
            connection.opens("/ws/chat/", cookie=cookie, subprotocol=subprotocol)
            connection.send(*good, wild)
            said = connection.until_answered()
        for received in said:
            assert received.opcode in {TEXT, PONG, CLOSE}
            assert received.opcode != TEXT or isinstance(json.loads(received.payload), dict)
        codes = [received.close_code for received in said if received.opcode == CLOSE]
        assert codes or Received(PONG, LAST_WORD) in said
        assert set(codes) <= CLOSE_CODES

    play()
    assert goes_on(witness)


def test_any_bytes_over_an_open_socket_take_nobody_along(worker: Worker, ana: User, lobby: Room, witness: Chat) -> None:
    cookie = browser_of(ana).cookie

    @effort(80, **tries)
    @given(st.lists(pieces() | liars | st.binary(max_size=300), min_size=1, max_size=5))
    def play(sent: list[bytes]) -> None:
        with RawSocket(worker.port) as connection:
            connection.opens("/ws/chat/lobby/", cookie=cookie, subprotocol="chat.v1")
            connection.send(*sent)
            connection.rest()

    play()
    assert goes_on(witness)


def test_bytes_that_are_no_utf8_close_the_socket(worker: Worker, ana: User, lobby: Room, witness: Chat) -> None:
    cookie = browser_of(ana).cookie

    @effort(30, **tries)
    @given(st.binary(min_size=1, max_size=100).filter(is_no_utf8), st.integers(0, 100))
    def play(payload: bytes, at: int) -> None:
        with RawSocket(worker.port) as connection:
            connection.opens("/ws/chat/", cookie=cookie, subprotocol="chat.v1")
            connection.send(frame(payload[:at], last=False), frame(payload[at:], opcode=0))
            assert connection.until_closed()[-1].close_code == 1007

    play()
    assert goes_on(witness)


def is_no_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return False


# --- before there is a socket ---

GOOD_REQUESTS = [
    handshake("/ws/chat/"),
    handshake("/ws/chat/lobby/", subprotocol="chat.v1"),
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /sse/chat/lobby/?since=1 HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 1\r\n\r\n",
    b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhola!\r\n0\r\n\r\n",
]


@st.composite
def almost_requests(draw: st.DrawFn) -> bytes:
    """A good request with a line changed, left out or doubled, or cut off somewhere, or a byte wrong."""
    lines = draw(st.sampled_from(GOOD_REQUESTS)).split(b"\r\n")
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["change", "leave out", "double", "value"])):
            case "change":
                lines[at] = draw(st.binary(max_size=60))
            case "leave out" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case _:
                name, _, _ = lines[at].partition(b":")
                lines[at] = name + b": " + draw(st.binary(max_size=30) | st.sampled_from([b"", b"-1", b"9" * 30]))
    request = b"\r\n".join(lines)
    return request[: draw(st.none() | st.integers(0, len(request)))]


def test_whatever_is_sent_instead_of_a_handshake(worker: Worker, lobby: Room, witness: Chat) -> None:
    @effort(150, **tries)
    @given(almost_requests() | st.binary(max_size=300))
    def play(sent: bytes) -> None:
        with RawSocket(worker.port) as connection:
            connection.send(sent)
            answer = connection.rest()
        assert not answer or answer.startswith(b"HTTP/")
        status = answer[9:12]
        assert not status.startswith(b"5"), (sent, answer)

    play()
    assert goes_on(witness)


# --- the event stream ---

seqs = st.integers(-5, 2**70).map(str) | st.text(max_size=20) | st.sampled_from(["", "0", "1.0", "1e3", "\x00", "٣"])
rooms = (
    st.just("lobby")
    | st.sampled_from(["", "LOBBY", "nowhere", "lobby/x", "..", "x" * 65, "lo\x00bby"])
    | st.text(max_size=8)
)


def test_whatever_an_event_stream_is_asked_for(worker: Worker, ana: User, lobby: Room, witness: Chat) -> None:
    cookie = browser_of(ana).cookie

    @effort(80, **tries)
    @given(
        room=rooms,
        since=st.none() | seqs,
        last=st.none() | seqs.map(lambda seq: seq.encode()).filter(is_header),
        method=st.sampled_from(["GET", "GET", "GET", "POST", "HEAD", "NONSENSE"]),
    )
    def play(room: str, since: str | None, last: bytes | None, method: str) -> None:
        path = f"/sse/chat/{quote(room, safe='', errors='replace')}/"
        if since is not None:
            path += f"?since={quote(since, errors='replace')}"
        headers: list[tuple[bytes, bytes]] = [(b"Cookie", cookie.encode())]
        if last is not None:
            headers.append((b"Last-Event-ID", last))
        with client.stream(method, path, headers=headers) as response:
            if response.status_code == 200:
                assert next(response.iter_lines()) == "event: subscribed"
            else:
                assert response.status_code in {400, 404, 405, 429}
                assert method == "HEAD" or set(json.loads(response.read())["error"]) == {"code", "message"}

    with httpx.Client(base_url=f"http://127.0.0.1:{worker.port}", timeout=DEADLINE, trust_env=False) as client:
        play()
    assert goes_on(witness)


def is_header(value: bytes) -> bool:
    return value == value.strip() and all(0x20 <= byte < 0x7F for byte in value)
