"""Every read, through the membership of who asks."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.errors import NotFound
from chat.models import Message, Room
from chat.selectors import (
    PAGE_BYTES,
    event_page,
    events_after,
    heads_of,
    joinable_rooms,
    members_of,
    membership_of,
    message_page,
    person,
    room_of,
    rooms_of,
)
from chat.services import add_member, mark_read
from tests import rooms
from tests.people import is_in


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


# --- rooms ---


def test_my_rooms_are_those_that_i_am_in(ana: User, berto: User, carla: User, lobby: Room) -> None:
    patio = rooms.room_of(berto, "patio", private=True)
    assert rooms_of(user=ana) == [lobby]
    assert rooms_of(user=berto) == [lobby, patio]
    assert rooms_of(user=carla) == []


def test_what_others_said_since_is_unread(ana: User, berto: User, lobby: Room) -> None:
    for body in ("one", "two", "three"):
        seq = rooms.say(ana, "lobby", body)
    rooms.say(berto, "lobby", "my own")
    assert room_of(user=berto, slug="lobby").unread == 3
    mark_read(by=berto, slug="lobby", seq=seq - 1)
    assert room_of(user=berto, slug="lobby").unread == 1
    mark_read(by=berto, slug="lobby", seq=seq + 1)
    assert room_of(user=berto, slug="lobby").unread == 0
    assert room_of(user=ana, slug="lobby").unread == 1


def test_all_rooms_are_one_query(ana: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(5):
        rooms.room_of(ana, f"room-{number}")
    with django_assert_num_queries(1):
        assert len(rooms_of(user=ana)) == 6


def test_a_room_that_is_not_mine_is_not_found(ana: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert membership_of(user=ana, slug="lobby").room == lobby
    for slug in ("lobby", "nowhere", "", "lo\x00bby"):
        with pytest.raises(NotFound):
            membership_of(user=carla, slug=slug)
        with pytest.raises(NotFound):
            room_of(user=carla, slug=slug)


def test_who_is_deactivated_is_in_no_room(berto: User) -> None:
    berto.is_active = False
    berto.save()
    with pytest.raises(NotFound):
        membership_of(user=berto, slug="lobby")


def test_public_rooms_that_i_am_not_in_can_be_joined(ana: User, berto: User, carla: User, lobby: Room) -> None:
    rooms.room_of(berto, "patio", private=True)
    rooms.room_of(berto, "garden")
    joinable = {room.slug: vars(room)["member_count"] for room in joinable_rooms(user=carla)}
    assert joinable == {"lobby": 2, "garden": 1}
    assert [room.slug for room in joinable_rooms(user=ana)] == ["garden"]
    assert list(joinable_rooms(user=berto)) == []


def test_members_come_by_name(ana: User, berto: User, bot: User, lobby: Room) -> None:
    assert [member.user.username for member in members_of(room=lobby)] == ["ana", "berto", "bot"]


# --- messages ---


def test_a_page_is_the_newest_messages_oldest_first(ana: User, lobby: Room) -> None:
    for number in range(5):
        rooms.say(ana, "lobby", str(number))
    lobby.refresh_from_db()
    page = message_page(room=lobby, limit=3)
    assert bodies(page.messages) == ["2", "3", "4"]
    assert page.more
    assert page.seq == lobby.seq
    older = message_page(room=lobby, before=page.messages[0].seq, limit=3)
    assert bodies(older.messages) == ["0", "1"]
    assert not older.more


def test_a_page_that_is_just_full_says_that_there_is_no_more(ana: User, lobby: Room) -> None:
    for number in range(3):
        rooms.say(ana, "lobby", str(number))
    lobby.refresh_from_db()
    assert not message_page(room=lobby, limit=3).more


def test_pages_put_together_are_all_messages(ana: User, lobby: Room) -> None:
    rooms.fill(lobby, ana, 120)
    seen: list[int] = []
    before = None
    while True:
        page = message_page(room=lobby, before=before)
        seen = [message.seq for message in page.messages] + seen
        if not page.more:
            break
        before = seen[0]
    assert seen == list(Message.objects.values_list("seq", flat=True))


def test_a_page_is_as_of_its_seq(ana: User, lobby: Room) -> None:
    """What is posted after the look at the room is left to the live events: no message is shown twice."""
    rooms.say(ana, "lobby", "before")
    room = membership_of(user=ana, slug="lobby").room
    rooms.say(ana, "lobby", "after")
    page = message_page(room=room)
    assert bodies(page.messages) == ["before"]
    assert page.messages[-1].seq == page.seq


def test_an_empty_room_is_an_empty_page(ana: User, lobby: Room) -> None:
    page = message_page(room=lobby)
    assert (page.messages, page.more) == ([], False)


def test_a_page_is_one_query(ana: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rooms.fill(lobby, ana, 60)
    with django_assert_num_queries(1):
        assert {message.author.username for message in message_page(room=lobby).messages} == {"ana"}


# --- the log ---


def test_the_log_after_a_seq_in_order(ana: User, carla: User, lobby: Room) -> None:
    add_member(by=ana, slug="lobby", user=carla)
    seq = rooms.say(ana, "lobby", "hola")
    assert [event.seq for event in events_after(room_id=lobby.pk, seq=0, limit=10)] == list(range(1, seq + 1))
    assert [event.seq for event in events_after(room_id=lobby.pk, seq=1, limit=1)] == [2]
    assert events_after(room_id=lobby.pk, seq=seq, limit=10) == []


def test_the_log_is_one_query(ana: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rooms.fill(lobby, ana, 20)
    with django_assert_num_queries(1):
        events = events_after(room_id=lobby.pk, seq=0, limit=500)
        assert {(event.room.slug, event.by.username) for event in events} == {("lobby", "ana")}


def test_heads_are_of_rooms_that_exist(ana: User, lobby: Room) -> None:
    seq = rooms.say(ana, "lobby", "hola")
    assert heads_of(room_ids=[lobby.pk, 10**9]) == {lobby.pk: seq}


# --- pages are bounded in bytes ---


def test_a_page_of_messages_ends_where_its_bytes_are_filled(ana: User, lobby: Room) -> None:
    rooms.fill(lobby, ana, 200, body="x" * 4000)
    page = message_page(room=lobby, limit=200)
    assert 1 < len(page.messages) < 200
    assert sum(len(message.body) + len(message.html) for message in page.messages) <= PAGE_BYTES
    assert page.more
    assert page.messages[-1].seq == lobby.seq
    older = message_page(room=lobby, before=page.messages[0].seq, limit=200)
    assert older.messages[-1].seq == page.messages[0].seq - 1


def test_a_page_of_the_log_ends_where_its_bytes_are_filled(ana: User, lobby: Room) -> None:
    rooms.fill(lobby, ana, 200, body="ñ" * 4000)
    page = event_page(room=lobby, since=1, limit=200)
    assert 1 < len(page) < 200
    assert sum(len(str(event.data).encode()) for event in page) <= PAGE_BYTES
    assert [event.seq for event in page] == list(range(2, len(page) + 2))
    assert event_page(room=lobby, since=page[-1].seq, limit=1)[0].seq == page[-1].seq + 1


def test_what_fills_a_page_by_itself_is_a_page(ana: User, lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nobody would ever get past it."""
    monkeypatch.setattr("chat.selectors.PAGE_BYTES", 100)
    rooms.fill(lobby, ana, 3, body="x" * 4000)
    page = message_page(room=lobby)
    assert [message.seq for message in page.messages] == [lobby.seq]
    assert page.more
    assert [event.seq for event in event_page(room=lobby, since=1, limit=3)] == [2]


# --- people ---


def test_someone_is_found_by_id_or_name(berto: User) -> None:
    for known in (str(berto.pk), "berto", "Berto", "BERTO"):
        assert person(id_or_name=known) == berto


@pytest.mark.parametrize("unknown", ["", "nobody", "-1", "1.5", "9" * 18, "9" * 100, "²", "ber\x00to"])
def test_nobody_is_found_by_anything_else(berto: User, unknown: str) -> None:
    with pytest.raises(NotFound):
        person(id_or_name=unknown)


def test_a_name_of_digits_is_found(ana: User) -> None:
    from tests.people import newcomer

    agent = newcomer("1000000007")
    assert person(id_or_name="1000000007") == agent


def test_who_is_deactivated_is_found_only_where_asked_for(berto: User) -> None:
    berto.is_active = False
    berto.save()
    with pytest.raises(NotFound):
        person(id_or_name="berto")
    assert person(id_or_name="berto", active=False) == berto
