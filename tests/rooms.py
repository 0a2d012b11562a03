"""Rooms as a test wants to find them."""

from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from chat.models import Event, Message, Room, Upload
from chat.posting import posted_data
from chat.services import create_room, post_message
from chat.text import render


def room_of(owner: User, slug: str, *, private: bool = False) -> Room:
    return create_room(by=owner, slug=slug, name=slug.capitalize(), private=private)


def say(by: User, room: str, body: str) -> int:
    """Post as any program would; the seq."""
    return post_message(by=by, slug=room, client_id=uuid4(), body=body).seq


def upload_of(by: User, room: Room, name: str = "notes.txt") -> Upload:
    """A file that waits to be posted, as the database has it."""
    return Upload.objects.create(room=room, by=by, name=name, size=5, type="text/plain")


def fill(room: Room, by: User, number: int, *, body: str = "hola") -> int:
    """`number` messages at once, as if they had been posted one by one, but published to nobody; the new head."""
    room.refresh_from_db()
    rendered = render(body)
    at = timezone.now()
    events: list[Event] = []
    messages: list[Message] = []
    for seq in range(room.seq + 1, room.seq + number + 1):
        client_id = uuid4()
        data = posted_data(client_id, body, rendered, None)
        kind = Event.Kind.MESSAGE_POSTED
        events.append(Event(room=room, seq=seq, kind=kind, at=at, by=by, client_id=client_id, data=data))
        messages.append(
            Message(room=room, seq=seq, author=by, client_id=client_id, at=at, body=body, html=rendered.html)
        )
    Event.objects.bulk_create(events)
    Message.objects.bulk_create(messages)
    room.seq += number
    room.save(update_fields=["seq"])
    return room.seq


def kinds(room: Room) -> list[str]:
    """The room's log, by kind."""
    return list(Event.objects.filter(room=room).order_by("seq").values_list("kind", flat=True))


def seqs(room: Room) -> list[int]:
    return list(Event.objects.filter(room=room).order_by("seq").values_list("seq", flat=True))
