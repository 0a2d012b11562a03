"""Every read of messages and of the log."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat import presentation
from chat.errors import NotFound
from chat.message_selectors import (
    PAGE_BYTES,
    QUOTE,
    REACTION_BYTES,
    UPLOAD_BYTES,
    Shown,
    event_page,
    events_after,
    heads_of,
    message_page,
    one_message,
)
from chat.models import Message, Room, Upload
from chat.reactions import react
from chat.selectors import membership_of
from chat.services import add_member, post_message
from tests import rooms


def bodies(page: list[Shown]) -> list[str]:
    return [shown.message.body for shown in page]


def seqs_of(page: list[Shown]) -> list[int]:
    return [shown.message.seq for shown in page]


# --- messages ---


def test_a_page_is_the_newest_messages_oldest_first(ana: User, lobby: Room) -> None:
    for number in range(5):
        rooms.say(ana, "lobby", str(number))
    lobby.refresh_from_db()
    page = message_page(room=lobby, limit=3)
    assert bodies(page.messages) == ["2", "3", "4"]
    assert page.more
    assert page.seq == lobby.seq
    older = message_page(room=lobby, before=page.messages[0].message.seq, limit=3)
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
        seen = seqs_of(page.messages) + seen
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
    assert page.messages[-1].message.seq == page.seq


def test_an_empty_room_is_an_empty_page(ana: User, lobby: Room) -> None:
    page = message_page(room=lobby)
    assert (page.messages, page.more) == ([], False)


def reply(by: User, room: str, to: int) -> int:
    return post_message(by=by, slug=room, client_id=uuid4(), body="yes", reply_to=to).seq


def put(by: User, seq: int, emoji: str, *, on: bool = True) -> None:
    react(by=by, slug="lobby", client_id=uuid4(), seq=seq, emoji=emoji, on=on)


@pytest.mark.parametrize(("where", "queries"), [({}, 7), ({"before": 70}, 7), ({"after": 60}, 7), ({"around": 70}, 8)])
def test_a_page_is_so_many_queries(
    ana: User,
    berto: User,
    lobby: Room,
    django_assert_num_queries: DjangoAssertNumQueries,
    where: dict[str, int],
    queries: int,
) -> None:
    """The messages, on both sides of a place each by itself; the ends; mentions, uploads, reactions; what is quoted."""
    first = rooms.fill(lobby, ana, 60) - 50
    for number in range(5):
        seq = reply(berto, "lobby", first + number)
        put(ana, seq, "👍")
        put(berto, first + number, "🧉")
        rooms.say(ana, "lobby", "@berto")
    lobby.refresh_from_db()
    with django_assert_num_queries(queries):
        presentation.page_dict(message_page(room=lobby, **where, limit=20))


@pytest.mark.parametrize("place", ["before", "after", "around"])
def test_pages_at_a_place_say_what_lies_on_both_sides(ana: User, lobby: Room, place: str) -> None:
    rooms.fill(lobby, ana, 30)
    everything = seqs_of(message_page(room=lobby, limit=200).messages)
    for seq in [0, *everything, lobby.seq + 1]:
        page = message_page(room=lobby, **{place: seq}, limit=7)
        found = seqs_of(page.messages)
        expected = {
            "before": [one for one in everything if one < seq][-7:],
            "after": [one for one in everything if one > seq][:7],
            "around": found,
        }[place]
        assert found == expected
        low, high = (found[0], found[-1]) if found else (seq + (place == "after"), seq - (place == "before"))
        assert page.more is any(one < low for one in everything)
        assert page.newer is any(one > high for one in everything)
        if place == "around":
            assert len(found) == 7
            assert found == everything[everything.index(found[0]) :][:7]
            older = sum(one <= seq for one in found)
            assert older == 4 or not page.more or not page.newer
            assert seq in found or seq not in everything


def test_what_is_replied_to_comes_with_the_page_shortened(ana: User, lobby: Room) -> None:
    long, other = rooms.say(ana, "lobby", "x" * 4000), rooms.say(ana, "lobby", "other")
    rooms.fill(lobby, ana, 3)
    first, second = reply(ana, "lobby", long), reply(ana, "lobby", other)
    reply(ana, "lobby", second)
    lobby.refresh_from_db()
    page = presentation.page_dict(message_page(room=lobby, limit=4))
    assert [(quote["seq"], quote["body"]) for quote in page["quoted"]] == [(long, "x" * QUOTE), (other, "other")]
    assert set(page["quoted"][0]) == {"seq", "by", "at", "body", "deleted", "uploads"}
    assert [message["reply_to"] for message in page["messages"]] == [None, long, other, second]
    assert first == page["messages"][1]["seq"]


def test_a_message_comes_with_what_belongs_to_it(ana: User, berto: User, lobby: Room) -> None:
    uploads = [rooms.upload_of(ana, lobby, name) for name in ("a.txt", "b.txt")]
    order = tuple(upload.pk for upload in reversed(uploads))
    seq = post_message(by=ana, slug="lobby", client_id=uuid4(), body="@berto and @ana", uploads=order).seq
    for by, emoji in ((berto, "🧉"), (ana, "👍"), (ana, "🧉")):
        put(by, seq, emoji)
    shown = presentation.message_dict(one_message(room=lobby, seq=seq))
    assert shown["mentions"] == [berto.pk]
    assert [upload["name"] for upload in shown["uploads"]] == ["b.txt", "a.txt"]
    assert shown["reactions"] == [
        {"emoji": "🧉", "users": [{"id": berto.pk, "name": "berto"}, {"id": ana.pk, "name": "ana"}]},
        {"emoji": "👍", "users": [{"id": ana.pk, "name": "ana"}]},
    ]
    lobby.refresh_from_db()
    assert presentation.page_dict(message_page(room=lobby))["messages"] == [shown]


def test_a_message_of_another_room_is_not_found(ana: User, berto: User, lobby: Room) -> None:
    patio = rooms.room_of(berto, "patio")
    seq = rooms.say(ana, "lobby", "hola")
    assert one_message(room=lobby, seq=seq).message.body == "hola"
    for room, number in ((patio, seq), (lobby, 1), (lobby, 2**62)):
        with pytest.raises(NotFound):
            one_message(room=room, seq=number)


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
    assert sum(len(shown.message.body) + len(shown.message.html) for shown in page.messages) <= PAGE_BYTES
    assert page.more
    assert page.messages[-1].message.seq == lobby.seq
    older = message_page(room=lobby, before=page.messages[0].message.seq, limit=200)
    assert older.messages[-1].message.seq == page.messages[0].message.seq - 1


def test_a_page_of_the_log_ends_where_its_bytes_are_filled(ana: User, lobby: Room) -> None:
    rooms.fill(lobby, ana, 200, body="ñ" * 4000)
    page = event_page(room=lobby, since=1, limit=200)
    assert 1 < len(page) < 200
    assert sum(len(str(event.data).encode()) for event in page) <= PAGE_BYTES
    assert [event.seq for event in page] == list(range(2, len(page) + 2))
    assert event_page(room=lobby, since=page[-1].seq, limit=1)[0].seq == page[-1].seq + 1


def test_reactions_and_files_fill_a_page_too(ana: User, lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    seqs = [rooms.say(ana, "lobby", "hola") for _ in range(4)]
    put(ana, seqs[1], "👍")
    upload = rooms.upload_of(ana, lobby)
    Upload.objects.filter(pk=upload.pk).update(message=Message.objects.get(seq=seqs[2]))
    lobby.refresh_from_db()
    said = len("hola") + len("<p>hola</p>\n")
    for size, expected in (
        (2 * said + UPLOAD_BYTES, seqs[2:]),
        (3 * said + UPLOAD_BYTES + REACTION_BYTES - 1, seqs[2:]),
        (3 * said + UPLOAD_BYTES + REACTION_BYTES, seqs[1:]),
    ):
        monkeypatch.setattr("chat.message_selectors.PAGE_BYTES", size)
        assert seqs_of(message_page(room=lobby).messages) == expected


def test_what_fills_a_page_by_itself_is_a_page(ana: User, lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nobody would ever get past it."""
    monkeypatch.setattr("chat.message_selectors.PAGE_BYTES", 100)
    rooms.fill(lobby, ana, 3, body="x" * 4000)
    page = message_page(room=lobby)
    assert seqs_of(page.messages) == [lobby.seq]
    assert page.more
    assert [event.seq for event in event_page(room=lobby, since=1, limit=3)] == [2]
