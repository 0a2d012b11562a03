"""What owners read of what was done in their room."""

from uuid import uuid4

import pytest
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.errors import Forbidden, NotFound
from chat.models import Event, Room
from chat.roles import LONGEST_MUTE, change_member
from chat.room_log import room_log
from chat.room_log_lines import lines_of
from chat.services import add_member, join_room, remove_member, update_room
from tests.people import is_in
from tests.rooms import fill, room_of, say


def read(user: User, before: int | None = None, limit: int = 50, language: str = "en") -> list[str]:
    # Another test may have left its language behind.
    with translation.override(language):
        return [line.text for event in events(user, before, limit) for line in lines_of(event)]


def events(user: User, before: int | None = None, limit: int = 50) -> list[Event]:
    return room_log(user=user, slug="lobby", before=before, limit=limit).events


def deleted(room: Room, *, by: User, author: User | None) -> None:
    """As a moderator's deletion stands in the log; with nobody as its author, somebody's own."""
    room.refresh_from_db()
    room.seq += 1
    room.save()
    data = {"of": 1, "client_id": str(uuid4())}
    kind = Event.Kind.MESSAGE_DELETED
    Event.objects.create(room=room, seq=room.seq, kind=kind, at=timezone.now(), by=by, subject=author, data=data)


def test_what_was_done_is_told_newest_first(ana: User, berto: User, carla: User, lobby: Room) -> None:
    add_member(by=ana, slug="lobby", user=carla)
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="moderator")
    change_member(by=berto, slug="lobby", user_id=carla.pk, mute=int(LONGEST_MUTE.total_seconds()))
    change_member(by=berto, slug="lobby", user_id=carla.pk, mute=0)
    deleted(lobby, by=berto, author=carla)
    remove_member(by=berto, slug="lobby", user_id=carla.pk)
    update_room(by=ana, slug="lobby", name="Salon", topic="Tea")
    update_room(by=ana, slug="lobby", private=True, archived=True)
    update_room(by=ana, slug="lobby", private=False, archived=False, topic="")
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="member")
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="owner")
    assert read(ana) == [
        "ana made berto an owner.",
        "ana made berto a member like the others.",
        "ana took the topic away.",
        "ana made the room public.",
        "ana opened the room again.",
        "ana made the room private.",
        "ana archived the room.",
        "ana called the room “Salon”.",
        "ana gave the room the topic “Tea”.",
        "berto removed carla.",
        "berto deleted a message of carla.",
        "berto lifted the mute of carla.",
        "berto muted carla until it is lifted.",
        "ana made berto a moderator.",
        "ana added carla.",
    ]


@pytest.mark.parametrize(
    ("seconds", "time"), [(60, "1 minute"), (3600, "1 hour"), (86_400, "1 day"), (5400, "1 hour, 30 minutes")]
)
def test_a_mute_says_for_how_long(ana: User, berto: User, seconds: int, time: str) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=seconds)
    [line] = read(ana)
    assert line.replace("\xa0", " ") == f"ana muted berto for {time}."


def test_what_people_do_of_themselves_is_not_in_it(ana: User, berto: User, carla: User, lobby: Room) -> None:
    join_room(user=carla, slug="lobby")
    say(carla, "lobby", "hola")
    deleted(lobby, by=carla, author=None)
    remove_member(by=carla, slug="lobby", user_id=carla.pk)
    assert read(ana) == []


def test_a_change_that_an_earlier_release_wrote_is_told_too(ana: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name="Salon")
    Event.objects.filter(kind=Event.Kind.ROOM_UPDATED).update(data={"name": "Salon", "topic": "Tea"})
    assert read(ana) == ["ana called the room “Salon”.", "ana gave the room the topic “Tea”."]


def test_names_with_percent_signs_are_names(ana: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name="100 %(by)s %s")
    assert read(ana) == ["ana called the room “100 %(by)s %s”."]


def test_it_comes_page_by_page(ana: User, lobby: Room) -> None:
    for number in range(5):
        update_room(by=ana, slug="lobby", name=f"Name {number}")
    page = room_log(user=ana, slug="lobby", limit=2)
    assert ([event.data["name"] for event in page.events], page.more) == (["Name 4", "Name 3"], True)
    page = room_log(user=ana, slug="lobby", before=page.events[-1].seq, limit=3)
    assert ([event.data["name"] for event in page.events], page.more) == (["Name 2", "Name 1", "Name 0"], False)


def test_it_is_for_owners(ana: User, berto: User, carla: User, lobby: Room) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="moderator")
    with pytest.raises(Forbidden):
        room_log(user=berto, slug="lobby")
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        room_log(user=carla, slug="lobby")
    # She owns another room.
    room_of(carla, "patio")
    assert room_log(user=carla, slug="patio").events == []


def test_a_page_is_two_queries(ana: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(5):
        update_room(by=ana, slug="lobby", name=f"Name {number}")
    with django_assert_num_queries(2):
        assert len(read(ana)) == 5


def test_it_is_found_without_reading_what_was_said(ana: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name="Salon")
    fill(lobby, ana, 500)
    plan = room_log_query(ana)
    assert "done_in_a_room" in plan


def room_log_query(user: User) -> str:
    """How the database finds a page of the log."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        room_log(user=user, slug="lobby")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chat_event")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_in_spanish_too(ana: User, berto: User) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="moderator")
    [line] = read(ana, language="es")
    assert "ana" in line
    assert "berto" in line
