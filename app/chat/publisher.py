"""What is published: events, by services.py and posting.py alone, and what passes without being written down."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.keys import user_key
from accounts.models import User
from chat.events import entry_of, person_of
from chat.models import Event, Room
from chat.protocol import TypingFrame, encode
from realtime.broadcast import broadcast, broadcast_all


def publish(events: Sequence[Event]) -> None:
    """Hand `events` to the relays of all workers once the running transaction is committed, and not before.

    Whatever goes wrong then is logged, not raised: they are written, and the relays find them in the log.
    """
    messages = [_message_of(event) for event in events]

    def publish_messages() -> None:  # not a partial: Django logs its name
        broadcast_all(messages)

    transaction.on_commit(publish_messages, robust=True)


def publish_typing(room: Room, *, by: User) -> None:
    """Tell who listens to the room, but `by`. It may be lost, and is never repaired."""
    frame = TypingFrame(room=room.slug, user=person_of(by))
    message = {"type": "relay.ephemeral", "stream": room.stream, "by": user_key(by.pk), "payload": encode(frame)}
    broadcast(room.stream, message)


def _message_of(event: Event) -> tuple[str, dict[str, Any]]:
    entry = entry_of(event)
    message = {"type": "relay.entry", "stream": entry.stream, "seq": entry.seq, "payload": entry.payload}
    if entry.cut is not None:
        message["cut"] = entry.cut
    if entry.rewrites:
        message["rewrites"] = True
    return entry.stream, message
