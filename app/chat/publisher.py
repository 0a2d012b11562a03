"""The one function that publishes. Only services.py calls it."""

from functools import partial

from django.db import transaction

from chat.events import entry_of
from chat.models import Event
from realtime.broadcast import broadcast


def publish(event: Event) -> None:
    """Hand `event` to the relays of all workers once the running transaction is committed, and not before."""
    entry = entry_of(event)
    message = {"type": "relay.entry", "stream": entry.stream, "seq": entry.seq, "payload": entry.payload}
    if entry.cut is not None:
        message["cut"] = entry.cut
    transaction.on_commit(partial(broadcast, entry.stream, message))
