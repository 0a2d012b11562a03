"""Orders to the relays of all processes: close these sockets, end this stream."""

from functools import partial
from typing import Any

from django.db import transaction

from realtime.broadcast import broadcast
from realtime.log import Order

# The group that every relay joins when it starts.
CONTROL_GROUP = "control"


def give(order: Order) -> None:
    """Have every worker carry out `order` once the running transaction is committed."""
    _after_commit(CONTROL_GROUP, {"type": "relay.cut", "number": order.number, "key": order.key, "code": order.code})


def end_stream(stream: str, *, reason: str) -> None:
    """Take `stream` from everyone who listens to it, once the running transaction is committed."""
    _after_commit(stream, {"type": "relay.end", "stream": stream, "reason": reason})


def _after_commit(group: str, message: dict[str, Any]) -> None:
    transaction.on_commit(partial(broadcast, group, message))
