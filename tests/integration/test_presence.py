"""Who is here, on two workers over a real Redis: leases, ten seconds of grace, and nobody outside is told."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis
from django.conf import settings

from accounts.models import User
from chat.models import Room
from chat.services import add_member, remove_member
from tests.conftest import StartWorker
from tests.event_streams import EventStreams
from tests.roads import Road
from tests.rooms import room_of, say
from tests.waiting import until
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker

# docs/protocol.md: so long somebody may be away before they are said to have left, and so long changes are gathered.
GRACE = 10.0
GATHERED = 2.0
# What a lease and a beat may add to it.
LATEST = GRACE + 4 * GATHERED


@pytest.fixture
def everywhere(sockets: Sockets, other_worker: Worker) -> list[Sockets]:
    """Two workers."""
    return [sockets, sockets.on(other_worker)]


def named(people: list[Frame]) -> list[str]:
    return sorted(person["name"] for person in people)


def present(chat: Chat, room: str = "lobby") -> list[str]:
    answer = chat.ask("presence", room=room)
    assert answer["type"] == "present", answer
    assert answer["count"] == len(answer["users"])
    return named(answer["users"])


def becomes(chat: Chat, *names: str) -> bool:
    """Once those who are here, by what the socket is told, are these."""
    here = set(present(chat))
    while here != set(names):
        joined, left = told(chat)
        here = (here | set(joined)) - set(left)
    return True


def told(chat: Chat, *, within: float = LATEST) -> tuple[list[str], list[str]]:
    """Who has joined and who has left, by the next frame that says so."""
    frame = chat.find(lambda frame: frame["type"] == "presence", within=within)
    return named(frame["joined"]), named(frame["left"])


def untold(chat: Chat) -> list[Frame]:
    return [frame for frame in chat.before_pong() if frame["type"] == "presence"]


def test_who_is_here_is_known_on_every_worker(
    everywhere: list[Sockets], ana: User, berto: User, carla: User, lobby: Room
) -> None:
    here, there = everywhere
    anas, bertos = here.typed(ana, room="lobby"), there.typed(berto, room="lobby")
    assert becomes(anas, "ana", "berto")
    assert becomes(bertos, "ana", "berto")
    outside = there.typed(carla)
    assert outside.ask("presence", room="lobby")["code"] == "not_found"
    assert here.typed(berto).ask("presence", room="lobby")["code"] == "not_found"
    assert here.typed(berto).ask("presence", room="no-such-room")["code"] == "not_found"
    room_of(carla, "patio")
    outside.subscribe("patio")
    assert present(outside, "patio") == ["carla"]
    assert outside.kept() == []


def test_who_comes_is_told_once_however_many_tabs_they_have(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    for chat in anas:
        assert present(chat) == ["ana"]
    silent = everywhere[0].typed(ana, room="lobby")  # which did not ask
    bertos = [sockets.typed(berto, room="lobby") for sockets in everywhere * 2]
    assert [told(chat) for chat in anas] == [(["berto"], [])] * 2
    bertos[0].close()
    assert [untold(chat) for chat in (*anas, silent)] == [[]] * 3
    assert present(bertos[1]) == ["ana", "berto"]


def test_an_event_stream_and_a_plain_socket_are_here_too(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, bot: User, token: str, lobby: Room
) -> None:
    chat = sockets.typed(ana, room="lobby")
    assert present(chat) == ["ana"]
    sockets.plain(berto, "lobby")
    assert told(chat) == (["berto"], [])
    with streams_of(other_worker) as streams:
        streams.subscribed(token=token)
        assert told(chat) == (["bot"], [])


@contextmanager
def streams_of(worker: Worker) -> Iterator[EventStreams]:
    with ExitStack() as stack:
        yield EventStreams(f"http://127.0.0.1:{worker.port}", stack)


def test_who_comes_back_in_time_was_never_away(everywhere: list[Sockets], ana: User, berto: User, lobby: Room) -> None:
    here, there = everywhere
    anas, bertos = here.typed(ana, room="lobby"), here.typed(berto, room="lobby")
    assert present(anas) == ["ana", "berto"]
    leaving = time.monotonic()
    bertos.close()
    back = there.typed(berto, room="lobby")
    assert present(back) == ["ana", "berto"]
    back.close()
    away = time.monotonic()
    assert told(anas) == ([], ["berto"])
    assert time.monotonic() - leaving > GRACE
    assert time.monotonic() - away < LATEST
    assert present(anas) == ["ana"]


def test_who_asks_no_more_is_told_no_more(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    asking, others = sockets.typed(ana, room="lobby"), sockets.typed(ana, room="lobby")
    assert present(asking) == present(others) == ["ana"]
    asking.ask("unsubscribe", room="lobby")
    asking.subscribe("lobby")
    sockets.typed(berto, room="lobby")
    assert told(others) == (["berto"], [])
    assert untold(asking) == []
    assert present(asking) == ["ana", "berto"]


def test_who_is_removed_is_told_nothing_more(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    assert present(bertos) == present(anas) == ["ana", "berto"]
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert bertos.find(lambda frame: frame["type"] == "unsubscribed")["reason"] == "removed"
    add_member(by=ana, slug=room_of(ana, "patio").slug, user=berto)
    assert told(anas) == ([], ["berto"])
    assert untold(bertos) == []
    assert bertos.ask("presence", room="lobby")["code"] == "not_found"


def test_a_worker_that_is_killed_takes_its_people_away(
    sockets: Sockets, start_worker: StartWorker, ana: User, berto: User, bot: User, token: str, lobby: Room
) -> None:
    dying = start_worker()
    anas = sockets.typed(ana, room="lobby")
    for user in (berto, bot):
        sockets.on(dying).typed(user, room="lobby")
    assert becomes(anas, "ana", "berto", "bot")
    dying.process.kill()
    killed = time.monotonic()
    sockets.typed(bot, room="lobby")  # comes back to another one
    assert told(anas) == ([], ["berto"])
    assert GRACE - GATHERED < time.monotonic() - killed < LATEST
    assert present(anas) == ["ana", "bot"]
    dying.wait()


def test_a_deploy_shows_nothing(
    sockets: Sockets, start_worker: StartWorker, ana: User, berto: User, lobby: Room
) -> None:
    leaving, successor, anas = start_worker(), start_worker(), sockets.typed(ana, room="lobby")
    bertos = sockets.on(leaving).typed(berto, room="lobby")
    assert becomes(anas, "ana", "berto")
    leaving.process.terminate()
    assert bertos.close_code() == 1012
    bertos = sockets.on(successor).typed(berto, room="lobby")
    assert leaving.wait() == 0
    assert present(bertos) == ["ana", "berto"]
    # Whatever came of that has come when the one who really goes is seen to be gone.
    bertos.close()
    assert told(anas) == ([], ["berto"])
    assert untold(anas) == []


def test_in_a_room_without_anyone_who_asks_nothing_is_told(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    seq = say(ana, "lobby", "hola")
    assert anas.event()["seq"] == bertos.event()["seq"] == seq
    assert untold(anas) == untold(bertos) == []


def test_while_redis_is_gone_it_cannot_be_said_and_nobody_is_said_to_have_left(
    start_worker: StartWorker,
    sockets: Sockets,
    redis_server: "redis.Redis",
    ana: User,
    berto: User,
    bot: User,
    lobby: Room,
) -> None:
    """And once it is back, without what it knew, everybody is there as before."""
    road = Road(settings.REDIS_URL)
    try:
        here, there = (sockets.on(start_worker(REDIS_URL=road.url)) for _ in range(2))
        anas, bertos, bots = (at.typed(user, room="lobby") for at, user in ((here, ana), (there, berto), (there, bot)))
        assert becomes(anas, "ana", "berto", "bot")
        road.block()
        until(lambda: asked(anas) == "unavailable")
        assert [chat.ask("ping")["type"] for chat in (anas, bertos)] == ["pong"] * 2
        for key in redis_server.scan_iter("*presence*"):
            redis_server.delete(key)
        road.open()
        until(lambda: asked(anas) == "present")
        bots.close()
        assert told(anas, within=3 * GRACE) == ([], ["bot"])
        assert present(anas) == ["ana", "berto"]
        assert untold(anas) == []
    finally:
        road.block()


def asked(chat: Chat) -> str:
    """What a client is answered, which then waits for as long as it is told to."""
    answer = chat.ask("presence", room="lobby")
    time.sleep(answer.get("retry_after", 0))
    return str(answer.get("code", answer["type"]))
