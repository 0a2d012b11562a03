"""What the relays of real workers ask of Redis: one membership for each room and process, whoever listens."""

import redis

from accounts.models import User
from chat.models import Room
from chat.services import add_member, delete_room
from realtime.control import CONTROL_GROUP
from tests.people import browser_of
from tests.redis_probe import counted, subscribers
from tests.rooms import room_of, say
from tests.waiting import until
from tests.wire import Sockets
from tests.workers import Worker


def test_a_process_joins_a_room_once_for_all_of_its_sockets(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    assert subscribers(redis_server, lobby.stream) == 0
    chats = [sockets.typed(user, room="lobby") for user in (ana, berto, ana)]
    chats.append(sockets.plain(berto, "lobby"))
    assert subscribers(redis_server, lobby.stream) == 1
    seq = say(ana, "lobby", "hola")
    assert [chat.next()["seq"] for chat in chats] == [seq] * 4


def test_each_process_joins_for_itself(
    sockets: Sockets, other_worker: Worker, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    here, there = sockets.typed(ana, room="lobby"), sockets.on(other_worker).typed(ana, room="lobby")
    assert subscribers(redis_server, lobby.stream) == 2
    seq = say(ana, "lobby", "hola")
    assert [chat.event()["seq"] for chat in (here, there)] == [seq] * 2


def test_a_process_leaves_a_room_with_its_last_socket(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    first, last = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    first.close()
    assert last.ask("ping")["type"] == "pong"
    assert subscribers(redis_server, lobby.stream) == 1
    last.ask("unsubscribe", room="lobby")
    until(lambda: subscribers(redis_server, lobby.stream) == 0)
    assert last.subscribe("lobby")["type"] == "subscribed"
    seq = say(ana, "lobby", "hola")
    assert last.event()["seq"] == seq


def test_a_process_leaves_a_room_that_is_deleted(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    patio = room_of(ana, "patio")
    sockets.typed(ana, room="patio")
    assert subscribers(redis_server, patio.stream) == 1
    delete_room(by=ana, slug="patio")
    until(lambda: subscribers(redis_server, patio.stream) == 0)


def test_a_refused_subscription_joins_nothing(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, carla: User, lobby: Room
) -> None:
    assert sockets.typed(carla).subscribe("lobby")["code"] == "not_found"
    assert subscribers(redis_server, lobby.stream) == 0


def test_each_process_takes_orders(
    sockets: Sockets, other_worker: Worker, redis_server: "redis.Redis", ana: User
) -> None:
    for workers_sockets in (sockets, sockets.on(other_worker)):
        workers_sockets.typed(ana)
    assert subscribers(redis_server, CONTROL_GROUP) == 2


def test_a_post_is_one_command(
    sockets: Sockets, other_worker: Worker, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    listeners = [sockets.typed(berto, room="lobby") for _ in range(3)]
    listeners.append(sockets.on(other_worker).typed(berto, room="lobby"))
    chat = sockets.typed(ana, room="lobby")
    chat.post("lobby", "the first one opens a connection")
    for listener in [*listeners, chat]:
        listener.event()
    with counted(redis_server) as commands:
        chat.post("lobby", "hola")
        for listener in [*listeners, chat]:
            listener.event()
    assert commands == {"publish": 1}


def test_a_socket_asks_redis_nothing(sockets: Sockets, redis_server: "redis.Redis", ana: User) -> None:
    browser = browser_of(ana)
    first = sockets.typed(browser=browser)  # which starts the relay
    with counted(redis_server) as commands:
        sockets.typed(browser=browser).close()
        first.ask("ping")
    assert commands == {}


def test_what_writes_nothing_asks_nothing(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    chat = sockets.typed(ana, room="lobby")
    ack = chat.post("lobby", "hola", client_id="6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
    chat.event()
    with counted(redis_server) as commands:
        chat.ask("ping")
        chat.ask("read", room="lobby", seq=ack["seq"])
        chat.post("lobby", "hola", client_id="6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
        chat.subscribe("lobby", since=0)
    assert commands == {}


def test_a_room_of_its_own_is_not_heard_by_those_who_do_not_listen(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    patio = room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    bertos = sockets.typed(berto, room="lobby")
    assert subscribers(redis_server, patio.stream) == 0
    say(ana, "patio", "between us")
    assert bertos.before_pong() == []
