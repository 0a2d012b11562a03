"""The database was away for so long that the pool of connections gave it up: work goes on soon after it is back."""

import time
from collections.abc import Iterator

import pytest

from accounts.models import User
from chat.models import Message, Room
from tests.conftest import StartWorker
from tests.roads import Road
from tests.waiting import until
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker, url_of_test_database

# By its defaults psycopg's pool tries again after pauses that double, for five minutes.
SOON = 15.0


@pytest.fixture
def road(transactional_db: None) -> Iterator[Road]:
    road = Road(url_of_test_database())
    yield road
    road.block()


def test_a_pool_that_gave_up_tries_again(
    road: Road, start_worker: StartWorker, sockets: Sockets, ana: User, lobby: Room
) -> None:
    worker = start_worker(DATABASE_URL=road.url)
    chat = sockets.on(worker).typed(ana, room="lobby")
    road.block()
    assert chat.post("lobby", "into the void")["code"] == "unavailable"
    until(lambda: gave_up(worker))
    assert chat.ask("ping")["type"] == "pong"
    road.open()
    begin = time.monotonic()
    ack = until(lambda: acknowledged(chat))
    assert time.monotonic() - begin < SOON
    assert Message.objects.get(seq=ack["seq"]).body == "back again"
    assert chat.event()["seq"] == ack["seq"]


def gave_up(worker: Worker) -> bool:
    """Its own words, in the worker's log."""
    return any("reconnection attempt" in record["message"] for record in worker.records())


def acknowledged(chat: Chat) -> Frame:
    answer = chat.post("lobby", "back again")
    return answer if answer["type"] == "ack" else {}
