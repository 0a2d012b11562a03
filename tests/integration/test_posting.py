"""Many who post at once to real workers: what arrives together is written together, and nobody pays for another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import pytest

from accounts.models import User
from chat.models import Event, Membership, Message, Room
from tests.conftest import StartWorker
from tests.locks import locked
from tests.people import browser_of, guest
from tests.roads import Road
from tests.rooms import room_of, seqs
from tests.waiting import until
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker, url_of_test_database

# More than a worker has threads for its database.
MANY = 12


def say(chat: Chat, room: str, **fields: object) -> None:
    """Post without waiting for the answer."""
    chat.send({"type": "post", "id": "said", "room": room, "client_id": str(uuid4()), "body": "hola", **fields})


def answer(chat: Chat) -> Frame:
    return chat.find(lambda frame: frame.get("id") == "said")


def is_answered(chat: Chat) -> bool:
    """By now."""
    chat.connection.ping().wait()  # what was sent to it before has arrived
    try:
        return bool(chat.find(lambda frame: frame.get("id") == "said", within=0))
    except TimeoutError:
        return False


def senders(sockets: Sockets, user: User, number: int = MANY) -> list[Chat]:
    browser = browser_of(user)
    return [sockets.typed(browser=browser) for _ in range(number)]


def transactions(room: Room) -> int:
    """In how many the messages of a room were written: those of one have one time."""
    return Message.objects.filter(room=room).values("at").distinct().count()


@contextmanager
def all_said(chats: list[Chat], room: Room) -> Iterator[None]:
    """While the room is locked each says something; none is answered before the lock ends."""
    with locked(room):
        for chat in chats:
            say(chat, room.slug)
        for chat in chats:
            chat.connection.ping().wait()  # the worker has read what was sent before it
        yield


def test_what_waits_together_is_written_together(sockets: Sockets, ana: User, lobby: Room) -> None:
    chats, listener = senders(sockets, ana), sockets.typed(ana, room="lobby")
    before = seqs(lobby)[-1]
    with all_said(chats, lobby):
        pass
    acks = [answer(chat) for chat in chats]
    assert {ack["type"] for ack in acks} == {"ack"}
    expected = list(range(before + 1, before + MANY + 1))
    assert sorted(ack["seq"] for ack in acks) == expected
    assert [event["seq"] for event in listener.events(MANY)] == expected
    assert transactions(lobby) < MANY / 2


def test_a_double_beside_its_first_gets_the_same_answer(sockets: Sockets, ana: User, lobby: Room) -> None:
    chats, client_id = senders(sockets, ana, 4), str(uuid4())
    with locked(lobby):
        for chat in chats:
            say(chat, "lobby", client_id=client_id)
    acks = [answer(chat) for chat in chats]
    assert len({ack["seq"] for ack in acks}) == 1
    assert sorted(ack["duplicate"] for ack in acks) == [False, True, True, True]
    assert Message.objects.count() == 1


def test_many_who_post_to_a_locked_room_hold_up_nobody_else(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    room_of(berto, "patio")
    chats, beside = senders(sockets, ana), sockets.typed(berto)
    with all_said(chats, lobby):
        for _ in range(5):
            assert beside.post("patio", "meanwhile")["type"] == "ack"
        assert beside.subscribe("patio")["type"] == "subscribed"
        assert not any(is_answered(chat) for chat in chats), "the others waited for the lock"
    acks = [answer(chat) for chat in chats]
    assert {ack["type"] for ack in acks} == {"ack"}


def test_two_workers_that_write_to_the_same_rooms_take_turns(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    rooms = [lobby, *(room_of(ana, slug) for slug in ("patio", "garden", "attic"))]
    Membership.objects.bulk_create(Membership(room=room, user=berto) for room in rooms[1:])
    before = {room.pk: seqs(room)[-1] for room in rooms}
    chats = senders(sockets, ana, 6) + senders(sockets.on(other_worker), berto, 6)

    def talk(number: int) -> list[str]:
        order = [rooms[(number + step) % len(rooms)].slug for step in range(8)]
        return [str(chats[number].post(slug, "hola")["type"]) for slug in order]

    with ThreadPoolExecutor(len(chats)) as threads:
        answers = [kind for kinds in threads.map(talk, range(len(chats))) for kind in kinds]
    assert answers == ["ack"] * len(chats) * 8
    for room in rooms:
        assert seqs(room) == list(range(1, before[room.pk] + len(chats) * 8 // len(rooms) + 1))


def test_a_socket_that_ends_takes_no_other_post_with_it(sockets: Sockets, ana: User, lobby: Room) -> None:
    chats = senders(sockets, ana, 4)
    with all_said(chats, lobby):
        for chat in chats[:2]:
            chat.close()
    assert [answer(chat)["type"] for chat in chats[2:]] == ["ack", "ack"]
    # What was sent before the end counts.
    until(lambda: Message.objects.filter(room=lobby).count() == len(chats))


def test_a_worker_that_leaves_writes_what_waits(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS="1")
    chats = senders(sockets.on(leaving), ana)
    with all_said(chats, lobby):
        leaving.process.terminate()
        assert all(chat.find(lambda frame: frame["type"] == "reconnect") for chat in chats)
    assert leaving.wait() == 0
    assert Message.objects.filter(room=lobby).count() == len(chats)
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))


@pytest.fixture
def road(transactional_db: None) -> Iterator[Road]:
    road = Road(url_of_test_database())
    yield road
    road.block()


def test_without_the_database_each_is_told_and_what_is_repeated_is_there_once(
    road: Road, start_worker: StartWorker, sockets: Sockets, ana: User, lobby: Room
) -> None:
    worker = start_worker(DATABASE_URL=road.url)
    asked = [(chat, str(uuid4())) for chat in senders(sockets.on(worker), ana)]
    for chat, client_id in asked:
        say(chat, "lobby", client_id=client_id)
    road.block()  # in the midst of it: some may be written by now, and some of these not answered
    answers = [answer(chat) for chat, _ in asked]
    for chat, client_id in asked:
        say(chat, "lobby", client_id=client_id)
    refused = [answer(chat) for chat, _ in asked]
    assert {frame.get("code", "ack") for frame in answers} <= {"ack", "unavailable"}
    assert {frame.get("code", "ack") for frame in refused} == {"unavailable"}
    road.open()
    for chat, client_id in asked:
        until(partial(repeated, chat, client_id))
    assert Message.objects.filter(room=lobby).count() == MANY
    assert Event.objects.filter(client_id__in=[client_id for _, client_id in asked]).count() == MANY


def repeated(chat: Chat, client_id: str) -> bool:
    return bool(chat.post("lobby", "hola", client_id=client_id)["type"] == "ack")


def test_an_outsider_among_them_is_told_alone(sockets: Sockets, ana: User, carla: User, lobby: Room) -> None:
    assert not Membership.objects.filter(room=lobby, user=carla).exists()
    members, outsider = senders(sockets, guest("dora"), 4), sockets.typed(carla)
    with locked(lobby):
        for chat in (*members, outsider):
            say(chat, "lobby")
        assert answer(outsider)["code"] == "not_found"  # without waiting for the lock
    assert [answer(chat)["type"] for chat in members] == ["ack"] * 4
