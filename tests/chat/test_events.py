"""An event as it travels."""

import json
from datetime import UTC, datetime, timedelta, timezone

from accounts.models import User
from chat.events import entry_of
from chat.message_selectors import events_after
from chat.models import Event, Room
from chat.plain_form import plain_message
from chat.services import remove_member, update_room
from chat.times import wire_time
from tests.rooms import say


def test_times_are_in_utc_with_milliseconds() -> None:
    madrid = timezone(timedelta(hours=1))
    assert wire_time(datetime(2026, 11, 22, 11, 0, 0, 123_999, tzinfo=madrid)) == "2026-11-22T10:00:00.123Z"
    assert wire_time(datetime(2026, 11, 22, 10, tzinfo=UTC)) == "2026-11-22T10:00:00.000Z"


def test_an_entry_is_the_frame_of_the_typed_form(ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    [event] = events_after(room_id=lobby.pk, seq=seq - 1, limit=1)
    entry = entry_of(event)
    assert (entry.stream, entry.seq, entry.cut) == (lobby.stream, seq, None)
    frame = json.loads(entry.payload)
    assert list(frame) == ["type", "room", "seq", "kind", "at", "by", "data"]
    assert (frame["type"], frame["room"], frame["kind"]) == ("event", "lobby", "message.posted")


def test_who_left_is_named_as_cut_off(ana: User, berto: User, lobby: Room) -> None:
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    joined, left = events_after(room_id=lobby.pk, seq=1, limit=2)
    assert (joined.kind, left.kind) == (Event.Kind.MEMBER_JOINED, Event.Kind.MEMBER_LEFT)
    assert entry_of(joined).cut is None
    assert entry_of(left).cut == f"user:{berto.pk}"


def test_the_plain_form_shows_messages_alone(ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    update_room(by=ana, slug="lobby", name="Salon", topic="")
    joined, posted, renamed = (entry_of(event) for event in events_after(room_id=lobby.pk, seq=0, limit=9))
    assert plain_message(joined) is plain_message(renamed) is None
    shown = json.loads(plain_message(posted) or "")
    assert (shown["message"], shown["user"], shown["seq"]) == ("hola", "ana", seq)
