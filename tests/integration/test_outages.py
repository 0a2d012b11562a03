"""When a part is gone for a while: a named answer, a socket that stays open, and work again when it is back."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from django.conf import settings

from accounts.models import User
from chat.models import Message, Room
from tests.conftest import StartWorker
from tests.people import browser_of
from tests.roads import Road
from tests.waiting import until
from tests.wire import Chat, Frame, Sockets
from tests.workers import url_of_test_database


@pytest.fixture
def road_to_database(transactional_db: None) -> Iterator[Road]:
    road = Road(url_of_test_database())
    yield road
    road.block()


@pytest.fixture
def road_to_redis() -> Iterator[Road]:
    road = Road(settings.REDIS_URL)
    yield road
    road.block()


def test_without_the_database_a_request_is_answered_and_the_socket_stays(
    road_to_database: Road, start_worker: StartWorker, sockets: Sockets, ana: User, lobby: Room
) -> None:
    worker = start_worker(DATABASE_URL=road_to_database.url)
    chat = sockets.on(worker).typed(ana, room="lobby")
    plain = sockets.on(worker).plain(ana, "lobby")
    road_to_database.block()
    refusal = chat.post("lobby", "into the void")
    assert (refusal["type"], refusal["code"]) == ("error", "unavailable")
    assert refusal["retry_after"] > 0
    plain.say("into the void")
    assert plain.next()["error"]["code"] == "unavailable"
    assert chat.ask("ping")["type"] == "pong"
    assert worker.get("/healthz").status_code == 200
    road_to_database.open()
    ack = until(lambda: acknowledged(chat))
    assert Message.objects.get(seq=ack["seq"]).body == "back again"
    assert chat.event()["seq"] == plain.next()["seq"] == ack["seq"]
    until(lambda: worker.get("/readyz").status_code == 200)


def acknowledged(chat: Chat) -> Frame:
    answer = chat.post("lobby", "back again")
    return answer if answer["type"] == "ack" else {}


def test_without_the_database_a_handshake_ends_with_come_again(
    road_to_database: Road, start_worker: StartWorker, sockets: Sockets, ana: User, token: str
) -> None:
    there = sockets.on(start_worker(DATABASE_URL=road_to_database.url))
    echo, browser = there.echo(), browser_of(ana)
    road_to_database.block()
    echo.say("hola")
    assert echo.next() == {"message": "hola"}
    with ThreadPoolExecutor(2) as threads:
        person = threads.submit(there.open, "/ws/chat/", browser=browser, typed=True)
        program = threads.submit(there.open, "/ws/chat/", token=token, typed=True)
        assert [opened.result().close_code() for opened in (person, program)] == [1012, 1012]


def test_without_redis_what_is_posted_is_kept(
    road_to_redis: Road, start_worker: StartWorker, sockets: Sockets, ana: User, lobby: Room
) -> None:
    worker = start_worker(REDIS_URL=road_to_redis.url)
    chat = sockets.on(worker).typed(ana, room="lobby")
    road_to_redis.block()
    ack = chat.post("lobby", "hola")
    assert ack["type"] == "ack"
    assert Message.objects.get(seq=ack["seq"]).body == "hola"
    assert worker.get("/readyz").json() == {"ok": False, "problems": {"redis": "does not answer"}}
    road_to_redis.open()
    until(lambda: worker.get("/readyz").status_code == 200)
    assert chat.subscribe("lobby", since=ack["seq"] - 1)["events"][0]["seq"] == ack["seq"]


def test_a_worker_starts_without_its_parts_and_says_what_is_missing(start_worker: StartWorker) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(closing(socket.socket())) for _ in range(2)]
        for port in ports:
            port.bind(("127.0.0.1", 0))  # and nobody listens
        database, redis = (port.getsockname()[1] for port in ports)
        worker = start_worker(
            DATABASE_URL=f"postgresql://tertulia@127.0.0.1:{database}/tertulia", REDIS_URL=f"redis://127.0.0.1:{redis}"
        )
        assert worker.get("/healthz").status_code == 200
        answer = worker.get("/readyz")
        assert answer.status_code == 503
        problems = {"database": "does not answer", "redis": "does not answer"}
        assert answer.json() == {"ok": False, "problems": problems}
