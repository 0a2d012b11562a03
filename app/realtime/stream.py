"""One stream in one process: who listens, how far it was delivered, and its order."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from realtime.frames import Encoder, Frames
from realtime.log import Entry, Log
from realtime.socket import Socket
from realtime.tasks import background

logger = logging.getLogger(__name__)

# One read of the log while repairing. A gap is a few entries; after a long outage it takes several reads.
REPAIR_PAGE = 500
REPAIR_RETRY_SECONDS = 1.0

REMOVED = "removed"


@dataclass(slots=True)
class Subscription:
    """What one socket gets of one stream: entries after `cursor`, as `encode` makes them.

    `ended` is called with the reason when the stream is taken from this socket.
    """

    encode: Encoder
    ended: Callable[[str], None]
    cursor: int = 0


class Stream:
    """Passes entries on in order, each once; one that is missing is read from the log before what follows it."""

    def __init__(self, name: str, log: Log) -> None:
        self.name = name
        self._log = log
        self.position = 0
        self.subscriptions: dict[Socket, Subscription] = {}
        # Held while the stream joins or leaves its group.
        self.membership = asyncio.Lock()
        self.joined = False
        # Told to end: whoever was about to subscribe comes too late.
        self.ended = False
        # How many are about to subscribe.
        self.subscribing = 0
        self._highest_seen = 0
        self._repair: asyncio.Task[None] | None = None

    @property
    def in_use(self) -> bool:
        return bool(self.subscriptions) or self.subscribing > 0

    def start(self, position: int) -> None:
        """The log's head after the group was joined: what follows it will arrive or be repaired."""
        self.position = position
        self.joined = True
        self.notice(self._highest_seen)

    def offer(self, entry: Entry) -> None:
        """An entry from the channel layer, which may lose, double and reorder."""
        if self.joined and self._repair is None and entry.seq == self.position + 1:
            self._deliver(entry)
        else:
            self.notice(entry.seq)

    def notice(self, seq: int) -> None:
        """The log is known to reach to `seq`; read what is missing."""
        self._highest_seen = max(self._highest_seen, seq)
        if self.joined and self._repair is None and self._highest_seen > self.position:
            self._repair = background(self._read_missing())

    def end(self, reason: str) -> None:
        """Take the stream from everyone."""
        self.ended = True
        for socket in list(self.subscriptions):
            self._end_for(socket, reason)

    def stop(self) -> None:
        """Let go of what runs."""
        self.joined = False
        if self._repair is not None:
            self._repair.cancel()
            self._repair = None

    async def _read_missing(self) -> None:
        try:
            while self._highest_seen > self.position:
                try:
                    entries = await self._log.after(self.name, self.position, limit=REPAIR_PAGE)
                except Exception:
                    logger.exception("the log could not be read; trying again", extra={"stream": self.name})
                    await asyncio.sleep(REPAIR_RETRY_SECONDS)
                    continue
                if not entries:
                    # The layer named an entry that the log does not have (a stream that was deleted).
                    self._highest_seen = self.position
                for entry in entries:
                    self._deliver(entry)
        finally:
            self._repair = None

    def _deliver(self, entry: Entry) -> None:
        self.position = entry.seq
        self._highest_seen = max(self._highest_seen, entry.seq)
        frames = Frames(entry)
        for socket, subscription in list(self.subscriptions.items()):
            if entry.seq <= subscription.cursor:
                continue
            if entry.cut is not None and entry.cut in socket.keys:
                self._end_for(socket, REMOVED)
                continue
            subscription.cursor = entry.seq
            frame = frames.of(subscription.encode)
            if frame is not None:
                socket.write(frame)

    def _end_for(self, socket: Socket, reason: str) -> None:
        subscription = self.subscriptions.pop(socket)
        subscription.ended(reason)
