"""When a part is gone for a while: a named answer, a socket that stays open, and work again when it is back."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial

import pytest
import redis
from django.conf import settings

from accounts.models import Token, User
from accounts.tokens import revoke_token
from chat.models import Message, Room
from chat.services import delete_room, remove_member
from tests.conftest import StartWorker
from tests.people import browser_of
from tests.redis_probe import subscribers
from tests.roads import Road
from tests.rooms import room_of, say
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


def test_without_redis_messages_still_arrive(
    road_to_redis: Road, start_worker: StartWorker, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    here, there = (sockets.on(start_worker(REDIS_URL=road_to_redis.url)) for _ in range(2))
    chat, berto_there = here.typed(ana, room="lobby"), there.typed(berto, room="lobby")
    road_to_redis.block()
    for body in ("hola", "anyone?"):
        ack = chat.post("lobby", body)
        assert ack["type"] == "ack"
        assert chat.event()["seq"] == berto_there.event()["seq"] == ack["seq"]


def test_without_redis_a_worker_lets_people_in(
    road_to_redis: Road, start_worker: StartWorker, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    worker = start_worker(REDIS_URL=road_to_redis.url)
    road_to_redis.block()
    chats = [sockets.on(worker).typed(user, room="lobby") for user in (ana, berto)]
    ack = chats[0].post("lobby", "hola")
    assert [chat.event()["seq"] for chat in chats] == [ack["seq"]] * 2
    assert worker.stop() == 0
    assert worker.complaints() == []


def test_once_redis_is_back_the_layer_carries_them_again(
    road_to_redis: Road,
    start_worker: StartWorker,
    sockets: Sockets,
    redis_server: "redis.Redis",
    ana: User,
    berto: User,
    lobby: Room,
) -> None:
    there = sockets.on(start_worker(REDIS_URL=road_to_redis.url))
    before = there.typed(ana, room="lobby")
    patio = room_of(ana, "patio")
    road_to_redis.block()
    meanwhile = there.typed(ana, room="patio")
    assert subscribers(redis_server, lobby.stream) == subscribers(redis_server, patio.stream) == 0
    road_to_redis.open()
    for room, chat in ((lobby, before), (patio, meanwhile)):
        until(partial(is_subscribed, redis_server, room.stream))
        seq = say(ana, room.slug, "hola")
        assert chat.event()["seq"] == seq


def is_subscribed(server: "redis.Redis", stream: str) -> bool:
    return subscribers(server, stream) == 1


def test_a_revocation_while_redis_is_gone_closes_the_sockets(
    road_to_redis: Road, start_worker: StartWorker, sockets: Sockets, ana: User, berto: User, token: str, lobby: Room
) -> None:
    there = sockets.on(start_worker(REDIS_URL=road_to_redis.url))
    browser = browser_of(ana)
    anas, bertos, bots = (
        there.typed(browser=browser),
        there.typed(berto, room="lobby"),
        there.typed(token=token, room="lobby"),
    )
    others = there.typed(ana, room="lobby")
    road_to_redis.block()
    browser.client.post("/sign-out/")
    berto.is_active = False
    berto.save()
    revoke_token(token_id=Token.objects.get().pk)
    assert [chat.close_code() for chat in (anas, bertos, bots)] == [4401] * 3
    assert others.ask("ping")["type"] == "pong"


def test_a_removal_while_redis_is_gone_is_found_too(
    road_to_redis: Road, start_worker: StartWorker, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    there = sockets.on(start_worker(REDIS_URL=road_to_redis.url))
    bertos, patios = there.typed(berto, room="lobby"), there.typed(ana, room=room_of(ana, "patio").slug)
    road_to_redis.block()
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    delete_room(by=ana, slug="patio")
    assert bertos.find(lambda frame: frame["type"] == "unsubscribed")["reason"] == "removed"
    assert patios.find(lambda frame: frame["type"] == "unsubscribed")["reason"] == "room_deleted"


def test_a_redis_that_says_nothing_holds_nobody_up(
    start_worker: StartWorker, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    """It takes connections and never answers: a host that hangs, a process that is stopped."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=100)) as silent:
        worker = start_worker(REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        chats = [sockets.on(worker).typed(user, room="lobby") for user in (ana, berto)]
        seqs = [chats[0].post("lobby", body)["seq"] for body in ("one", "two", "three")]
        for chat in chats:
            assert [chat.event()["seq"] for _ in seqs] == seqs
        assert worker.stop() == 0


def test_many_handshakes_meet_an_outage_and_none_waits_for_the_others(
    road_to_database: Road, start_worker: StartWorker, sockets: Sockets, ana: User
) -> None:
    there, browser = sockets.on(start_worker(DATABASE_URL=road_to_database.url)), browser_of(ana)
    there.typed(browser=browser)
    road_to_database.block()
    with ThreadPoolExecutor(40) as threads:
        opened = [threads.submit(there.open, "/ws/chat/", browser=browser, typed=True) for _ in range(40)]
        assert [one.result().close_code() for one in opened] == [1012] * 40


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
