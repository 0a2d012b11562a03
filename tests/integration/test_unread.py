"""What a socket is told of its user's rooms that it is not subscribed to, on every worker; and that nobody else is."""

from uuid import uuid4

import pytest

from accounts.models import User
from chat.directs import open_direct
from chat.models import Membership, Mention, Message, Room
from chat.services import add_member, delete_room, join_room, mark_read, remove_member
from tests.rooms import room_of, say
from tests.wire import Chat, Sockets
from tests.workers import Worker


@pytest.fixture
def everywhere(sockets: Sockets, other_worker: Worker) -> list[Sockets]:
    """Two workers."""
    return [sockets, sockets.on(other_worker)]


@pytest.fixture
def patio(ana: User, berto: User) -> Room:
    """A room of ana's and berto's, who has read what was said in the lobby."""
    patio = room_of(ana, "patio", private=True)
    add_member(by=ana, slug="patio", user=berto)
    joined_long_ago()
    return patio


def joined_long_ago() -> None:
    """None of the rooms that there are is new to anybody."""
    Membership.objects.update(joined_at="2026-11-22T10:00:00Z")


def lost(chat: Chat, room: str) -> str:
    """The reason for which a room is taken from a socket."""
    frame = chat.find(lambda frame: frame["type"] == "unsubscribed")
    assert frame == {"type": "unsubscribed", "room": room, "reason": frame["reason"]}
    return str(frame["reason"])


def test_a_message_is_told_to_those_who_look_elsewhere(
    everywhere: list[Sockets], ana: User, berto: User, carla: User, patio: Room
) -> None:
    assert not patio.memberships.filter(user=carla).exists()
    bertos = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    watching = [sockets.typed(berto, room="patio") for sockets in everywhere]
    carlas = [sockets.typed(carla) for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    say(ana, "patio", "hola")
    assert [chat.unread("patio") for chat in bertos] == [(1, 0)] * 2
    seq = say(ana, "patio", "otra vez")
    assert [chat.unread("patio") for chat in bertos] == [(2, 0)] * 2
    for chat in watching:
        assert chat.event()["seq"] == seq - 1
        assert [frame for frame in chat.unread_kept() if frame["room"] == "patio"] == []
    for chat in (*carlas, *anas):
        assert chat.unread_kept() == []
        assert chat.kept() == []


def test_who_comes_is_told_what_waits_for_them(sockets: Sockets, ana: User, berto: User, patio: Room) -> None:
    quiet = room_of(berto, "quiet")
    joined_long_ago()
    say(ana, "patio", "hola")
    first = sockets.typed(berto, room="lobby")
    assert first.unread("patio") == (1, 0)
    second = sockets.typed(berto, room="lobby")
    assert second.unread("patio") == (1, 0)
    assert [chat.unread_kept() for chat in (first, second)] == [[], []]
    assert quiet.seq == 1


def test_a_mention_is_told_apart(sockets: Sockets, ana: User, berto: User, patio: Room) -> None:
    chat = sockets.typed(berto, room="lobby")
    Mention.objects.get_or_create(room=patio, seq=say(ana, "patio", "@berto ¿vienes?"), user=berto)
    say(ana, "patio", "hola")
    assert chat.find_unread("patio", (2, 1))


def test_a_message_that_is_deleted_counts_no_more(sockets: Sockets, ana: User, berto: User, patio: Room) -> None:
    chat = sockets.typed(berto, room="lobby")
    seq = say(ana, "patio", "hola")
    assert chat.unread("patio") == (1, 0)
    Message.objects.filter(room=patio, seq=seq).update(deleted_at="2026-11-22T10:00:00Z")
    add_member(by=ana, slug="patio", user=ana)  # changes nothing
    say(berto, "patio", "of his own, which does not count either")
    assert chat.unread("patio") == (0, 0)


def test_what_is_read_elsewhere_is_told(everywhere: list[Sockets], ana: User, berto: User, patio: Room) -> None:
    seq = say(ana, "patio", "hola")
    reading, elsewhere = everywhere[0].typed(berto, room="patio"), everywhere[1].typed(berto, room="lobby")
    assert elsewhere.unread("patio") == (1, 0)
    assert reading.ask("read", room="patio", seq=seq)["seq"] == seq
    assert elsewhere.unread("patio") == (0, 0)


def test_who_leaves_a_room_for_another_is_told_of_it_from_then_on(
    sockets: Sockets, ana: User, berto: User, patio: Room
) -> None:
    chat = sockets.typed(berto, room="patio")
    say(ana, "patio", "hola")
    chat.event()
    chat.subscribe("lobby")
    assert chat.unread_kept() == []
    chat.ask("unsubscribe", room="patio")
    assert chat.unread("patio") == (1, 0)
    say(ana, "patio", "otra vez")
    assert chat.unread("patio") == (2, 0)


def test_a_room_that_is_new_to_them_is_told(
    everywhere: list[Sockets], ana: User, berto: User, carla: User, lobby: Room
) -> None:
    carlas, anas = ([sockets.typed(user) for sockets in everywhere] for user in (carla, ana))
    join_room(user=carla, slug="lobby")
    assert [chat.unread("lobby") for chat in carlas] == [(0, 0)] * 2
    direct = open_direct(by=carla, people=[ana])
    assert [chat.unread(direct.slug) for chat in (*carlas, *anas)] == [(0, 0)] * 4
    say(ana, direct.slug, "hola")
    assert [chat.unread(direct.slug) for chat in carlas] == [(1, 0)] * 2


@pytest.mark.parametrize("listening", [True, False])
def test_who_is_removed_is_told_so_once(
    everywhere: list[Sockets], ana: User, berto: User, patio: Room, listening: bool
) -> None:
    bertos = [sockets.typed(berto, room="patio" if listening else "lobby") for sockets in everywhere]
    say(ana, "patio", "hola")
    if not listening:
        assert [chat.unread("patio") for chat in bertos] == [(1, 0)] * 2
    remove_member(by=ana, slug="patio", user_id=berto.pk)
    assert [lost(chat, "patio") for chat in bertos] == ["removed"] * 2
    say(ana, "patio", "now that he is gone")
    say(ana, "lobby", "hola")
    # What is told next is told after whatever would have been told of the other room.
    add_member(by=ana, slug=room_of(ana, "cocina").slug, user=berto)
    for chat in bertos:
        chat.unread("cocina")
        assert [frame for frame in chat.unread_kept() if frame["room"] == "patio"] == []
        assert [frame for frame in chat.kept() if frame["type"] == "unsubscribed"] == []


@pytest.mark.parametrize("listening", [True, False])
def test_a_room_that_is_deleted_is_told_so_once(
    everywhere: list[Sockets], ana: User, berto: User, patio: Room, listening: bool
) -> None:
    chats = [
        sockets.typed(user, room="patio" if listening else "lobby") for sockets in everywhere for user in (ana, berto)
    ]
    say(ana, "patio", "hola")
    for chat in chats[1::2]:
        if not listening:
            assert chat.unread("patio") == (1, 0)
    delete_room(by=ana, slug="patio")
    assert [lost(chat, "patio") for chat in chats] == ["room_deleted"] * 4
    another = room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    assert [chat.unread("patio") for chat in chats] == [(0, 0)] * 4
    assert another.seq == 1
    assert [frame["type"] for chat in chats for frame in chat.kept()].count("unsubscribed") == 0


def test_a_read_mark_that_moves_nothing_tells_nobody(sockets: Sockets, ana: User, berto: User, patio: Room) -> None:
    seq = say(ana, "patio", "hola")
    chat = sockets.typed(berto, room="lobby")
    assert chat.unread("patio") == (1, 0)
    assert mark_read(by=berto, slug="patio", seq=seq - 1) == seq - 1
    assert mark_read(by=berto, slug="patio", seq=seq) == seq
    assert chat.unread("patio") == (0, 0)
    mark_read(by=berto, slug="patio", seq=seq)
    say(ana, "patio", str(uuid4()))
    assert chat.unread("patio") == (1, 0)
