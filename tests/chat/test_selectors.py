"""Every read, through the membership of who asks."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.directs import open_direct
from chat.errors import NotFound
from chat.models import Mention, Room
from chat.selectors import (
    active_people,
    joinable_rooms,
    members_of,
    membership_of,
    people_named,
    person,
    room_of,
    rooms_of,
)
from chat.services import choose_notices, mark_read, update_room
from tests import rooms
from tests.people import guest, is_in

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


def test_all_rooms_are_three_queries(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The memberships, what is unread of their rooms, and the people of direct messages where there are any."""
    for number in range(5):
        rooms.room_of(ana, f"room-{number}")
    with django_assert_num_queries(2):
        assert len(rooms_of(user=ana)) == 6
    for number in range(3):
        open_direct(by=ana, people=[berto, guest(f"guest-{number}")])
    with django_assert_num_queries(3):
        found = rooms_of(user=ana)
        assert [room.title for room in found][6:] == ["berto, guest-0", "berto, guest-1", "berto, guest-2"]
    with django_assert_num_queries(2):
        assert room_of(user=ana, slug="lobby") == lobby


def test_a_list_has_rooms_then_direct_messages_then_what_is_archived(ana: User, berto: User, lobby: Room) -> None:
    for slug in ("zaguan", "attic", "arcade"):
        rooms.room_of(ana, slug)
    update_room(by=ana, slug="attic", archived=True)
    update_room(by=ana, slug="arcade", name="arcade")
    open_direct(by=ana, people=[berto])
    assert [room.title for room in rooms_of(user=ana)] == ["arcade", "Lobby", "Zaguan", "berto", "Attic"]


def test_a_room_comes_with_what_is_mine_of_it(ana: User, berto: User, lobby: Room) -> None:
    choose_notices(by=berto, slug="lobby", notify="nothing")
    [mine] = [room.mine for room in rooms_of(user=berto)]
    assert mine is not None
    assert (mine.user, mine.role, mine.notify, mine.muted) == (berto, "member", "nothing", False)


def test_what_names_me_since_is_a_mention(ana: User, berto: User, lobby: Room) -> None:
    for body in ("one", "@berto two", "@berto three"):
        seq = rooms.say(ana, "lobby", body)
    Mention.objects.all().delete()  # whatever was found in the bodies: here it is what is counted that matters
    Mention.objects.bulk_create([Mention(room=lobby, seq=seen, user=berto) for seen in (seq - 1, seq)])
    assert room_of(user=berto, slug="lobby").mentions == 2
    mark_read(by=berto, slug="lobby", seq=seq - 1)
    assert room_of(user=berto, slug="lobby").mentions == 1
    assert room_of(user=ana, slug="lobby").mentions == 0


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


def test_what_can_be_joined_and_is_archived_comes_last(ana: User, carla: User, lobby: Room) -> None:
    rooms.room_of(ana, "arcade")
    update_room(by=ana, slug="arcade", archived=True)
    assert [room.slug for room in joinable_rooms(user=carla)] == ["lobby", "arcade"]


def test_members_come_by_name(ana: User, berto: User, bot: User, lobby: Room) -> None:
    assert [member.user.username for member in members_of(room=lobby)] == ["ana", "berto", "bot"]


# --- people ---


def test_people_are_found_by_how_their_name_begins(ana: User, berto: User, bot: User, carla: User) -> None:
    assert people_named(beginning="B") == [berto, bot]
    assert people_named(beginning="ber") == [berto]
    assert people_named(beginning="") == [ana, berto, bot, carla]
    assert people_named(beginning="", limit=2) == [ana, berto]
    for nobody in ("erto", "berto ", "%", "_", "\x00", "b\x00"):
        assert people_named(beginning=nobody) == []


def test_who_is_deactivated_is_not_found_that_way(berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert people_named(beginning="berto") == []
    assert active_people(ids=[berto.pk]) == []


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
