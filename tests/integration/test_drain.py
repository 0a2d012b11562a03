"""A worker that is asked to leave: it tells everyone when to come back, and goes when the last one has gone."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from websockets.exceptions import ConnectionClosed

from accounts.models import User
from chat.models import Message, Room
from chat.services import remove_member
from tests.conftest import StartWorker
from tests.rooms import say
from tests.waiting import until
from tests.wire import Chat, Frame, Sockets

SECONDS = 2


def reconnect_of(chat: Chat) -> Frame:
    return chat.find(lambda frame: frame["type"] == "reconnect")


def test_everyone_is_given_a_time_within_the_drain(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS=str(SECONDS))
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(4)]
    leaving.process.terminate()
    times = [reconnect_of(chat)["after_ms"] for chat in chats]
    assert sorted(times) == [0, 500, 1000, 1500]
    assert leaving.wait() == 0


def test_each_is_closed_when_its_time_comes(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS=str(SECONDS))
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(3)]
    begin = time.monotonic()
    leaving.process.terminate()
    in_order = sorted(chats, key=lambda chat: int(reconnect_of(chat)["after_ms"]))
    ended = []
    for chat in in_order:
        assert chat.close_code() == 1012
        ended.append(time.monotonic() - begin)
    # Not earlier than it was told.
    assert all(end > number * SECONDS / 3 for number, end in enumerate(ended))


def test_until_then_it_goes_on_as_before(
    sockets: Sockets, start_worker: StartWorker, ana: User, berto: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS="600")
    there = sockets.on(leaving)
    chats = [there.typed(berto, room="lobby") for _ in range(3)]
    leaving.process.terminate()
    *_, last = sorted(chats, key=lambda chat: int(reconnect_of(chat)["after_ms"]))
    ack = last.post("lobby", "a last word")
    assert ack["type"] == "ack"
    assert last.event()["seq"] == ack["seq"]
    seq = say(ana, "lobby", "goodbye")
    assert last.event()["seq"] == seq
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert last.find(lambda frame: frame["type"] == "unsubscribed")["reason"] == "removed"
    leaving.process.terminate()  # enough


def test_the_plain_form_only_hears_the_close_code(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS="1")
    chats = [sockets.on(leaving).plain(ana, "lobby"), sockets.on(leaving).echo()]
    leaving.process.terminate()
    assert [chat.close_code() for chat in chats] == [1012, 1012]
    assert [chat.kept() for chat in chats] == [[], []]


def test_nobody_new_is_let_in(sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room) -> None:
    leaving = start_worker(DRAIN_SECONDS="600")
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(2)]
    leaving.process.terminate()
    *_, last = sorted(chats, key=lambda chat: int(reconnect_of(chat)["after_ms"]))
    until(lambda: is_refused(leaving.port))
    # It is there still, for those who were.
    assert leaving.process.poll() is None
    assert last.ask("ping")["type"] == "pong"


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_handshake_that_finds_it_leaving_is_given_away(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    """503 is what makes nginx ask another worker."""
    leaving = start_worker(DRAIN_SECONDS="600")
    last = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(2)][1]
    with socket.create_connection(("127.0.0.1", leaving.port), timeout=30) as early:
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert early.recv(4096).startswith(b"HTTP/1.1 200")  # it is in
        leaving.process.terminate()
        reconnect_of(last)
        early.sendall(HANDSHAKE)
        assert early.recv(4096).startswith(b"HTTP/1.1 503")


HANDSHAKE = (
    b"GET /ws/chat/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Origin: http://localhost:8000\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def test_a_second_sigterm_hurries(sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room) -> None:
    leaving = start_worker(DRAIN_SECONDS="600")
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(3)]
    leaving.process.terminate()
    for chat in chats:
        reconnect_of(chat)
    leaving.process.terminate()
    assert [chat.close_code() for chat in chats] == [1012] * 3
    assert leaving.wait() == 0


def test_ctrl_c_does_not_wait(sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room) -> None:
    leaving = start_worker(DRAIN_SECONDS="600")
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(3)]
    leaving.process.send_signal(signal.SIGINT)
    assert [chat.close_code() for chat in chats] == [1012] * 3
    assert leaving.wait() == 0


def test_what_arrives_in_its_last_moment_is_committed_or_not_acknowledged(
    sockets: Sockets, start_worker: StartWorker, ana: User, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS="0")
    chats = [sockets.on(leaving).typed(ana) for _ in range(4)]

    def talk(chat: Chat) -> set[int]:
        acknowledged = set()
        try:
            while True:
                acknowledged.add(chat.post("lobby", "hola", client_id=str(uuid4()))["seq"])
        except ConnectionClosed:
            return acknowledged

    with ThreadPoolExecutor(4) as threads:
        talks = [threads.submit(talk, chat) for chat in chats]
        until(lambda: Message.objects.count() > 20)
        leaving.process.terminate()
        acknowledged = set().union(*(talk.result() for talk in talks))
    assert leaving.wait() == 0
    assert acknowledged <= set(Message.objects.values_list("seq", flat=True))
    assert leaving.complaints() == []
