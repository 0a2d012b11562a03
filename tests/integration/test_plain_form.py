"""The plain form over the wire: what somebody types into a console."""

from accounts.models import User
from accounts.tokens import issue_token
from chat.models import Message, Room
from chat.services import update_room
from chat.times import wire_time
from tests.people import is_in
from tests.rooms import room_of, say
from tests.wire import Sockets


def test_the_echo_answers_whoever_asks(sockets: Sockets) -> None:
    someone = sockets.echo()
    assert someone.connection.subprotocol is None
    someone.send({"message": "hola"})
    assert someone.next() == {"message": "hola"}


def test_the_echo_answers_who_is_signed_in(sockets: Sockets, ana: User) -> None:
    anas = sockets.open("/ws/chat/", user=ana)
    anas.say("hola")
    assert anas.next() == {"message": "hola"}


def test_the_echo_answers_its_sender_alone(sockets: Sockets) -> None:
    one, other = sockets.echo(), sockets.echo()
    one.say("for me")
    assert one.next() == {"message": "for me"}
    other.say("for me, too")
    assert other.next() == {"message": "for me, too"}


def test_the_echo_takes_what_a_room_would_not(sockets: Sockets) -> None:
    someone = sockets.echo()
    someone.say("")
    assert someone.next() == {"message": ""}


def test_what_is_said_in_a_room_reaches_everyone_in_it_once(
    sockets: Sockets, ana: User, berto: User, lobby: Room
) -> None:
    anas, bertos = sockets.plain(ana, "lobby"), sockets.plain(berto, "lobby")
    bertos.say("hola")
    heard = anas.next()
    message = Message.objects.get(room=lobby)
    assert heard == {"message": "hola", "user": "berto", "seq": message.seq, "at": wire_time(message.at)}
    assert bertos.next() == heard
    anas.say("adiós")
    assert [chat.next()["message"] for chat in (anas, bertos)] == ["adiós", "adiós"]


def test_a_program_can_use_the_plain_form(sockets: Sockets, token: str, berto: User) -> None:
    bots = sockets.open("/ws/chat/lobby/", token=token)
    bots.say("beep")
    assert bots.next()["user"] == "bot"


def test_other_events_have_no_frame_in_the_plain_form(sockets: Sockets, ana: User, lobby: Room) -> None:
    anas = sockets.plain(ana, "lobby")
    update_room(by=ana, slug="lobby", name="Salon", topic="")
    seq = say(ana, "lobby", "hola")
    assert anas.next()["seq"] == seq


def test_what_was_said_before_is_not_repeated(sockets: Sockets, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "before")
    anas = sockets.plain(ana, "lobby")
    anas.say("after")
    assert anas.next()["message"] == "after"


def test_a_room_says_nothing_to_those_in_another(sockets: Sockets, ana: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    room_of(carla, "patio")
    carlas = sockets.plain(carla, "patio")
    anas = sockets.plain(ana, "lobby")
    anas.say("in the lobby")
    assert anas.next()["message"] == "in the lobby"
    carlas.say("in the patio")
    assert carlas.next()["message"] == "in the patio"


def test_the_outsider_is_told_that_she_may_not(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert sockets.open("/ws/chat/lobby/", user=carla).close_code() == 4403


def test_a_room_that_does_not_exist_looks_like_one_that_is_not_mine(sockets: Sockets, ana: User) -> None:
    assert sockets.open("/ws/chat/nowhere/", user=ana).close_code() == 4403


def test_who_is_not_signed_in_is_asked_to(sockets: Sockets, lobby: Room) -> None:
    assert sockets.open("/ws/chat/lobby/").close_code() == 4401


def test_a_program_outside_the_room_may_not(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert sockets.open("/ws/chat/lobby/", token=issue_token(user=carla)).close_code() == 4403
