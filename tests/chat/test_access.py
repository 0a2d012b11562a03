"""Whose membership opens which room, for many at once as for one."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.access import access_of, accesses
from chat.errors import NotFound
from chat.models import Room
from chat.services import add_member, remove_member
from realtime.shared_look import AT_MOST
from tests.people import is_in
from tests.rooms import room_of, say


def test_what_was_asked_for_is_answered_and_nothing_else(
    ana: User, berto: User, carla: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    patio = room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    asked = [(ana.pk, "lobby"), (berto.pk, "patio"), (carla.pk, "lobby"), (ana.pk, "nowhere")]
    assert not is_in(lobby, carla)
    with django_assert_num_queries(1):
        found = accesses(asked)
    assert {pair: access.stream for pair, access in found.items()} == {asked[0]: lobby.stream, asked[1]: patio.stream}


def test_more_who_ask_are_more_rows_and_no_more_conditions(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """With a condition for each pair the database takes a time that grows with the square of their number."""
    rooms = [lobby, *(room_of(ana, f"room-{number}") for number in range(4))]
    asked = [(user.pk, room.slug) for user in (ana, berto) for room in rooms]
    asked += [(ana.pk, f"nowhere-{number}") for number in range(AT_MOST - len(asked))]
    conditions = []
    for pairs in (asked[:1], asked):
        with django_assert_num_queries(1) as queries:
            found = accesses(pairs)
        words = queries.captured_queries[0]["sql"].upper().split()
        conditions.append(sum(words.count(word) for word in ("AND", "OR", "IN")))
    assert conditions[0] == conditions[1]
    assert set(found) == {*((ana.pk, room.slug) for room in rooms), (berto.pk, "lobby")}


def test_it_says_where_the_room_stands(ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    access = accesses([(ana.pk, "lobby")])[ana.pk, "lobby"]
    assert (access.room_id, access.slug, access.stream, access.seq) == (lobby.pk, "lobby", lobby.stream, seq)


def test_who_was_removed_or_deactivated_is_left_out(ana: User, berto: User, lobby: Room) -> None:
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert accesses([(user.pk, "lobby") for user in (ana, berto)]) == {}


@pytest.mark.parametrize("slug", ["", "LOBBY", "lobby\x00", "x" * 65, "ñ"])
async def test_what_can_be_no_address_is_not_looked_up(slug: str) -> None:
    """No database is at hand here: it would raise."""
    with pytest.raises(NotFound):
        await access_of(user=User(pk=1), slug=slug)
