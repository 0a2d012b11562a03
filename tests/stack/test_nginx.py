"""What nginx lets in, what it refuses, and what it says of it."""

import gzip
import re

import httpx
import pytest

from tests.browser.visitor import Visitor
from tests.stack.programs import Programs
from tests.stack.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

HASHED = re.compile(r"/static/[\w/-]+\.[0-9a-f]{6}\.\w+")


def test_a_body_that_is_too_large_is_refused(stack: Stack, ana: Visitor) -> None:
    body = b"x" * (1 << 20) + b"x"
    page = httpx.post(f"{stack.url}/sign-in/", content=body, trust_env=False)
    assert page.status_code == 413
    assert "Too large" in page.text
    api = httpx.post(f"{stack.url}/api/v1/rooms/lobby/messages/", content=body, trust_env=False)
    assert api.status_code == 413
    assert api.json()["error"]["code"] == "too_long"


def test_metrics_are_not_for_the_outside(stack: Stack) -> None:
    for path in ("/metrics", "/metrics/", "/metrics?format=text", "//metrics"):
        assert stack.get(path).status_code == 404, path


def test_a_host_that_is_not_ours_is_refused(stack: Stack, ana: Visitor) -> None:
    assert stack.get("/", Host="evil.example").status_code == 400


def test_a_page_has_one_id_in_both_logs(stack: Stack, ana: Visitor) -> None:
    answer = stack.get("/nowhere/at/all/", X_Request_ID="forged")
    given = answer.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", given)
    [record] = until(lambda: [one for one in stack.access_log() if one["request_id"] == given])
    assert (record["path"], record["status"], record["method"]) == ("/nowhere/at/all/", 404, "GET")
    worker = stack.container("web")
    assert record["upstream"] == f"{worker.networks['edge']}:8000"
    [line] = until(lambda: [one for one in worker.records() if one["message"] == "Not Found: /nowhere/at/all/"])
    assert line["request_id"] == given


def test_a_socket_has_one_id_in_both_logs(stack: Stack, programs: Programs) -> None:
    before = len(stack.sockets_of("weather"))
    programs.typed().close()
    [socket] = until(lambda: stack.sockets_of("weather")[before:])
    [record] = until(lambda: [one for one in stack.access_log() if one["request_id"] == socket["request_id"]])
    assert (record["path"], record["status"]) == ("/ws/chat/", 101)


def test_every_line_of_a_log_is_json(stack: Stack) -> None:
    for container in [stack.container("nginx"), stack.container("web"), *stack.containers("ws")]:
        own = [line for line in container.said().splitlines() if not line.startswith(("/docker-entrypoint", "2"))]
        assert all(line.startswith("{") for line in own), container.name
        assert container.records()


@pytest.mark.parametrize(
    "origin", [None, "null", "nonsense", "http://evil.example", "http://localhost:1", "https://localhost"]
)
def test_a_socket_from_another_origin_is_refused(programs: Programs, origin: str | None) -> None:
    for path in ("/ws/chat/", "/ws/chat/lobby/"):
        assert programs.status(path, origin=origin, token=False) == 403


def test_a_socket_from_our_own_pages_is_let_in(stack: Stack, programs: Programs) -> None:
    for origin in (stack.url, f"http://127.0.0.1:{stack.port}"):
        echo = programs.open("/ws/chat/", origin=origin, token=False)
        echo.say("hola")
        assert echo.next() == {"message": "hola"}


def test_a_path_without_a_route_is_refused(stack: Stack, programs: Programs) -> None:
    assert programs.status("/ws/nowhere/", origin=stack.url) == 403


def test_each_security_header_is_sent_once(stack: Stack, ana: Visitor) -> None:
    for path in ("/sign-in/", "/", "/nowhere/", "/api/v1/openapi.json"):
        headers = stack.get(path).headers
        expected = {
            "Content-Security-Policy": None,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "X-Frame-Options": "DENY",
            "X-Request-ID": None,
        }
        for name, value in expected.items():
            [sent] = headers.get_list(name)
            assert value in {None, sent}, (path, name)
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert headers["Server"] == "nginx"


def test_static_files_are_named_after_their_content_kept_for_ever_and_small(stack: Stack, ana: Visitor) -> None:
    names = set(HASHED.findall(stack.get("/sign-in/").text))
    assert {name.rpartition(".")[2] for name in names} >= {"css", "js", "svg"}
    for name in names:
        answer = stack.get(name)
        assert answer.status_code == 200, name
        assert answer.headers.get_list("Cache-Control") == ["public, max-age=31536000, immutable"], name
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"], name
    [styles] = [name for name in names if "base." in name]
    with httpx.stream("GET", f"{stack.url}{styles}", headers={"Accept-Encoding": "gzip"}, trust_env=False) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        packed = b"".join(answer.iter_raw())
    assert gzip.decompress(packed).decode() == stack.get(styles, Accept_Encoding="identity").text
    assert stack.get("/static/chat/base.css").headers["Cache-Control"] == "no-cache"
    assert stack.get("/static/chat/").status_code in {403, 404}


def test_a_room_loads_nothing_but_hashed_files_of_our_own(stack: Stack, ana: Visitor) -> None:
    asked: list[str] = []
    tab = ana.in_another_tab()
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.enters("lobby")
    assert all(url.startswith(f"{stack.url}/") for url in asked), asked
    static = [url.removeprefix(stack.url) for url in asked if "/static/" in url]
    assert any("room." in name for name in static)
    assert [name for name in static if not HASHED.match(name)] == []
