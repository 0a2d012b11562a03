"""What is published: events, by services.py alone, and what passes without being written down."""

from functools import partial

from django.db import transaction

from accounts.keys import user_key
from accounts.models import User
from chat.events import entry_of
from chat.models import Event, Room
from chat.protocol import Person, TypingFrame, encode
from realtime.broadcast import broadcast


def publish(event: Event) -> None:
    """Hand `event` to the relays of all workers once the running transaction is committed, and not before."""
    entry = entry_of(event)
    message = {"type": "relay.entry", "stream": entry.stream, "seq": entry.seq, "payload": entry.payload}
    if entry.cut is not None:
        message["cut"] = entry.cut
    transaction.on_commit(partial(broadcast, entry.stream, message))


def publish_typing(room: Room, *, by: User) -> None:
    """Tell who listens to the room, but `by`. It may be lost, and is never repaired."""
    frame = TypingFrame(room=room.slug, user=Person(id=by.pk, name=by.username))
    message = {"type": "relay.ephemeral", "stream": room.stream, "by": user_key(by.pk), "payload": encode(frame)}
    broadcast(room.stream, message)
