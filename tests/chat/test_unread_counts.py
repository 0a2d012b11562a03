"""What counts as unread."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.models import Membership, Mention, Message, Room
from chat.services import mark_read
from chat.unread_counts import COUNTS_TO, Counts, counts_of
from tests.rooms import fill, room_of, say


def counts(user: User, room: Room) -> Counts | None:
    return counts_of([(user.pk, room.pk)]).get((user.pk, room.pk))


def test_messages_of_others_after_what_was_read(ana: User, berto: User, lobby: Room) -> None:
    first, second = say(ana, "lobby", "one"), say(ana, "lobby", "two")
    say(berto, "lobby", "his own")
    assert counts(berto, lobby) == Counts(unread=2)
    assert counts(ana, lobby) == Counts(unread=1)
    mark_read(by=berto, slug="lobby", seq=first)
    assert counts(berto, lobby) == Counts(unread=1)
    Message.objects.filter(room=lobby, seq=second).update(deleted_at=timezone.now())
    assert counts(berto, lobby) == Counts()


def test_those_that_name_the_member_are_counted_apart(ana: User, berto: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    Mention.objects.get_or_create(room=lobby, seq=seq, user=berto)
    Mention.objects.get_or_create(room=lobby, seq=seq, user=ana)
    assert counts(berto, lobby) == Counts(unread=1, mentions=1)
    mark_read(by=berto, slug="lobby", seq=seq)
    assert counts(berto, lobby) == Counts()


@pytest.mark.parametrize("number", [COUNTS_TO - 1, COUNTS_TO, COUNTS_TO + 50])
def test_counting_ends_at_a_hundred(ana: User, berto: User, lobby: Room, number: int) -> None:
    mark_read(by=berto, slug="lobby", seq=Room.objects.get(pk=lobby.pk).seq)
    fill(lobby, ana, number)
    assert counts(berto, lobby) == Counts(unread=min(number, 100))


def test_who_is_not_in_the_room_has_no_count(ana: User, carla: User, lobby: Room) -> None:
    assert not Membership.objects.filter(user=carla).exists()
    say(ana, "lobby", "hola")
    assert counts(carla, lobby) is None


def test_it_is_one_query_however_many_are_asked_for(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    patio = room_of(berto, "patio")
    pairs = [(user.pk, room.pk) for user in (ana, berto) for room in (lobby, patio)]
    with django_assert_num_queries(1):
        assert counts_of(pairs).keys() == set(pairs) - {(ana.pk, patio.pk)}
    with django_assert_num_queries(0):
        assert counts_of([]) == {}
