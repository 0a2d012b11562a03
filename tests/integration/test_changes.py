"""Edits, deletions and reactions over the wire: across workers, on streams, and what replays them."""

from contextlib import ExitStack
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from chat.models import Event, Membership, Message, Room
from tests.event_streams import EventStreams
from tests.locks import locked
from tests.people import browser_of, is_in
from tests.rooms import room_of, say, seqs, upload_of
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker


def change(chat: Chat, kind: str, seq: int, **fields: object) -> Frame:
    return chat.ask(kind, **{"room": "lobby", "client_id": str(uuid4()), "seq": seq, **fields})


def test_whatever_happens_to_a_message_reaches_everyone_on_every_worker(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    bertos, anas = sockets.typed(berto, room="lobby"), sockets.on(other_worker).typed(ana, room="lobby")
    upload = upload_of(berto, lobby)
    seq = bertos.post("lobby", "hola @ana", uploads=[str(upload.pk)])["seq"]
    acks = [
        change(bertos, "edit", seq, body="**adiós**"),
        change(anas, "react", seq, emoji="👍", on=True),
        change(anas, "react", seq, emoji="👍", on=False),
        change(anas, "delete", seq),
    ]
    assert [(ack["type"], ack["seq"], ack["duplicate"]) for ack in acks] == [
        ("ack", seq + number, False) for number in range(1, 5)
    ]
    for heard in (bertos.events(5), anas.events(5)):
        assert [(event["seq"], event["kind"], event["by"]["name"]) for event in heard] == [
            (seq, "message.posted", "berto"),
            (seq + 1, "message.edited", "berto"),
            (seq + 2, "reaction.added", "ana"),
            (seq + 3, "reaction.removed", "ana"),
            (seq + 4, "message.deleted", "ana"),
        ]
        posted, edited, *reactions, deleted = (event["data"] for event in heard)
        assert posted["mentions"] == [ana.pk]
        assert posted["uploads"][0]["id"] == str(upload.pk)
        assert (edited["body"], edited["html"]) == ("**adiós**", "<p><strong>adiós</strong></p>\n")
        assert [(one["of"], one["emoji"]) for one in reactions] == [(seq, "👍")] * 2
        assert (deleted["of"], deleted["user"]) == (seq, {"id": berto.pk, "name": "berto"})
    assert [ack["client_id"] for ack in acks] == [event["data"]["client_id"] for event in heard[1:]]


def test_a_repeat_gets_the_first_answer_and_what_changes_nothing_the_head(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    bertos, seq = sockets.typed(berto), say(berto, "lobby", "hola")
    kinds: dict[str, dict[str, object]] = {"edit": {"body": "x"}, "react": {"emoji": "👍", "on": True}, "delete": {}}
    for kind, fields in kinds.items():
        client_id = str(uuid4())
        first = change(bertos, kind, seq, client_id=client_id, **fields)
        again = change(bertos, kind, seq, client_id=client_id, **fields)
        assert (again["seq"], first["duplicate"], again["duplicate"]) == (first["seq"], False, True)
    head = say(ana, "lobby", "meanwhile")
    nothing = change(bertos, "delete", seq)
    assert (nothing["seq"], nothing["duplicate"]) == (head, True)
    assert seqs(lobby) == list(range(1, head + 1))


def test_what_may_not_be_is_refused_by_name(sockets: Sockets, ana: User, berto: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    seq = say(ana, "lobby", "hola")
    bertos, carlas = sockets.typed(berto), sockets.typed(carla)
    refusals: list[tuple[Chat, str, int, dict[str, object], str]] = [
        (bertos, "edit", seq, {"body": "x"}, "forbidden"),
        (bertos, "delete", seq, {}, "forbidden"),
        (bertos, "edit", seq, {"body": "x" * 4001}, "too_long"),
        (bertos, "react", seq, {"emoji": "x", "on": True}, "bad_frame"),
        (bertos, "react", seq, {"emoji": "👍", "on": 1}, "bad_frame"),
        (bertos, "react", seq, {"emoji": "👍"}, "bad_frame"),
        (bertos, "edit", -1, {"body": "x"}, "bad_frame"),
        (bertos, "edit", 2**64, {"body": "x"}, "not_found"),
        (bertos, "delete", 1, {}, "not_found"),
        (carlas, "edit", seq, {"body": "x"}, "not_found"),
        (carlas, "delete", seq, {}, "not_found"),
        (carlas, "react", seq, {"emoji": "👍", "on": True}, "not_found"),
    ]
    for chat, kind, number, fields, code in refusals:
        answer = change(chat, kind, number, **fields)
        assert (answer["type"], answer["code"]) == ("error", code), (kind, fields)
    assert Event.objects.filter(room=lobby).latest("seq").seq == seq


def test_who_is_muted_is_told_for_how_long(sockets: Sockets, berto: User, lobby: Room) -> None:
    bertos, seq = sockets.typed(berto), say(berto, "lobby", "hola")
    Membership.objects.filter(user=berto).update(muted_until=timezone.now() + timedelta(minutes=1))
    for answer in (
        bertos.post("lobby", "hola"),
        change(bertos, "edit", seq, body="x"),
        change(bertos, "react", seq, emoji="👍", on=True),
    ):
        assert (answer["type"], answer["code"]) == ("error", "forbidden")
        assert 0 < answer["retry_after"] <= 60


def test_who_comes_back_hears_nothing_of_what_was_deleted(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    """Neither on a worker that heard it when it was said and remembers, nor on one that reads it in the log."""
    listening = sockets.typed(ana, room="lobby")
    since = Room.objects.get().seq
    bertos = sockets.typed(berto)
    seq = bertos.post("lobby", "secret")["seq"]
    change(bertos, "edit", seq, body="secret, edited")
    change(bertos, "delete", seq)
    listening.events(3)
    for worker_sockets in (sockets, sockets.on(other_worker)):
        answer = worker_sockets.typed(ana).subscribe("lobby", since=since)
        assert answer["recovered"] is True
        assert [event["kind"] for event in answer["events"]] == [
            "message.posted",
            "message.edited",
            "message.deleted",
        ]
        assert "secret" not in str(answer)


def test_the_plain_form_shows_what_was_said_and_nothing_else(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    anas, bertos = sockets.plain(ana, "lobby"), sockets.typed(berto)
    seq = bertos.post("lobby", "one")["seq"]
    change(bertos, "edit", seq, body="two")
    change(bertos, "react", seq, emoji="👍", on=True)
    change(bertos, "delete", seq)
    last = bertos.post("lobby", "three")["seq"]
    assert [(frame["message"], frame["seq"]) for frame in (anas.next(), anas.next())] == [("one", seq), ("three", last)]


def test_an_event_stream_has_them_as_a_socket_has_them(
    sockets: Sockets, worker: Worker, berto: User, lobby: Room
) -> None:
    bertos = sockets.typed(berto, room="lobby")
    with ExitStack() as stack:
        stream = EventStreams(f"http://127.0.0.1:{worker.port}", stack).subscribed(user=berto)
        seq = bertos.post("lobby", "one")["seq"]
        change(bertos, "edit", seq, body="two")
        change(bertos, "react", seq, emoji="👍", on=True)
        change(bertos, "delete", seq)
        assert [event.data for event in stream.events(4)] == bertos.events(4)


def test_a_room_that_hangs_takes_no_other_rooms_changes_with_it(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    """More of them than a worker has threads for its database."""
    patio = room_of(berto, "patio")
    stuck, free = say(berto, "patio", "hola"), say(berto, "lobby", "hola")
    browser = browser_of(berto)
    chats = [sockets.typed(browser=browser) for _ in range(10)]
    bertos = sockets.typed(browser=browser)
    with locked(patio):
        for chat in chats:
            fields = {"room": "patio", "client_id": str(uuid4()), "seq": stuck, "emoji": "👍", "on": True}
            chat.send({"type": "react", "id": "stuck", **fields})
            chat.connection.ping().wait()  # the worker has read what was sent before it
        assert change(bertos, "edit", free, body="better")["type"] == "ack"
        assert Message.objects.get(room=lobby, seq=free).body == "better"
        assert all(chat.kept() == [] for chat in chats)
        answers = [chat.find(lambda frame: frame.get("id") == "stuck") for chat in chats]
    assert {(answer["type"], answer["code"]) for answer in answers} == {("error", "unavailable")}
