"""Tertulia whole under another ASGI server, which knows nothing but ASGI's `send`; and beside a worker of our own."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from websockets.exceptions import ConnectionClosed

from accounts.models import Token, User
from accounts.tokens import revoke_token
from chat.models import Message, Room
from chat.services import remove_member
from tests.event_streams import EventStreams, ServerSent
from tests.people import browser_of, is_in
from tests.raw_socket import RawSocket, frame
from tests.redis_probe import subscribers
from tests.rooms import fill, say
from tests.uvicorn_worker import UvicornWorker
from tests.waiting import until
from tests.wire import Chat, Sockets
from tests.workers import Worker


@pytest.fixture(scope="module")
def started(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UvicornWorker]:
    worker = UvicornWorker(tmp_path_factory.mktemp("uvicorn"))
    worker.wait_until_it_serves()
    yield worker
    worker.stop()


@pytest.fixture
def uvicorn(started: UvicornWorker, transactional_db: None) -> Iterator[UvicornWorker]:
    """A worker under uvicorn. Whatever a test did to it: it still serves, and has said nothing worse than INFO."""
    yield started
    assert started.get("/readyz").status_code == 200
    assert started.complaints() == []


@pytest.fixture
def there(uvicorn: UvicornWorker) -> Iterator[Sockets]:
    """Opens sockets on the worker under uvicorn."""
    with ExitStack() as stack:
        yield Sockets(uvicorn, stack)


StartUvicorn = Callable[..., UvicornWorker]


@pytest.fixture
def start_uvicorn(transactional_db: None, tmp_path: Path) -> Iterator[StartUvicorn]:
    """Starts one of this test's own, with options and variables of its own."""
    workers: list[UvicornWorker] = []

    def start(**given: object) -> UvicornWorker:
        workers.append(UvicornWorker(tmp_path, **given))  # type: ignore[arg-type]
        workers[-1].wait_until_it_serves()
        return workers[-1]

    yield start
    for worker in workers:
        worker.stop()
        assert worker.complaints() == []


@pytest.fixture
def streams() -> Iterator[Callable[[Worker], EventStreams]]:
    """Opens event streams on a worker."""
    with ExitStack() as stack:
        yield lambda worker: EventStreams(f"http://127.0.0.1:{worker.port}", stack)


OnWorker = Callable[[Worker], EventStreams]


# --- what is said ---


def test_a_post_is_acknowledged_and_reaches_the_others(there: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas, bertos = there.typed(ana, room="lobby"), there.typed(berto, room="lobby")
    ack = bertos.post("lobby", "**hola**")
    assert (ack["type"], ack["duplicate"]) == ("ack", False)
    event = anas.event()
    assert (event["seq"], event["data"]["body"], event["by"]["name"]) == (ack["seq"], "**hola**", "berto")
    assert bertos.event() == event
    assert Message.objects.get(room=lobby).seq == ack["seq"]


def test_ours_and_another_server_carry_the_same(
    sockets: Sockets, there: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    chats = [sockets.typed(ana, room="lobby"), there.typed(berto, room="lobby"), there.typed(ana, room="lobby")]
    said = [chats[number % 2].post("lobby", f"{number}")["seq"] for number in range(40)]
    heard = [[event["seq"] for event in chat.events(40)] for chat in chats]
    assert heard == [said] * 3
    assert [chat.before_pong() for chat in chats] == [[]] * 3


def test_who_was_away_is_brought_up_to_date_by_either(
    sockets: Sockets, there: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    chat = there.typed(berto, room="lobby")
    seen = say(ana, "lobby", "before")
    assert chat.event()["seq"] == seen
    chat.close()
    missed = [say(ana, "lobby", f"meanwhile {number}") for number in range(3)]
    for where in (there, sockets, there):
        again = where.typed(berto)
        answer = again.subscribe("lobby", since=seen)
        assert (answer["recovered"], [event["seq"] for event in answer["events"]]) == (True, missed)
        missed.append(say(ana, "lobby", "now"))
        assert again.event()["seq"] == missed[-1]


def test_the_plain_form_and_the_echo(there: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas, bertos, nobodys = there.plain(ana, "lobby"), there.plain(berto, "lobby"), there.echo()
    bertos.say("hola")
    heard = anas.next()
    assert (heard["message"], heard["user"]) == ("hola", "berto")
    assert bertos.next() == heard
    nobodys.say("is anybody there?")
    assert nobodys.next() == {"message": "is anybody there?"}


def test_a_program_talks_with_its_token(there: Sockets, ana: User, token: str, lobby: Room) -> None:
    chat = there.typed(token=token, room="lobby")
    seq = say(ana, "lobby", "to the bot")
    assert chat.event()["seq"] == seq


def test_an_event_stream_goes_on_by_last_event_id(
    uvicorn: UvicornWorker, streams: OnWorker, ana: User, berto: User, lobby: Room
) -> None:
    here = streams(uvicorn)
    stream = here.subscribed(user=berto)
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    seen = say(ana, "lobby", "before")
    assert stream.next().id == seen
    stream.close()
    missed = [say(ana, "lobby", f"meanwhile {number}") for number in range(3)]
    again = here.open(user=berto, headers={"Last-Event-ID": str(seen)})
    assert again.next().data["recovered"] is True
    assert [event.id for event in again.events(3)] == missed
    live = say(ana, "lobby", "now")
    assert again.next().id == live


# --- who may not ---


def test_what_is_refused_before_it_is_accepted(there: Sockets, ana: User) -> None:
    assert there.refused("/ws/chat/", user=ana, typed=True, origin="https://elsewhere.example") == 403
    assert there.refused("/ws/chat/", user=ana, origin=None) == 403
    assert there.refused("/ws/nothing/", user=ana) == 403
    assert there.refused("/ws/chat/", user=ana, subprotocols=["chat.v0"]) == 403


def test_an_event_stream_is_refused_with_a_status(
    uvicorn: UvicornWorker, streams: OnWorker, carla: User, lobby: Room
) -> None:
    assert not is_in(lobby, carla)
    here = streams(uvicorn)
    assert here.refused() == (401, "not_signed_in")
    assert here.refused(user=carla) == here.refused("nowhere", user=carla) == (404, "not_found")
    assert here.refused(user=carla, headers={"Origin": "https://elsewhere.example"}) == (403, "forbidden")
    assert here.refused(user=carla, since="x") == (400, "bad_request")


def test_who_may_not_be_here_is_told_by_a_code(there: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert there.open("/ws/chat/", typed=True).close_code() == 4401
    assert there.open("/ws/chat/", typed=True, token="wrong").close_code() == 4401
    for typed in (True, False):
        assert there.open("/ws/chat/lobby/", user=carla, typed=typed).close_code() == 4403


def test_the_socket_too_many_is_told_so(start_uvicorn: StartUvicorn, sockets: Sockets, ana: User) -> None:
    there = sockets.on(start_uvicorn(MAX_SOCKETS_PER_USER="1"))
    first = there.typed(ana)
    assert there.open("/ws/chat/", user=ana, typed=True).close_code() == 4409
    assert first.ask("ping")["type"] == "pong"
    first.close()
    until(lambda: there.open("/ws/chat/", user=ana, typed=True).next()["type"] == "welcome")


# --- who may no longer ---


def test_who_signs_out_is_cut_off(
    uvicorn: UvicornWorker, there: Sockets, streams: OnWorker, ana: User, berto: User, lobby: Room
) -> None:
    browser = browser_of(berto)
    chat, stream = there.typed(browser=browser), streams(uvicorn).subscribed(browser=browser)
    anas = there.typed(ana)
    assert browser.client.post("/sign-out/").status_code == 302
    assert chat.close_code() == 4401
    assert stream.rest() == [ServerSent(type="close", id=None, data={"code": 4401})]
    assert anas.ask("ping")["type"] == "pong"


def test_a_token_that_is_revoked_closes_its_sockets(there: Sockets, token: str) -> None:
    chat = there.typed(token=token)
    assert revoke_token(token_id=Token.objects.get().pk)
    assert chat.close_code() == 4401
    assert there.open("/ws/chat/", token=token, typed=True).close_code() == 4401


def test_who_is_removed_from_a_room_hears_no_more_of_it(
    uvicorn: UvicornWorker, there: Sockets, streams: OnWorker, ana: User, berto: User, lobby: Room
) -> None:
    chat, stream = there.typed(berto, room="lobby"), streams(uvicorn).subscribed(user=berto)
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    unsubscribed = {"type": "unsubscribed", "room": "lobby", "reason": "removed"}
    assert chat.find(lambda frame: frame["type"] == "unsubscribed") == unsubscribed
    assert stream.rest() == [ServerSent(type="unsubscribed", id=None, data=unsubscribed)]
    say(ana, "lobby", "now that he is gone")
    assert chat.before_pong() == []


# --- bounds ---


def test_who_keeps_on_after_being_told_to_slow_down_is_closed(there: Sockets, ana: User, lobby: Room) -> None:
    chat = there.typed(ana)
    with suppress(ConnectionClosed):  # it was told before it had sent them all
        for number in range(1000):
            chat.send({"type": "post", "id": number, "room": "lobby", "client_id": str(uuid4()), "body": "hola"})
    assert chat.close_code() == 4429
    answers = chat.kept()
    assert {frame["code"] for frame in answers if frame["type"] == "error"} == {"rate_limited"}
    acknowledged = {frame["seq"] for frame in answers if frame["type"] == "ack"}
    assert acknowledged == set(Message.objects.values_list("seq", flat=True)) != set()


@pytest.mark.parametrize("options", [("--ws-max-size", "65536"), ()])
def test_a_frame_over_64_kib_closes_the_socket(
    start_uvicorn: StartUvicorn, sockets: Sockets, ana: User, options: tuple[str, ...]
) -> None:
    """By the server where it was told the bound, else by the application."""
    there = sockets.on(start_uvicorn(options=options))
    chat = there.typed(ana)
    chat.connection.send("x" * 65_536)
    assert chat.next()["code"] == "bad_frame"
    with suppress(ConnectionClosed):
        chat.connection.send("x" * 65_537)
    assert chat.close_code() == 1009
    assert there.typed(ana).ask("ping")["type"] == "pong"


def test_who_reads_too_slowly_is_closed_and_nobody_waits_for_them(
    uvicorn: UvicornWorker, there: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    """uvicorn holds `send` back when its own buffer is full; what waits for that is in our queue, and counted."""
    head = fill(lobby, ana, 50, body="x" * 4000)
    bertos = there.typed(berto, room="lobby")
    with RawSocket(uvicorn.port) as slow:
        slow.opens("/ws/chat/", cookie=browser_of(ana).cookie, subprotocol="chat.v1")
        # Each subscription is answered with 400 kilobytes: together more than the buffers between us hold.
        asks = [b'{"type":"subscribe","id":%d,"room":"lobby","since":%d}' % (number, head - 50) for number in range(40)]
        slow.send(*map(frame, asks))
        until(lambda: "closing a slow reader" in {record["message"] for record in uvicorn.records()})
        seq = say(ana, "lobby", "hola")
        assert bertos.event()["seq"] == seq
        assert slow.until_closed()[-1].close_code == 4408


# --- who leaves ---


def test_who_leaves_without_a_word_leaves_nothing_behind(
    start_uvicorn: StartUvicorn, sockets: Sockets, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    """Before they were welcomed, or in the middle of what is said to them: uvicorn's `send` raises then."""
    worker = start_uvicorn()
    there = sockets.on(worker)
    for _ in range(5):
        there.open("/ws/chat/", user=ana, typed=True).close()
    staying = there.typed(ana, room="lobby")
    leaving = [there.typed(ana, room="lobby") for _ in range(5)]
    for chat in leaving:
        chat.send({"type": "ping", "id": 1})
        chat.connection.socket.close()
    said = [say(ana, "lobby", f"{number}") for number in range(10)]
    assert [event["seq"] for event in staying.events(10)] == said
    assert subscribers(redis_server, lobby.stream) == 1
    staying.close()
    until(lambda: subscribers(redis_server, lobby.stream) == 0)
    until(lambda: number_of(worker, "socket closed") == 11)


def number_of(worker: Worker, message: str) -> int:
    return len([record for record in worker.records() if record["message"] == message])


# --- a worker that leaves ---


def is_told_to_come_back(chat: Chat) -> int:
    """After how many milliseconds."""
    return int(chat.find(lambda frame: frame["type"] == "reconnect")["after_ms"])


def test_everyone_is_seen_off_and_every_handler_runs(
    start_uvicorn: StartUvicorn, sockets: Sockets, streams: OnWorker, ana: User, token: str, lobby: Room
) -> None:
    leaving = start_uvicorn(DRAIN_SECONDS="1")
    there = sockets.on(leaving)
    chats = [there.typed(ana, room="lobby"), there.typed(token=token), there.plain(ana, "lobby"), there.echo()]
    stream = streams(leaving).subscribed(user=ana)
    # The graceful end of uvicorn is to end, at last, by the signal that it was sent.
    assert leaving.stop() == -signal.SIGTERM
    assert [chat.close_code() for chat in chats] == [1012] * 4
    told = [is_told_to_come_back(chat) for chat in chats[:2]]
    reconnect, close = stream.rest()
    times = sorted([*told, reconnect.data["after_ms"]])
    assert set(times) < {0, 200, 400, 600, 800}
    assert close == ServerSent(type="close", id=None, data={"code": 1012})
    assert number_of(leaving, "socket closed") == 3
    assert number_of(leaving, "event stream closed") == 1


def test_until_its_time_comes_a_socket_works_as_ever_and_a_second_sigterm_hurries(
    start_uvicorn: StartUvicorn, sockets: Sockets, ana: User, lobby: Room
) -> None:
    leaving = start_uvicorn(DRAIN_SECONDS="600")
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(3)]
    leaving.process.terminate()
    *_, last = sorted(chats, key=is_told_to_come_back)
    ack = last.post("lobby", "a last word")
    assert last.event()["seq"] == ack["seq"]
    leaving.process.terminate()
    assert [chat.close_code() for chat in chats] == [1012] * 3
    assert leaving.wait() == -signal.SIGTERM


def test_ctrl_c_does_not_wait(
    start_uvicorn: StartUvicorn, sockets: Sockets, streams: OnWorker, ana: User, lobby: Room
) -> None:
    leaving = start_uvicorn(DRAIN_SECONDS="600")
    chats = [sockets.on(leaving).typed(ana, room="lobby") for _ in range(3)]
    stream = streams(leaving).subscribed(user=ana)
    leaving.process.send_signal(signal.SIGINT)
    assert [chat.close_code() for chat in chats] == [1012] * 3
    assert stream.rest()[-1].data == {"code": 1012}
    leaving.wait()


def test_who_comes_while_it_leaves_is_given_away(
    start_uvicorn: StartUvicorn, sockets: Sockets, streams: OnWorker, ana: User, lobby: Room
) -> None:
    """503 is what makes nginx ask another worker. uvicorn goes on listening until everybody is gone."""
    leaving = start_uvicorn(DRAIN_SECONDS="600")
    there = sockets.on(leaving)
    chats = [there.typed(ana, room="lobby") for _ in range(2)]
    leaving.process.terminate()
    for chat in chats:
        is_told_to_come_back(chat)
    assert there.refused("/ws/chat/", user=ana, typed=True) == 503
    assert streams(leaving).refused(user=ana) == (503, "unavailable")
    leaving.process.terminate()
    assert [chat.close_code() for chat in chats] == [1012] * 2


def test_what_was_acknowledged_outlives_the_worker(
    start_uvicorn: StartUvicorn, sockets: Sockets, ana: User, lobby: Room
) -> None:
    leaving = start_uvicorn(DRAIN_SECONDS="0")
    chat = sockets.on(leaving).typed(ana)
    for number in range(50):
        chat.send({"type": "post", "id": number, "room": "lobby", "client_id": str(uuid4()), "body": f"{number}"})
    first = chat.next()
    leaving.process.terminate()
    assert chat.close_code() == 1012
    leaving.wait()
    acknowledged = {frame["seq"] for frame in [first, *chat.kept()] if frame["type"] == "ack"}
    assert acknowledged
    assert acknowledged <= set(Message.objects.values_list("seq", flat=True))
