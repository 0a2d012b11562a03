"""The socket behind the lab: the scope without its secrets, an echo, and an event through the channel layer."""

import pytest
import redis
from channels.testing import WebsocketCommunicator

from accounts.models import User
from lab.consumers import LabConsumer
from realtime.server import TRANSPORT
from tests.conftest import StartWorker
from tests.people import Browser, browser_of
from tests.redis_probe import consumers, send_to
from tests.wire import Sockets
from tests.workers import ORIGIN

# --- the scope ---


@pytest.fixture
def anas_browser(ana: User) -> Browser:
    browser = browser_of(ana)
    browser.client.get("/sign-in/")
    session = browser.client.session
    session["favourite_colour"] = "green"
    session["api_token"] = "do-not-show-this-token"
    session.save()
    return browser


def test_the_lab_shows_the_scope(sockets: Sockets, ana: User, anas_browser: Browser) -> None:
    lab = sockets.open("/ws/lab/?room=lobby", browser=anas_browser)
    frame = lab.next()
    assert frame["type"] == "scope"
    scope = frame["scope"]
    assert scope["type"] == "websocket"
    assert scope["path"] == "/ws/lab/"
    assert scope["path_remaining"] == ""
    assert scope["url_route"] == {"args": [], "kwargs": {}}
    assert scope["query_string"] == "room=lobby"
    assert scope["user"] == {"class": "User", "username": "ana", "pk": ana.pk}
    assert scope["session"]["class"] == "SessionStore"
    assert scope["session"]["contents"]["favourite_colour"] == "green"
    assert ["origin", ORIGIN] in scope["headers"]
    assert set(scope["cookies"]) == {"sessionid"}
    assert {"client", "server", "subprotocols"} <= scope.keys()


def test_the_lab_shows_no_secret(sockets: Sockets, ana: User, anas_browser: Browser, token: str) -> None:
    csrf = "cSrFcSrFcSrFcSrFcSrFcSrFcSrFcSrF"
    lab = sockets.open(
        "/ws/lab/?token=tertulia_in_the_address",
        headers={
            "Cookie": f"{anas_browser.cookie}; csrftoken={csrf}; other=do-not-show-this-cookie",
            "Authorization": f"Bearer {token}",
            "X-CSRFToken": csrf,
            "X-Api-Key": "do-not-show-this-key",
        },
        origin=ORIGIN,
    )
    text = lab.connection.recv(timeout=10)
    secrets = [
        anas_browser.session_key,
        csrf,
        token,
        token.removeprefix("tertulia_"),
        ana.password,
        ana.get_session_auth_hash(),
        "do-not-show-this-cookie",
        "do-not-show-this-key",
        "do-not-show-this-token",
        "tertulia_in_the_address",
    ]
    for secret in secrets:
        assert secret
        assert secret not in str(text)


def test_the_lab_is_open_to_who_is_not_signed_in(sockets: Sockets) -> None:
    scope = sockets.open("/ws/lab/").next()["scope"]
    assert scope["user"] == {"class": "AnonymousUser", "username": "", "pk": None}
    assert scope["session"]["session_key"] is None


# --- frames ---


@pytest.mark.parametrize("message", ["hola", "", 1, None, ["a", {"b": 2}], "🧉", "<b>x</b>"])
def test_the_lab_echoes_anything(sockets: Sockets, message: object) -> None:
    lab = sockets.open("/ws/lab/")
    lab.next()
    lab.send({"type": "echo", "message": message})
    assert lab.next() == {"type": "echo", "message": message}


def test_the_lab_sends_itself_an_event_through_the_layer(sockets: Sockets, redis_server: "redis.Redis") -> None:
    lab = sockets.open("/ws/lab/")
    lab.next()
    lab.send({"type": "event", "message": {"to": "myself"}})
    event = lab.next()
    assert (event["type"], event["message"], event["event_type"]) == ("event", {"to": "myself"}, "lab.event")
    assert event["channel_name"] in consumers(redis_server)
    send_to(event["channel_name"], {"type": "lab.event", "message": "from elsewhere"})
    assert lab.next()["message"] == "from elsewhere"


@pytest.mark.parametrize(
    "text",
    [
        "hola",
        "",
        "[]",
        "1",
        "{}",
        '{"type":"echo"}',
        '{"type":"nothing","message":1}',
        "[" * 30_000,
        '{"type":["echo"]}',
        '{"type":"event","message":123456789012345678901234567890}',
        '{"type":"echo","message":-123456789012345678901234567890}',
        '{"type":"event","message":1e999}',
        '{"type":"event","message":NaN}',
        r'{"type":"event","message":"\ud800"}',
        '{"type":"event","message":' + "[" * 20_000 + "]" * 20_000 + "}",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_the_lab_names_a_bad_frame(sockets: Sockets, text: str) -> None:
    lab = sockets.open("/ws/lab/")
    lab.next()
    lab.connection.send(text)
    error = lab.next()
    assert (error["type"], error["code"]) == ("error", "bad_frame")
    lab.send({"type": "echo", "message": "still there"})
    assert lab.next()["message"] == "still there"


def test_the_lab_names_binary_a_bad_frame(sockets: Sockets) -> None:
    lab = sockets.open("/ws/lab/")
    lab.next()
    lab.connection.send(b"\x00\xff")
    assert lab.next()["code"] == "bad_frame"


def test_a_frame_over_the_bound_closes_the_lab(sockets: Sockets) -> None:
    lab = sockets.open("/ws/lab/")
    lab.connection.send("x" * 65_537)
    assert lab.close_code() == 1009


class Asleep:
    """The transport of someone who reads nothing."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.code: int | None = None

    def write(self, text: str) -> None:
        self.written.append(text)

    def close(self, code: int) -> None:
        self.code = code

    def waiting(self) -> int:
        return 10**9


async def test_who_reads_too_slowly_is_closed() -> None:
    transport = Asleep()
    lab = WebsocketCommunicator(LabConsumer.as_asgi(), "/ws/lab/")
    lab.scope["extensions"] = {TRANSPORT: transport}
    assert (await lab.connect())[0]
    await lab.disconnect()
    assert (transport.written, transport.code) == ([], 4408)


def test_without_the_lab_its_address_is_no_route(sockets: Sockets, start_worker: StartWorker) -> None:
    there = sockets.on(start_worker(LAB="false"))
    assert there.refused("/ws/lab/") == 403
    assert there.echo()
