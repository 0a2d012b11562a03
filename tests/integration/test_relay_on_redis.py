"""What the relays of real workers ask of Redis: one membership for each room and process, whoever listens."""

from functools import partial

import redis

from accounts.models import User
from chat.models import Room
from chat.services import add_member, delete_room
from chat.unread import group_of
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


def known(server: "redis.Redis", user: User, *, processes: int = 1) -> None:
    """Returns when so many processes know which rooms this user has: nothing more is asked for them then."""
    until(lambda: subscribers(server, group_of(user.pk)) == processes)
    for room in Room.objects.filter(memberships__user=user):
        until(partial(is_joined, server, room, processes))


def is_joined(server: "redis.Redis", room: Room, processes: int) -> bool:
    return subscribers(server, room.stream) >= processes


def test_a_process_stays_in_a_room_while_anyone_listens_or_a_member_is_here(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    """Who looks elsewhere is told that something was said. When it leaves: tests/chat/test_unread.py."""
    first, last = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    known(redis_server, berto)
    first.close()
    assert last.ask("ping")["type"] == "pong"
    assert subscribers(redis_server, lobby.stream) == 1
    last.ask("unsubscribe", room="lobby")
    seq = say(ana, "lobby", "hola")
    last.unread("lobby")
    assert subscribers(redis_server, lobby.stream) == 1
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
    known(redis_server, ana)
    known(redis_server, berto, processes=2)
    with counted(redis_server) as commands:
        chat.post("lobby", "hola")
        for listener in [*listeners, chat]:
            listener.event()
    assert commands == {"publish": 1}


def test_a_socket_asks_redis_nothing(sockets: Sockets, redis_server: "redis.Redis", ana: User) -> None:
    browser = browser_of(ana)
    first = sockets.typed(browser=browser)  # which starts the relay
    known(redis_server, ana)
    with counted(redis_server) as commands:
        sockets.typed(browser=browser).close()
        first.ask("ping")
    assert commands == {}


def test_what_writes_nothing_asks_nothing_and_a_read_mark_is_one_command(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    chat = sockets.typed(ana, room="lobby")
    ack = chat.post("lobby", "hola", client_id="6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
    chat.event()
    known(redis_server, ana)
    with counted(redis_server) as commands:
        chat.ask("read", room="lobby", seq=ack["seq"])
    assert commands == {"publish": 1}  # for this user's other sockets
    with counted(redis_server) as commands:
        chat.ask("ping")
        chat.ask("read", room="lobby", seq=ack["seq"])
        chat.post("lobby", "hola", client_id="6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
        chat.subscribe("lobby", since=0)
    assert commands == {}


def test_what_is_said_in_a_room_is_not_heard_by_a_member_who_does_not_listen(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    patio = room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    bertos = sockets.typed(berto, room="lobby")
    until(lambda: subscribers(redis_server, patio.stream) == 1)
    say(ana, "patio", "between us")
    assert bertos.find_unread("patio", (1, 0))
    assert bertos.kept() == []


def test_a_room_of_nobody_here_is_not_joined(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, carla: User, lobby: Room
) -> None:
    patio = room_of(ana, "patio")
    sockets.typed(carla)
    known(redis_server, carla)
    assert subscribers(redis_server, patio.stream) == subscribers(redis_server, lobby.stream) == 0
