"""What a delivery costs, counted in a worker: whatever is not named here does not happen for it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from accounts.models import User
from chat.models import Room
from tests.counted_worker import CountedWorker
from tests.event_streams import EventStreams
from tests.rooms import room_of, say
from tests.wire import Sockets

N = 50


@pytest.fixture
def counted(transactional_db: None, tmp_path: Path) -> Iterator[CountedWorker]:
    worker = CountedWorker(tmp_path, MAX_SOCKETS_PER_USER="1000")
    worker.wait_until_it_serves()
    yield worker
    worker.stop()
    assert worker.complaints() == []


@pytest.fixture
def here(counted: CountedWorker) -> Iterator[Sockets]:
    with ExitStack() as stack:
        yield Sockets(counted, stack)


def meanwhile(worker: CountedWorker, happens: Callable[[], None]) -> Counter[str]:
    """What the worker did while this happened; what it did not do is not in it.

    It happens once before: a connection to Redis keeps its order, so that what was published earlier has arrived then.
    """
    happens()
    before = worker.settled()
    happens()
    return worker.settled() - before


@pytest.mark.parametrize("number", [1, N])
def test_a_post_is_one_system_call_for_each_socket_and_one_encoding_for_all(
    counted: CountedWorker, here: Sockets, ana: User, lobby: Room, number: int
) -> None:
    """No epoll_ctl, no task, no thread, no query."""
    chats = [here.typed(ana, room="lobby") for _ in range(number)]

    def post() -> None:
        seq = say(ana, "lobby", "hola")
        assert [chat.event()["seq"] for chat in chats] == [seq] * number

    assert meanwhile(counted, post) == {"send": number, "encoding": 1, "message of Redis": 1}


def test_posts_one_after_another_cost_the_same_each(
    counted: CountedWorker, here: Sockets, ana: User, lobby: Room
) -> None:
    chats = [here.typed(ana, room="lobby") for _ in range(5)]

    def post() -> None:
        for _ in range(20):
            seq = say(ana, "lobby", "hola")
            assert [chat.event()["seq"] for chat in chats] == [seq] * 5

    assert meanwhile(counted, post) == {"send": 100, "encoding": 20, "message of Redis": 20}


def test_each_form_is_encoded_once(counted: CountedWorker, here: Sockets, ana: User, lobby: Room) -> None:
    typed = [here.typed(ana, room="lobby") for _ in range(3)]
    plain = [here.plain(ana, "lobby") for _ in range(3)]
    with ExitStack() as stack:
        open_streams = EventStreams(f"http://127.0.0.1:{counted.port}", stack)
        streams = [open_streams.subscribed(user=ana) for _ in range(3)]

        def post() -> None:
            seq = say(ana, "lobby", "hola")
            heard = [chat.next()["seq"] for chat in (*typed, *plain)] + [stream.next().id for stream in streams]
            assert heard == [seq] * 9

        assert meanwhile(counted, post) == {"send": 9, "encoding": 3, "message of Redis": 1}


def test_the_rooms_beside_are_one_query_for_all_and_a_system_call_for_each_socket(
    transactional_db: None, tmp_path: Path, ana: User, berto: User, lobby: Room
) -> None:
    worker = CountedWorker(tmp_path, MAX_SOCKETS_PER_USER="1000", LOOK_SECONDS="1")
    worker.wait_until_it_serves()
    say(berto, "lobby", "hola")
    with ExitStack() as stack:
        stack.callback(worker.stop)
        chats = [Sockets(worker, stack).typed(ana) for _ in range(N)]
        for chat in chats:
            chat.unread("lobby")

        def look_elsewhere() -> None:
            say(berto, "lobby", "hola")
            for chat in chats:
                chat.unread("lobby")

        done = meanwhile(worker, look_elsewhere)
    assert worker.complaints() == []
    # The query goes to a thread; nothing of it is done for a socket.
    assert (done["send"], done["encoding"], done["message of Redis"], done["query"]) == (N, 1, 1, 1)


def test_a_room_that_nobody_here_listens_to_costs_nothing(
    counted: CountedWorker, here: Sockets, ana: User, lobby: Room
) -> None:
    room_of(ana, "patio")
    chats = [here.typed(ana, room="lobby") for _ in range(3)]

    def post() -> None:
        say(ana, "patio", "to nobody")
        seq = say(ana, "lobby", "to three")
        assert [chat.event()["seq"] for chat in chats] == [seq] * 3

    assert meanwhile(counted, post) == {"send": 3, "encoding": 1, "message of Redis": 1}
