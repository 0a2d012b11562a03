"""What a log must offer to be carried by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a stream, ready to travel.

    `seq` counts 1, 2, 3, … without gaps within `stream`. `payload` is the event as text; the relay does not look into
    it. `cut` names sockets (by one of their keys) that lose this stream with this event: a removal travels in the
    stream itself, so that it is ordered and repaired like everything else. With `rewrites`, the log has something else
    to say than before of entries before this one: what is remembered of them is let go.
    """

    stream: str
    seq: int
    payload: str
    cut: str | None = None
    rewrites: bool = False


class Log(Protocol):
    """The truth that the relay reads when the channel layer lost something."""

    # The reason that a listener is given when its stream does not exist any more.
    gone: str

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Entry]:
        """At most `limit` entries that follow `seq`, in order."""
        ...

    async def heads(self, streams: Sequence[str]) -> dict[str, int]:
        """The last seq of each stream that exists; a stream that does not exist is left out."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """Close every socket that has `key`, with `code`. `number` tells one order from another."""

    number: int
    key: str
    code: int


class Orders(Protocol):
    """Where orders are kept, for those which the channel layer lost."""

    async def given_within(self, seconds: float) -> list[Order]:
        """Those that were given in the last `seconds`, and perhaps older ones."""
        ...


class NoOrders:
    """Where nobody keeps any."""

    async def given_within(self, seconds: float) -> list[Order]:
        return []
