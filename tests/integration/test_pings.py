"""Who does not answer pings any more is let go; who answers one stays, though an earlier one was missed."""

from accounts.models import User
from chat.models import Room
from tests.conftest import StartWorker
from tests.people import browser_of
from tests.raw_socket import PING, PONG, RawSocket, frame
from tests.rooms import say
from tests.waiting import until
from tests.wire import Sockets
from tests.workers import Worker

# In seconds. A pong has three quarters of it, which must be enough for a test on a busy machine.
INTERVAL = "6"


def sockets_closed(worker: Worker) -> int:
    return sum(record["message"] == "socket closed" for record in worker.records())


def test_who_answers_no_ping_is_let_go(start_worker: StartWorker, sockets: Sockets, ana: User, lobby: Room) -> None:
    worker = start_worker(PING_INTERVAL=INTERVAL)
    answers = sockets.on(worker).typed(ana, room="lobby")  # the client library answers by itself
    with RawSocket(worker.port) as silent:
        silent.opens("/ws/chat/", cookie=browser_of(ana).cookie, subprotocol="chat.v1")
        assert PING in {said.opcode for said in silent.until_closed()}
    until(lambda: sockets_closed(worker) == 1)
    seq = say(ana, "lobby", "hola")
    assert answers.event()["seq"] == seq


def test_an_answered_ping_saves_though_nothing_else_is_said(start_worker: StartWorker, ana: User, lobby: Room) -> None:
    worker = start_worker(PING_INTERVAL=INTERVAL)
    with RawSocket(worker.port) as quiet:
        quiet.opens("/ws/chat/", cookie=browser_of(ana).cookie, subprotocol="chat.v1")
        for _ in range(3):  # far longer than one who never answers lives
            quiet.send(frame(quiet.until_pinged().payload, opcode=PONG))
        assert sockets_closed(worker) == 0
