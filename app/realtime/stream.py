"""One stream in one process: who listens, how far it was delivered, and its order."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from realtime.close_codes import GOING_AWAY
from realtime.database import DATABASE_GONE
from realtime.frames import Encoder, Frames
from realtime.log import Entry, Log
from realtime.memory import STREAM_BYTES, Memory
from realtime.socket import Socket
from realtime.tasks import background

logger = logging.getLogger(__name__)

# Read at once from the log: a hundred of the longest messages are about 3 MB.
PAGE = 100
REPAIR_RETRY_SECONDS = 1.0
# How long one who subscribes waits for a repair that others wait for too, before asking the log alone.
REPAIR_WAIT_SECONDS = 3.0

# docs/protocol.md: so often at the most is anyone told that the same person types.
EPHEMERAL_SECONDS = 3.0

REMOVED = "removed"


@dataclass(slots=True)
class Subscription:
    """What one socket gets of one stream: entries after `cursor`, as `encode` makes them.

    `ended` is called with the reason when the stream is taken from this socket. `ephemeral` makes a frame of what is
    in no log; without it the socket is not told.
    """

    encode: Encoder
    ended: Callable[[str], None]
    cursor: int = 0
    ephemeral: Callable[[str], str] | None = None


class Stream:
    """Passes entries on in order, each once; one that is missing is read from the log before what follows it."""

    def __init__(self, name: str, log: Log, memory: Memory) -> None:
        self.name = name
        self._log = log
        self._memory = memory
        self.position = 0
        self.subscriptions: dict[Socket, Subscription] = {}
        # Held while the stream is opened.
        self.opening = asyncio.Lock()
        self.started = False
        # Told to end: whoever was about to subscribe comes too late.
        self.ended = False
        # How many are about to subscribe.
        self.subscribing = 0
        self._highest_seen = 0
        # When something ephemeral was passed on, by whose it was.
        self._passed: dict[str, float] = {}
        self._repair: asyncio.Task[None] | None = None
        self._flight: asyncio.Task[list[Entry]] | None = None
        # The furthest back that anyone has asked for since the last read began.
        self._asked = 0
        # The seq of the newest entry that rewrote the log.
        self._rewritten = 0

    @property
    def in_use(self) -> bool:
        return bool(self.subscriptions) or self.subscribing > 0

    def start(self, position: int) -> None:
        """The log's head after the group was joined: what follows it will arrive or be repaired."""
        self.position = self._asked = position
        self.started = True
        self.notice(self._highest_seen)

    def offer(self, entry: Entry) -> None:
        """An entry from the channel layer, which may lose, double and reorder."""
        if self.started and self._repair is None and entry.seq == self.position + 1:
            self._deliver(entry)
        else:
            self.notice(entry.seq)

    def notice(self, seq: int) -> None:
        """The log is known to reach to `seq`; read what is missing."""
        self._highest_seen = max(self._highest_seen, seq)
        if self.started and self._repair is None and self._highest_seen > self.position:
            self._repair = background(self._read_missing())

    def pass_by(self, payload: str, *, by: str) -> None:
        """Something that is in no log, to everyone but the sockets with the key `by`; not too often."""
        now = monotonic()
        self._passed = {key: at for key, at in self._passed.items() if now < at + EPHEMERAL_SECONDS}
        if by in self._passed:
            return
        self._passed[by] = now
        frames = Frames(payload)
        for socket, subscription in self.subscriptions.items():
            if subscription.ephemeral is None or by in socket.keys:
                continue
            try:
                if (frame := frames.of(subscription.ephemeral)) is not None:
                    socket.deliver(frame)
            except Exception:
                logger.exception("something ephemeral could not be passed on", extra={"stream": self.name})

    def end(self, reason: str) -> None:
        """Take the stream from everyone."""
        self.ended = True
        for socket in list(self.subscriptions):
            self._end_for(socket, reason)

    def stop(self) -> None:
        """Let go of what runs and of what is remembered."""
        self.started = False
        for task in (self._repair, self._flight):
            if task is not None:
                task.cancel()
        self._repair = self._flight = None
        self._memory.forget(self.name)

    async def page(self, after: int) -> list[Entry]:
        """Entries that follow `after`, which is before the log's head: from memory where it reaches, else from the log.

        Many who ask at once, as after a deploy, share one read.
        """
        if after >= self.position:  # the log is ahead of what has arrived here
            self.notice(after + 1)
            if self._repair is not None:
                await asyncio.wait({self._repair}, timeout=REPAIR_WAIT_SECONDS)
        while after < self.position:
            remembered = self._memory.after(self.name, after)
            if remembered is not None:
                return remembered
            read = await self._shared_read(after)
            if not read:
                return []
            if read[0].seq <= after + 1 <= read[-1].seq:
                return [entry for entry in read if entry.seq > after]
        return await self._log.after(self.name, after, limit=PAGE)

    async def _shared_read(self, after: int) -> list[Entry]:
        """What is read for all who ask now; it may not be what this one asked for, if it came late."""
        if self._flight is None:
            self._flight = background(self._recall())
            self._flight.add_done_callback(_observed)
        self._asked = min(self._asked, after)
        return await asyncio.shield(self._flight)

    async def _recall(self) -> list[Entry]:
        """Read from where the furthest behind asked, or a page, up to what is remembered; and remember it."""
        try:
            await asyncio.sleep(0)  # whoever asks in the same moment is served too
            rewritten = self._rewritten
            begin = max(0, min(self._asked, self._oldest - 1 - PAGE))
            self._asked = self.position
            read: list[Entry] = []
            size = 0
            while begin < self._oldest - 1 and size <= STREAM_BYTES:
                page = await self._log.after(self.name, begin, limit=PAGE)
                if not page:
                    break
                read += page
                size += sum(len(entry.payload) for entry in page)
                begin = page[-1].seq
            older = [entry for entry in read if entry.seq < self._oldest]
            if older and older[-1].seq + 1 == self._oldest and rewritten == self._rewritten:
                self._memory.prepend(self.name, older)
            return read
        finally:
            self._flight = None

    @property
    def _oldest(self) -> int:
        """The seq of the oldest entry that is remembered, else of the next to come."""
        return self._memory.first(self.name) or self.position + 1

    async def _read_missing(self) -> None:
        try:
            while self._highest_seen > self.position:
                try:
                    entries = await self._log.after(self.name, self.position, limit=PAGE)
                except Exception as error:
                    outage = isinstance(error, DATABASE_GONE)
                    logger.log(
                        logging.WARNING if outage else logging.ERROR,
                        "the log could not be read; trying again",
                        extra={"stream": self.name, "error": str(error)},
                        exc_info=not outage,
                    )
                    await asyncio.sleep(REPAIR_RETRY_SECONDS)
                    continue
                if not entries:
                    # The layer named an entry that the log does not have (a stream that was deleted).
                    self._highest_seen = self.position
                for entry in entries:
                    self._deliver(entry)
                    # Without a pause a whole page would wait to be written, and be taken for a reader's slowness.
                    await asyncio.sleep(0)
        finally:
            self._repair = None

    def _deliver(self, entry: Entry) -> None:
        self.position = entry.seq
        self._highest_seen = max(self._highest_seen, entry.seq)
        if entry.rewrites:
            self._rewritten = entry.seq
            self._memory.forget(self.name)
        self._memory.append(entry)
        frames = Frames(entry)
        # A copy, since whoever is cut off leaves it meanwhile; a list of pairs would be an object a socket to collect.
        for socket, subscription in self.subscriptions.copy().items():
            if entry.seq <= subscription.cursor:
                continue
            try:
                self._pass_on(entry, frames, socket, subscription)
            except Exception:
                # A fault in one handler is nobody else's: this socket comes back and reads what it missed.
                logger.exception("an entry could not be passed on", extra={"stream": self.name, "seq": entry.seq})
                socket.close(GOING_AWAY)

    def _pass_on(self, entry: Entry, frames: Frames[Entry], socket: Socket, subscription: Subscription) -> None:
        if entry.cut is not None and entry.cut in socket.keys:
            self._end_for(socket, REMOVED)
            return
        subscription.cursor = entry.seq
        frame = frames.of(subscription.encode)
        if frame is not None:
            socket.deliver(frame)

    def _end_for(self, socket: Socket, reason: str) -> None:
        subscription = self.subscriptions.pop(socket, None)
        if subscription is None:
            return
        try:
            subscription.ended(reason)
        except Exception:
            logger.exception("an ending could not be told", extra={"stream": self.name, "reason": reason})
            socket.close(GOING_AWAY)


def _observed(read: "asyncio.Task[list[Entry]]") -> None:
    """A read that failed after everyone who waited for it had left is nobody's error."""
    if not read.cancelled():
        read.exception()
