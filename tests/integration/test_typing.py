"""That somebody types reaches the others in the room, on every worker, and nobody else."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from chat.models import Event, Membership, Room
from tests.rooms import say
from tests.wire import Sockets
from tests.workers import Worker


def test_the_others_are_told(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    anas = [sockets.typed(ana, room="lobby"), sockets.on(other_worker).typed(ana, room="lobby")]
    berto_here, berto_there = sockets.typed(berto, room="lobby"), sockets.on(other_worker).typed(berto, room="lobby")
    outside, plain = sockets.typed(carla), sockets.plain(ana, "lobby")
    berto_here.send({"type": "typing", "room": "lobby"})
    told = {"type": "typing", "room": "lobby", "user": {"id": berto.pk, "name": "berto"}}
    assert [chat.next() for chat in anas] == [told, told]
    assert [chat.before_pong() for chat in (berto_here, berto_there, outside)] == [[], [], []]
    seq = say(ana, "lobby", "hola")
    assert plain.next()["seq"] == seq


def test_nothing_of_it_is_kept(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    bertos, anas = sockets.typed(berto, room="lobby"), sockets.typed(ana, room="lobby")
    before = Event.objects.count()
    bertos.send({"type": "typing", "room": "lobby"})
    assert anas.next()["type"] == "typing"
    assert Event.objects.count() == before
    late = sockets.typed(ana)
    late.subscribe("lobby", since=0)
    assert late.before_pong() == []


def test_who_is_not_subscribed_tells_nobody(sockets: Sockets, ana: User, berto: User, carla: User, lobby: Room) -> None:
    anas = sockets.typed(ana, room="lobby")
    for chat in (sockets.typed(carla), sockets.typed(berto)):
        chat.send({"type": "typing", "room": "lobby"})
        assert chat.before_pong() == []
    assert anas.before_pong() == []


def test_of_who_may_not_write_nothing_is_told(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    """Of somebody muted, and where a room is archived. Their pages do not ask; a program may."""
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.typed(berto, room="lobby")
    Membership.objects.filter(user=berto).update(muted_until=timezone.now() + timedelta(minutes=1))
    bertos.send({"type": "typing", "room": "lobby"})
    assert bertos.before_pong() == []
    seq = say(ana, "lobby", "hola")
    assert [anas.event()["seq"], bertos.event()["seq"]] == [seq, seq]
    Room.objects.update(archived_at=timezone.now())
    anas.send({"type": "typing", "room": "lobby"})
    assert anas.before_pong() == []
    Room.objects.update(archived_at=None)
    seq = say(ana, "lobby", "and on")
    assert [anas.event()["seq"], bertos.event()["seq"]] == [seq, seq]
    assert [anas.kept(), bertos.kept()] == [[], []]


def test_it_is_told_once_however_often_it_is_said(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    anas = sockets.typed(ana, room="lobby")
    bertos = [sockets.typed(berto, room="lobby") for _ in range(2)]
    for chat in bertos * 5:
        chat.send({"type": "typing", "room": "lobby"})
    for chat in bertos:
        assert chat.before_pong() == []
    seq = bertos[0].post("lobby", "hola")["seq"]
    assert anas.event()["seq"] == seq
    assert [frame["type"] for frame in anas.kept()] == ["typing"]
