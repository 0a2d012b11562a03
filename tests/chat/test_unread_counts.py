"""What counts as unread."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.first_run import first_run
from chat.models import Membership, Mention, Message, Room
from chat.services import mark_read
from chat.unread_counts import COUNTS_TO, LOOKS_AT, Counts, counts_of
from tests.people import PASSWORD, guest
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


# --- how much is looked at ---


def check_messages_are_counted_from_the_newest_back(ana: User, berto: User, lobby: Room) -> None:
    mark_read(by=berto, slug="lobby", seq=Room.objects.get(pk=lobby.pk).seq)
    say(ana, "lobby", "far back, @berto")
    fill(lobby, berto, LOOKS_AT - 1)
    assert counts(berto, lobby) == Counts(unread=1, mentions=1)
    fill(lobby, berto, 1)
    assert counts(berto, lobby) == Counts(unread=0, mentions=1)
    say(ana, "lobby", "now")
    assert counts(berto, lobby) == Counts(unread=1, mentions=1)
    Message.objects.filter(room=lobby, body="now").update(deleted_at=timezone.now())
    assert counts(berto, lobby) == Counts(unread=0, mentions=1)
    fill(lobby, ana, COUNTS_TO + 1)
    assert counts(berto, lobby) == Counts(unread=COUNTS_TO, mentions=1)


def test_messages_are_counted_from_the_newest_back(ana: User, berto: User, lobby: Room) -> None:
    check_messages_are_counted_from_the_newest_back(ana, berto, lobby)


@pytest.mark.usefixtures("_sqlite")
def test_messages_are_counted_from_the_newest_back_on_sqlite() -> None:
    ana, berto = first_run(name="ana", password=PASSWORD, room="Lobby"), guest("berto")
    check_messages_are_counted_from_the_newest_back(ana, berto, Room.objects.get())


def sow(slugs: str, *, of: User, number: int) -> None:
    """So many messages of `of` in each room whose address is LIKE this, and as many mentions of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_message (room_id, seq, author_id, client_id, at, body, html)"
            " SELECT room.id, room.seq + place, %s, gen_random_uuid(), now(), 'hola', '<p>hola</p>'"
            " FROM generate_series(1, %s) AS place, chat_room AS room WHERE room.slug LIKE %s",
            [of.pk, number, slugs],
        )
        cursor.execute(
            "INSERT INTO chat_mention (room_id, seq, user_id) SELECT room.id, room.seq + place, %s"
            " FROM generate_series(1, %s) AS place, chat_room AS room WHERE room.slug LIKE %s",
            [of.pk, number, slugs],
        )
        cursor.execute("UPDATE chat_room SET seq = seq + %s WHERE slug LIKE %s", [number, slugs])
        cursor.execute("ANALYZE")


def looked_at(user: User, room: Room) -> dict[str, int]:
    """The rows of each table that PostgreSQL went through for one count."""
    with CaptureQueriesContext(connection) as queries:
        counts(user, room)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {queries[0]['sql']}")
        [[plan]] = cursor.fetchone()
    rows = {"chat_message": 0, "chat_mention": 0}
    steps = [plan["Plan"]]
    while steps:
        step: dict[str, Any] = steps.pop()
        steps += step.get("Plans", [])
        if (table := step.get("Relation Name")) in rows:
            passed = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
            rows[table] += int(passed * step["Actual Loops"])
    return rows


@pytest.mark.parametrize("small_rooms", [0, 1_000])
def test_who_has_said_nearly_everything_has_little_of_it_looked_at(berto: User, lobby: Room, small_rooms: int) -> None:
    """Also where rooms are small as a rule, and PostgreSQL expects this one to be, too."""
    Room.objects.bulk_create(Room(slug=f"small-{number}", name="Small") for number in range(small_rooms))
    sow("small-%", of=berto, number=20)
    said = 0
    for number in (3_000, 20_000):
        sow("lobby", of=berto, number=number - said)
        said = number
        assert looked_at(berto, lobby) == {"chat_message": LOOKS_AT, "chat_mention": COUNTS_TO}
