"""The typed form over the wire, frame by frame, as docs/protocol.md has it."""

from uuid import UUID, uuid4

import pytest

from accounts.models import User
from chat.models import Event, Membership, Message, Room
from chat.services import add_member, remove_member, update_room
from chat.text import render
from chat.times import wire_time
from tests.conftest import StartWorker
from tests.people import is_in
from tests.rooms import fill, room_of, say
from tests.wire import Sockets

# --- welcome, ping, ids ---


def test_a_welcome_comes_first_and_once(sockets: Sockets, ana: User) -> None:
    chat = sockets.open("/ws/chat/", user=ana, typed=True)
    welcome = chat.next()
    assert welcome == {
        "type": "welcome",
        "user": {"id": ana.pk, "name": "ana"},
        "connection": welcome["connection"],
    }
    assert UUID(welcome["connection"])
    assert chat.before_pong() == []


def test_every_connection_has_a_name_of_its_own(sockets: Sockets, ana: User) -> None:
    welcomes = [sockets.open("/ws/chat/", user=ana, typed=True).next() for _ in range(2)]
    assert welcomes[0]["connection"] != welcomes[1]["connection"]


@pytest.mark.parametrize("request_id", [0, -1, 2**53, "a", "", "x" * 64, "ñandú"])
def test_an_answer_carries_the_id_of_its_request(sockets: Sockets, ana: User, request_id: int | str) -> None:
    chat = sockets.typed(ana)
    chat.send({"type": "ping", "id": request_id})
    assert chat.next() == {"type": "pong", "id": request_id}


def test_an_error_carries_the_id_of_its_request(sockets: Sockets, ana: User) -> None:
    chat = sockets.typed(ana)
    chat.send({"type": "subscribe", "id": "mine", "room": "nowhere"})
    error = chat.next()
    assert error == {"type": "error", "id": "mine", "code": "not_found", "message": error["message"]}


def test_fields_that_nobody_knows_are_ignored(sockets: Sockets, ana: User) -> None:
    chat = sockets.typed(ana)
    chat.send({"type": "ping", "id": 1, "colour": "green", "more": {"of": ["that"]}})
    assert chat.next() == {"type": "pong", "id": 1}


def test_requests_are_answered_in_order(sockets: Sockets, ana: User) -> None:
    chat = sockets.typed(ana)
    for number in range(10):
        chat.send({"type": "ping" if number % 2 else "nonsense", "id": number})
    assert [chat.next()["id"] for _ in range(10)] == list(range(10))


# --- subscribe ---


def test_a_subscription_starts_now(sockets: Sockets, ana: User, lobby: Room) -> None:
    before = say(ana, "lobby", "before")
    chat = sockets.typed(ana)
    answer = chat.subscribe("lobby")
    assert answer == {"type": "subscribed", "id": 1, "room": "lobby", "seq": before, "recovered": True, "events": []}
    after = say(ana, "lobby", "after")
    assert after == before + 1
    assert chat.event()["seq"] == after


def test_the_room_of_the_path_is_subscribed_from_the_start(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.open("/ws/chat/lobby/", user=ana, typed=True)
    assert chat.next()["type"] == "welcome"
    lobby.refresh_from_db()
    answer = {"type": "subscribed", "room": "lobby", "seq": lobby.seq, "recovered": True, "events": []}
    assert chat.next() == answer
    assert chat.post("lobby", "hola")["type"] == "ack"
    assert chat.event()["data"]["body"] == "hola"


def test_since_brings_everything_after_it_in_order(sockets: Sockets, ana: User, lobby: Room) -> None:
    first, *others = [say(ana, "lobby", f"number {number}") for number in range(5)]
    answer = sockets.typed(ana).subscribe("lobby", since=first)
    assert answer["recovered"] is True
    assert answer["seq"] == others[-1]
    assert [event["seq"] for event in answer["events"]] == others
    assert [event["data"]["body"] for event in answer["events"]] == [f"number {number}" for number in range(1, 5)]


def test_since_the_head_brings_nothing(sockets: Sockets, ana: User, lobby: Room) -> None:
    head = say(ana, "lobby", "hola")
    answer = sockets.typed(ana).subscribe("lobby", since=head)
    assert (answer["seq"], answer["recovered"], answer["events"]) == (head, True, [])


def test_since_the_beginning_brings_the_whole_log(sockets: Sockets, ana: User, lobby: Room) -> None:
    head = say(ana, "lobby", "hola")
    answer = sockets.typed(ana).subscribe("lobby", since=0)
    assert [event["seq"] for event in answer["events"]] == list(range(1, head + 1))
    assert answer["events"][0]["kind"] == "member.joined"


def test_an_event_is_the_same_live_and_later(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana, room="lobby")
    seq = say(ana, "lobby", "hola")
    assert sockets.typed(ana).subscribe("lobby", since=seq - 1)["events"] == [chat.event()]


def test_five_hundred_events_are_recovered(sockets: Sockets, ana: User, lobby: Room) -> None:
    head = fill(lobby, ana, 500)
    answer = sockets.typed(ana).subscribe("lobby", since=head - 500)
    assert answer["recovered"] is True
    assert [event["seq"] for event in answer["events"]] == list(range(head - 499, head + 1))


def test_beyond_five_hundred_events_nothing_is(sockets: Sockets, ana: User, lobby: Room) -> None:
    head = fill(lobby, ana, 501)
    chat = sockets.typed(ana)
    answer = chat.subscribe("lobby", since=head - 501)
    assert (answer["seq"], answer["recovered"], answer["events"]) == (head, False, [])
    following = say(ana, "lobby", "hola")
    assert chat.event()["seq"] == following == head + 1


@pytest.mark.parametrize("beyond", [1, 2**31, 2**63, 2**64])
def test_ahead_of_the_log_nothing_is(sockets: Sockets, ana: User, lobby: Room, beyond: int) -> None:
    head = say(ana, "lobby", "hola")
    chat = sockets.typed(ana)
    answer = chat.subscribe("lobby", since=head + beyond)
    assert (answer["seq"], answer["recovered"], answer["events"]) == (head, False, [])
    following = say(ana, "lobby", "hola again")
    assert chat.event()["seq"] == following


def test_who_subscribes_again_hears_each_event_once(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana, room="lobby")
    head = say(ana, "lobby", "hola")
    chat.event()
    again = chat.subscribe("lobby", since=head - 1)
    assert [event["seq"] for event in again["events"]] == [head]
    following = say(ana, "lobby", "adiós")
    assert chat.event()["seq"] == following
    assert chat.before_pong() == []


def test_a_socket_can_hear_several_rooms(sockets: Sockets, ana: User, lobby: Room) -> None:
    room_of(ana, "patio")
    chat = sockets.typed(ana, room="lobby")
    chat.subscribe("patio")
    say(ana, "lobby", "in the lobby")
    say(ana, "patio", "in the patio")
    heard = {(event["room"], event["data"]["body"]) for event in chat.events(2)}
    assert heard == {("lobby", "in the lobby"), ("patio", "in the patio")}


def test_the_outsider_cannot_subscribe(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    chat = sockets.typed(carla)
    refusal, of_nothing = chat.subscribe("lobby"), chat.subscribe("nowhere")
    assert refusal["code"] == of_nothing["code"] == "not_found"
    assert refusal["message"] == of_nothing["message"]


# --- unsubscribe ---


def test_who_unsubscribes_hears_no_more(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    assert bertos.ask("unsubscribe", room="lobby") == {"type": "unsubscribed", "id": 2, "room": "lobby"}
    say(ana, "lobby", "hola")
    anas.event()
    assert bertos.before_pong() == []


def test_who_is_not_subscribed_cannot_unsubscribe(sockets: Sockets, ana: User) -> None:
    assert sockets.typed(ana).ask("unsubscribe", room="lobby")["code"] == "not_found"


# --- post ---


def test_an_ack_says_where_the_message_is(sockets: Sockets, ana: User, lobby: Room) -> None:
    client_id = str(uuid4())
    ack = sockets.typed(ana).post("lobby", "hola", client_id=client_id)
    message = Message.objects.get(room=lobby)
    assert ack == {
        "type": "ack",
        "id": 1,
        "room": "lobby",
        "client_id": client_id,
        "seq": message.seq,
        "duplicate": False,
    }


def test_a_repeat_gets_the_first_answer_and_is_no_event(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana, room="lobby")
    client_id = str(uuid4())
    first = chat.post("lobby", "hola", client_id=client_id)
    again = chat.post("lobby", "something else", client_id=client_id)
    assert (again["seq"], again["duplicate"]) == (first["seq"], True)
    assert chat.event()["seq"] == first["seq"]
    assert chat.before_pong() == []
    assert Message.objects.get(room=lobby).body == "hola"


def test_a_post_wants_no_subscription(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana)
    assert chat.post("lobby", "hola")["type"] == "ack"
    assert chat.before_pong() == []


def test_a_message_reaches_everyone_as_an_event(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    client_id = str(uuid4())
    ack = bertos.post("lobby", "**hola**", client_id=client_id)
    event = Event.objects.get(room=lobby, seq=ack["seq"])
    assert anas.event() == {
        "type": "event",
        "room": "lobby",
        "seq": ack["seq"],
        "kind": "message.posted",
        "at": wire_time(event.at),
        "by": {"id": berto.pk, "name": "berto"},
        "data": {"client_id": client_id, "body": "**hola**", "html": render("**hola**").html, "reply_to": None}
        | {"mentions": [], "uploads": []},
    }
    assert bertos.event()["seq"] == ack["seq"]


def test_a_reply_names_what_it_answers(sockets: Sockets, ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    chat = sockets.typed(ana, room="lobby")
    assert chat.post("lobby", "what?", reply_to=seq)["type"] == "ack"
    assert chat.event()["data"]["reply_to"] == seq


@pytest.mark.parametrize("reply_to", [0, -1, 1, 10**6, 2**63, 10**30])
def test_a_reply_to_no_message_is_refused(sockets: Sockets, ana: User, lobby: Room, reply_to: int) -> None:
    assert Event.objects.get(room=lobby, seq=1).kind == Event.Kind.MEMBER_JOINED
    chat = sockets.typed(ana)
    assert chat.post("lobby", "what?", reply_to=reply_to)["code"] == "not_found"
    assert not Message.objects.exists()


def test_the_outsider_cannot_post(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert sockets.typed(carla).post("lobby", "hola")["code"] == "not_found"
    assert not Message.objects.exists()


# --- read ---


def test_what_was_read_is_kept_and_never_goes_back(sockets: Sockets, ana: User, lobby: Room) -> None:
    first, second = say(ana, "lobby", "one"), say(ana, "lobby", "two")
    chat = sockets.typed(ana)
    assert chat.ask("read", room="lobby", seq=second) == {"type": "ack", "id": 1, "room": "lobby", "seq": second}
    assert chat.ask("read", room="lobby", seq=first)["seq"] == second
    assert Membership.objects.get(room=lobby, user=ana).read_seq == second


@pytest.mark.parametrize("beyond", [1, 2**63, 10**30, -(10**6)])
def test_what_is_not_in_the_log_cannot_be_read(sockets: Sockets, ana: User, lobby: Room, beyond: int) -> None:
    seq = say(ana, "lobby", "hola")
    assert sockets.typed(ana).ask("read", room="lobby", seq=seq + beyond)["code"] == "bad_frame"


def test_the_outsider_cannot_read(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert sockets.typed(carla).ask("read", room="lobby", seq=1)["code"] == "not_found"


# --- events that are no messages ---


def test_who_joins_and_leaves_is_told_to_the_room(sockets: Sockets, ana: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    chat = sockets.typed(ana, room="lobby")
    add_member(by=ana, slug="lobby", user=carla)
    remove_member(by=ana, slug="lobby", user_id=carla.pk)
    joined, left = chat.events(2)
    about = {"user": {"id": carla.pk, "name": "carla"}}
    assert (joined["kind"], joined["by"]["name"], joined["data"]) == ("member.joined", "ana", about)
    assert (left["kind"], left["by"]["name"], left["data"]) == ("member.left", "ana", about)


def test_a_new_name_is_told_to_the_room(sockets: Sockets, ana: User, lobby: Room) -> None:
    chat = sockets.typed(ana, room="lobby")
    update_room(by=ana, slug="lobby", name="Salon", topic="Tea")
    event = chat.event()
    about = {
        "name": "Salon",
        "topic": "Tea",
        "private": False,
        "archived": False,
        "was": {"name": "Lobby", "topic": ""},
    }
    assert (event["kind"], event["data"]) == ("room.updated", about)


# --- bounds ---


def test_a_socket_hears_so_many_rooms_and_no_more(sockets: Sockets, start_worker: StartWorker, ana: User) -> None:
    for slug in ("patio", "garden", "attic"):
        room_of(ana, slug)
    chat = sockets.on(start_worker(MAX_SUBSCRIPTIONS="3")).typed(ana)
    assert [chat.subscribe(slug)["type"] for slug in ("lobby", "patio", "garden")] == ["subscribed"] * 3
    assert chat.subscribe("attic")["code"] == "too_many"
    assert chat.subscribe("patio")["type"] == "subscribed"
    chat.ask("unsubscribe", room="garden")
    assert chat.subscribe("attic")["type"] == "subscribed"
