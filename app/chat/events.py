"""An event of the log as it travels: the same from the publisher and from a replay."""

from typing import Any

from accounts.keys import user_key
from chat.models import Event
from chat.protocol import EventFrame, Person, encode
from chat.times import wire_time
from realtime.log import Entry

# Why a socket loses a room that does not exist any more.
ROOM_DELETED = "room_deleted"


def frame_of(event: Event) -> EventFrame:
    """The event as docs/protocol.md has it. Wants `room`, `by` and `subject` loaded."""
    return EventFrame(
        room=event.room.slug,
        seq=event.seq,
        kind=event.kind,
        at=wire_time(event.at),
        by=Person(id=event.by.pk, name=event.by.username),
        data=_data_of(event),
    )


def entry_of(event: Event) -> Entry:
    """The event as the relay carries it. Who left is cut off by the event that says so."""
    left = event.kind == Event.Kind.MEMBER_LEFT and event.subject is not None
    return Entry(
        stream=event.room.stream,
        seq=event.seq,
        payload=encode(frame_of(event)),
        cut=user_key(event.subject.pk) if left and event.subject else None,
    )


def _data_of(event: Event) -> dict[str, Any]:
    data = dict(event.data)
    if event.subject is not None:
        data["user"] = {"id": event.subject.pk, "name": event.subject.username}
    return data
