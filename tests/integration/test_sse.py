"""Server-Sent Events from a real worker: the same events, the same bounds, the same revocations as on a socket."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import Token, User
from accounts.tokens import revoke_token
from chat.models import Message, Room
from chat.services import add_member, delete_room, remove_member
from realtime.event_stream import LAST_READ_SECONDS
from tests.conftest import StartWorker
from tests.counted_worker import CountedWorker
from tests.event_streams import EventStream, EventStreams, ServerSent
from tests.people import browser_of, is_in
from tests.redis_probe import subscribers
from tests.roads import Road
from tests.rooms import fill, room_of, say
from tests.waiting import DEADLINE, until
from tests.wire import Sockets
from tests.workers import ORIGIN, Worker, url_of_test_database


def on(worker: Worker, stack: ExitStack) -> EventStreams:
    return EventStreams(f"http://127.0.0.1:{worker.port}", stack)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def streams(worker: Worker, stack: ExitStack) -> EventStreams:
    return on(worker, stack)


@pytest.fixture
def everywhere(streams: EventStreams, other_worker: Worker, stack: ExitStack) -> list[EventStreams]:
    """Two workers."""
    return [streams, on(other_worker, stack)]


@pytest.fixture
def at_once(without_a_sweep: list[CountedWorker], stack: ExitStack) -> list[EventStreams]:
    """Two workers, which hear through Redis who may no longer listen, or never."""
    return [on(worker, stack) for worker in without_a_sweep]


def seqs_of(events: list[ServerSent]) -> list[int | None]:
    return [event.id for event in events]


# --- what it carries ---


def test_a_stream_begins_with_where_it_goes_on(streams: EventStreams, berto: User, lobby: Room) -> None:
    stream = streams.open(user=berto)
    lobby.refresh_from_db()
    subscribed = {"type": "subscribed", "room": "lobby", "seq": lobby.seq, "recovered": True}
    assert stream.next() == ServerSent(type="subscribed", id=None, data=subscribed)


def test_it_is_a_stream_that_nobody_keeps_or_changes(streams: EventStreams, berto: User) -> None:
    headers = streams.open(user=berto).response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store, no-transform"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    assert not [name for name in headers if name.startswith("access-control-")]


def test_what_is_said_arrives_as_on_a_socket(
    streams: EventStreams, sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    stream, chat = streams.subscribed(user=berto), sockets.typed(berto, room="lobby")
    seq = say(ana, "lobby", "una línea\ny otra")
    event = stream.next()
    assert event == ServerSent(type="message", id=seq, data=chat.event())
    assert event.data["data"]["body"] == "una línea\ny otra"


def test_a_program_listens_with_its_token(streams: EventStreams, ana: User, token: str, lobby: Room) -> None:
    stream = streams.subscribed(token=token)
    seq = say(ana, "lobby", "hola")
    assert stream.next().id == seq


def test_two_workers_carry_the_same(everywhere: list[EventStreams], ana: User, berto: User, lobby: Room) -> None:
    heard = [streams.subscribed(user=berto) for streams in everywhere]
    said = [say(ana, "lobby", f"{number}") for number in range(30)]
    one, other = [stream.events(30) for stream in heard]
    assert one == other
    assert seqs_of(one) == said


# --- going on where one was ---


def test_who_was_away_goes_on_by_last_event_id(streams: EventStreams, ana: User, berto: User, lobby: Room) -> None:
    stream = streams.subscribed(user=berto)
    say(ana, "lobby", "before")
    last = stream.next().id
    stream.close()
    missed = [say(ana, "lobby", f"meanwhile {number}") for number in range(3)]
    again = streams.open(user=berto, headers={"Last-Event-ID": str(last)})
    first = again.next()
    assert (first.type, first.data["recovered"], first.data["seq"]) == ("subscribed", True, missed[-1])
    assert seqs_of(again.events(3)) == missed
    live = say(ana, "lobby", "now")
    assert again.next().id == live


def test_since_says_the_same_and_the_header_wins(streams: EventStreams, ana: User, berto: User, lobby: Room) -> None:
    head = fill(lobby, ana, 3)
    by_query = streams.open(user=berto, since=head - 2)
    assert by_query.next().data["recovered"] is True
    assert seqs_of(by_query.events(2)) == [head - 1, head]
    by_both = streams.open(user=berto, since=0, headers={"Last-Event-ID": str(head - 1)})
    assert by_both.next().data["recovered"] is True
    assert by_both.next().id == head


@pytest.mark.parametrize("ahead", [False, True])
def test_who_cannot_be_brought_up_to_date_starts_afresh(
    streams: EventStreams, ana: User, berto: User, lobby: Room, ahead: bool
) -> None:
    head = fill(lobby, ana, 501)
    stream = streams.open(user=berto, since=head + 1 if ahead else head - 501)
    subscribed = {"type": "subscribed", "room": "lobby", "seq": head, "recovered": False}
    assert stream.next() == ServerSent(type="subscribed", id=None, data=subscribed)
    live = say(ana, "lobby", "now")
    assert stream.next().id == live == head + 1


def talk(by: User, number: int) -> int:
    """Post so many messages, as fast as they are written; the last one's seq."""
    try:
        return [say(by, "lobby", f"{at}") for at in range(number)][-1]
    finally:
        connection.close()


def test_who_reconnects_again_and_again_has_the_whole_log(
    everywhere: list[EventStreams], ana: User, berto: User, lobby: Room
) -> None:
    first = everywhere[0].open(user=berto, since=0)
    seen = seqs_of(first.events(first.next().data["seq"]))
    with ThreadPoolExecutor(1) as threads:
        talking = threads.submit(talk, ana, 60)
        for attempt in range(12):
            stream = everywhere[attempt % 2].open(user=berto, headers={"Last-Event-ID": str(seen[-1])})
            assert stream.next().data["recovered"] is True
            seen.append(stream.next().id)
            stream.close()
        head = talking.result()
    last = everywhere[0].open(user=berto, since=seen[-1])
    while seen[-1] != head:
        event = last.next()
        seen += [event.id] if event.id else []
    assert seen == list(range(1, head + 1))


# --- who may ---


def test_who_is_not_signed_in_is_told_so(streams: EventStreams, lobby: Room) -> None:
    assert streams.refused() == (401, "not_signed_in")
    assert streams.refused(token="wrong") == (401, "not_signed_in")
    assert streams.refused(headers={"Cookie": "sessionid=nonsense"}) == (401, "not_signed_in")


def test_a_wrong_token_is_refused_whatever_cookies_come_with_it(streams: EventStreams, berto: User) -> None:
    assert streams.refused(user=berto, token="wrong") == (401, "not_signed_in")


def test_a_session_of_the_old_password_is_refused_and_makes_no_new_one(streams: EventStreams, berto: User) -> None:
    browser = browser_of(berto)
    User.objects.filter(pk=berto.pk).update(password="changed by another road")
    response = streams.ask(browser=browser)
    assert response.status_code == 401
    assert not Session.objects.exclude(pk=browser.session_key).exists()


def test_the_outsider_learns_nothing(streams: EventStreams, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert streams.refused("lobby", user=carla) == streams.refused("nowhere", user=carla) == (404, "not_found")


@pytest.mark.parametrize("path", ["/sse/", "/sse/chat/", "/sse/chat/lobby", "/sse/chat/LOBBY/", "/sse/chat/lobby/x/"])
def test_what_is_no_stream_is_not_found(streams: EventStreams, berto: User, path: str) -> None:
    assert streams.refused(path=path, user=berto) == (404, "not_found")


@pytest.mark.parametrize("since", ["", "-1", "x", "1.5", "1e3", "٣", "9" * 19])
def test_a_since_that_is_no_number_is_refused(streams: EventStreams, berto: User, since: str) -> None:
    assert streams.refused(user=berto, since=since) == (400, "bad_request")
    if since.isascii():
        assert streams.refused(user=berto, headers={"Last-Event-ID": since}) == (400, "bad_request")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_get_is_for_this_address(streams: EventStreams, berto: User, method: str) -> None:
    response = streams.ask(user=berto, method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")
    body = response.read()
    assert body == b"" if method == "HEAD" else json.loads(body)["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_is_refused(streams: EventStreams, berto: User, token: str, headers: dict[str, str]) -> None:
    assert streams.refused(user=berto, headers=headers) == (403, "forbidden")
    assert streams.open(token=token, headers=headers).next().type == "subscribed"


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_our_own_pages_are_let_in(streams: EventStreams, berto: User, headers: dict[str, str]) -> None:
    assert streams.open(user=berto, headers=headers).next().type == "subscribed"


def test_streams_count_among_a_users_sockets(
    start_worker: StartWorker, sockets: Sockets, stack: ExitStack, ana: User, berto: User, lobby: Room
) -> None:
    worker = start_worker(MAX_SOCKETS_PER_USER="2")
    streams = on(worker, stack)
    chat, stream = sockets.on(worker).typed(berto), streams.subscribed(user=berto)
    assert streams.refused(user=berto) == (429, "too_many")
    assert sockets.on(worker).open("/ws/chat/", user=berto, typed=True).close_code() == 4409
    assert streams.subscribed(user=ana)
    assert chat.ask("ping")["type"] == "pong"
    stream.close()
    until(lambda: streams.ask(user=berto).status_code == 200)


# --- who may no longer ---


def test_who_is_removed_is_told_so_and_the_stream_ends(
    at_once: list[EventStreams], ana: User, berto: User, lobby: Room
) -> None:
    anas = [streams.subscribed(user=ana) for streams in at_once]
    bertos = [streams.subscribed(user=berto) for streams in at_once]
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    data = {"type": "unsubscribed", "room": "lobby", "reason": "removed"}
    for stream in bertos:
        assert stream.rest() == [ServerSent(type="unsubscribed", id=None, data=data)]
    seq = say(ana, "lobby", "now that he is gone")
    assert [seqs_of(stream.events(2)) for stream in anas] == [[seq - 1, seq]] * 2
    assert [streams.refused(user=berto) for streams in at_once] == [(404, "not_found")] * 2


def test_a_room_that_is_deleted_ends_its_streams_alone(
    at_once: list[EventStreams], ana: User, berto: User, lobby: Room
) -> None:
    room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    patios = [streams.subscribed("patio", user=berto) for streams in at_once]
    lobbies = [streams.subscribed(user=berto) for streams in at_once]
    delete_room(by=ana, slug="patio")
    data = {"type": "unsubscribed", "room": "patio", "reason": "room_deleted"}
    for stream in patios:
        assert stream.rest() == [ServerSent(type="unsubscribed", id=None, data=data)]
    seq = say(ana, "lobby", "still here")
    assert [stream.next().id for stream in lobbies] == [seq] * 2


def closed_with(stream: EventStream, code: int) -> bool:
    return stream.rest() == [ServerSent(type="close", id=None, data={"code": code})]


def test_who_signs_out_is_cut_off_in_that_browser_alone(
    at_once: list[EventStreams], ana: User, berto: User, lobby: Room
) -> None:
    here, elsewhere = browser_of(berto), browser_of(berto)
    leaving = [streams.subscribed(browser=here) for streams in at_once]
    staying = [streams.subscribed(browser=elsewhere) for streams in at_once]
    assert here.client.post("/sign-out/").status_code == 302
    assert all(closed_with(stream, 4401) for stream in leaving)
    seq = say(ana, "lobby", "hola")
    assert [stream.next().id for stream in staying] == [seq] * 2


def test_a_token_that_is_revoked_ends_its_streams(
    at_once: list[EventStreams], ana: User, token: str, lobby: Room
) -> None:
    leaving = [streams.subscribed(token=token) for streams in at_once]
    anas = [streams.subscribed(user=ana) for streams in at_once]
    assert revoke_token(token_id=Token.objects.get().pk)
    assert all(closed_with(stream, 4401) for stream in leaving)
    seq = say(ana, "lobby", "hola")
    assert [stream.next().id for stream in anas] == [seq] * 2


def test_a_new_password_makes_every_stream_prove_itself_again(
    at_once: list[EventStreams], ana: User, berto: User, lobby: Room
) -> None:
    streams, browser = at_once[0], browser_of(berto)
    stream = streams.subscribed(browser=browser)
    berto.set_password("otra-cosa-muy-distinta")
    berto.save()
    assert closed_with(stream, 1012)
    assert streams.refused(browser=browser) == (401, "not_signed_in")


# --- bounds, and what is left behind ---


class SlowReader:
    """A program that asks for a stream and reads nothing of it until it is asked to."""

    def __init__(self, worker: Worker, user: User) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(DEADLINE)
        # Set by hand, so that the kernel does not take in tens of megabytes for us.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self._socket.connect(("127.0.0.1", worker.port))
        cookie = browser_of(user).cookie
        self._socket.sendall(f"GET /sse/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())

    def wakes_up(self) -> bytes:
        """Reads whatever was sent, to the end of the connection."""
        received = bytearray()
        while part := self._socket.recv(2**20):
            received += part
        return bytes(received)

    def is_held_by(self, worker: Worker) -> bool:
        """Whether the worker's end of this connection is still open: the kernel's table says so with 01."""
        ours = f":{self._socket.getsockname()[1]:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        return any(row[1].endswith(f":{worker.port:04X}") and row[2].endswith(ours) and row[3] == "01" for row in rows)

    def close(self) -> None:
        self._socket.close()


def read_by_berto_until_the_other_is_cut_off(worker: Worker, bertos: EventStream, room: Room, by: User) -> None:
    """Half a megabyte at a time: who reads gets all of it; who does not, fills the buffers between us."""
    while not any(one["message"] == "closing a slow reader" for one in worker.records()):
        fill(room, by, 25, body="<" * 4000)  # 20 kilobytes each, once it is HTML
        head = say(by, room.slug, "and so on")
        assert bertos.events(26)[-1].id == head


def test_who_reads_too_slowly_is_cut_off_and_nobody_waits_for_them(
    start_worker: StartWorker, stack: ExitStack, ana: User, berto: User, lobby: Room
) -> None:
    worker = start_worker()
    bertos = on(worker, stack).subscribed(user=berto)
    slow = SlowReader(worker, ana)
    try:
        until(lambda: has_opened(worker, ana))
        read_by_berto_until_the_other_is_cut_off(worker, bertos, lobby, ana)
        received = slow.wakes_up()
    finally:
        slow.close()
    # The last frame, and the end of a chunked body.
    assert b'event: close\ndata: {"code":4408}\n\n' in received[-200:]
    assert received.endswith(b"0\r\n\r\n")


def test_who_never_reads_again_is_let_go_of(
    start_worker: StartWorker, stack: ExitStack, ana: User, berto: User, lobby: Room
) -> None:
    worker = start_worker()
    bertos = on(worker, stack).subscribed(user=berto)
    slow = SlowReader(worker, ana)
    try:
        until(lambda: has_opened(worker, ana))
        assert slow.is_held_by(worker)
        read_by_berto_until_the_other_is_cut_off(worker, bertos, lobby, ana)
        until(lambda: not slow.is_held_by(worker), within=3 * LAST_READ_SECONDS)
    finally:
        slow.close()


def has_opened(worker: Worker, user: User) -> bool:
    """Whether this user has opened a stream."""
    opened = [one for one in worker.records() if one["message"] == "event stream opened"]
    return user.username in {one["user"] for one in opened}


def test_a_client_that_leaves_leaves_nothing_behind(
    streams: EventStreams, redis_server: "redis.Redis", worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    listening = [streams.subscribed(user=user) for user in (ana, berto, ana)]
    assert subscribers(redis_server, lobby.stream) == 1
    for stream in listening[:2]:
        stream.close()
    seq = say(ana, "lobby", "to the one who is left")
    assert listening[2].next().id == seq
    listening[2].close()
    until(lambda: subscribers(redis_server, lobby.stream) == 0)
    until(lambda: number_of(worker, "event stream opened") == number_of(worker, "event stream closed"))


def number_of(worker: Worker, message: str) -> int:
    return len([one for one in worker.records() if one["message"] == message])


def test_who_is_refused_leaves_nothing_behind(
    streams: EventStreams, redis_server: "redis.Redis", carla: User, lobby: Room
) -> None:
    assert streams.refused(user=carla) == (404, "not_found")
    assert subscribers(redis_server, lobby.stream) == 0


# --- a worker that leaves, a part that is gone ---


def test_a_worker_that_leaves_tells_its_streams_when_to_come_back(
    start_worker: StartWorker, stack: ExitStack, ana: User, token: str, lobby: Room
) -> None:
    leaving = start_worker(DRAIN_SECONDS="2")
    streams = on(leaving, stack)
    heard = [streams.subscribed(user=ana), streams.subscribed(token=token)]
    assert leaving.stop() == 0
    for stream in heard:
        reconnect, close = stream.rest()
        assert reconnect.data["type"] == reconnect.type == "reconnect"
        assert 0 <= reconnect.data["after_ms"] <= 2000
        assert close == ServerSent(type="close", id=None, data={"code": 1012})
    assert leaving.complaints() == []


@pytest.fixture
def road_to_database(transactional_db: None) -> Iterator[Road]:
    road = Road(url_of_test_database())
    yield road
    road.block()


def test_without_the_database_a_stream_is_refused_with_come_again(
    road_to_database: Road, start_worker: StartWorker, stack: ExitStack, ana: User, token: str, lobby: Room
) -> None:
    streams = on(start_worker(DATABASE_URL=road_to_database.url), stack)
    browser = browser_of(ana)
    stream = streams.subscribed(browser=browser)
    road_to_database.block()
    for credential in ({"browser": browser}, {"token": token}):
        response = streams.ask(**credential)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert json.loads(response.read())["error"]["code"] == "unavailable"
    road_to_database.open()
    again = until(lambda: opened(streams.ask(browser=browser)))
    assert again
    seq = say(ana, "lobby", "back again")
    assert Message.objects.get(seq=seq).body == "back again"
    assert stream.next().id == seq
    assert again.events(2)[1].id == seq


def opened(response: httpx.Response) -> EventStream | None:
    return EventStream(response) if response.status_code == 200 else None


@pytest.fixture
def road_to_redis() -> Iterator[Road]:
    road = Road(settings.REDIS_URL)
    yield road
    road.block()


def test_without_redis_a_stream_is_opened_and_hears_what_is_said(
    road_to_redis: Road, start_worker: StartWorker, stack: ExitStack, ana: User, berto: User, lobby: Room
) -> None:
    streams = on(start_worker(REDIS_URL=road_to_redis.url), stack)
    before = streams.subscribed(user=berto)
    road_to_redis.block()
    after = streams.subscribed(user=berto)
    said = [say(ana, "lobby", f"{number}") for number in range(3)]
    assert seqs_of(before.events(3)) == seqs_of(after.events(3)) == said
