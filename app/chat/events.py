"""An event of the log as it travels: the same from the publisher and from a replay."""

from typing import Any

import msgspec

from accounts.keys import user_key
from accounts.models import User
from chat.models import Event
from chat.protocol import EventFrame, Person, encode
from chat.times import wire_time
from realtime.log import Entry

# Why a socket loses a room that does not exist any more.
ROOM_DELETED = "room_deleted"


def person_of(user: User) -> Person:
    """Someone as docs/protocol.md has them, everywhere."""
    return Person(id=user.pk, name=user.username, picture=user.picture_url or msgspec.UNSET)


def frame_of(event: Event) -> EventFrame:
    """The event as docs/protocol.md has it. Wants `room`, `by` and `subject` loaded."""
    return EventFrame(
        room=event.room.slug,
        seq=event.seq,
        kind=event.kind,
        at=wire_time(event.at),
        by=person_of(event.by),
        data=_data_of(event),
    )


def entry_of(event: Event) -> Entry:
    """The event as the relay carries it. Who left is cut off by the event that says so; what was deleted is in no event
    any more."""
    left = event.kind == Event.Kind.MEMBER_LEFT and event.subject is not None
    return Entry(
        stream=event.room.stream,
        seq=event.seq,
        payload=encode(frame_of(event)),
        cut=user_key(event.subject.pk) if left and event.subject else None,
        rewrites=event.kind == Event.Kind.MESSAGE_DELETED,
    )


def _data_of(event: Event) -> dict[str, Any]:
    data = dict(event.data)
    if event.subject is not None:
        data["user"] = msgspec.to_builtins(person_of(event.subject))
    return data
