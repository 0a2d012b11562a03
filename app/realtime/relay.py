"""One relay per process: it joins a stream's group once for all of its sockets and passes each entry on in order."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.module_loading import import_string

from realtime.close_codes import GOING_AWAY
from realtime.control import CONTROL_GROUP
from realtime.database import DATABASE_GONE
from realtime.frames import Encoder
from realtime.groups import Groups
from realtime.leases import leases
from realtime.log import Entry, Log, NoOrders, Order, Orders
from realtime.memory import Memory
from realtime.orders import StandingOrders
from realtime.presence import Presence
from realtime.replay import Replay, StreamGone, read_replay
from realtime.socket import Socket
from realtime.stream import Stream, Subscription
from realtime.tasks import background
from realtime.watches import Moved, Told, Watches

logger = logging.getLogger(__name__)

# With the channel layer gone a message takes this long at the most, and two reads of the database. One query a second
# for a whole process is next to nothing.
SWEEP_SECONDS = 1.0
# How long a subscriber waits for the channel layer; after that the sweep stands in for it.
JOIN_SECONDS = 1.0

_relays: "WeakKeyDictionary[asyncio.AbstractEventLoop, Relay]" = WeakKeyDictionary()


def get_relay() -> "Relay":
    """The relay of this process (strictly: of the running event loop), over what RELAY_LOG and RELAY_ORDERS name."""
    loop = asyncio.get_running_loop()
    if loop not in _relays:
        _relays[loop] = Relay(
            layer=get_channel_layer(),
            log=import_string(settings.RELAY_LOG)(),
            orders=import_string(settings.RELAY_ORDERS)(),
            presence=Presence(leases()),
        )
    return _relays[loop]


class Relay:
    """Knows the sockets of this process and the streams that they listen to.

    Messages that it understands, each with a `type`: relay.entry (one entry of a stream), relay.end (a stream ended,
    with a reason), relay.cut (an order: close every socket that has a key, with a code). Whatever of these the channel
    layer loses, the sweep finds in the log and among the orders. And relay.ephemeral, which nobody finds again, and
    relay.notice, for which whoever listens to its group has looks of their own.
    """

    def __init__(self, *, layer: Any, log: Log, orders: Orders | None = None, presence: Presence | None = None) -> None:
        self._log = log
        self._groups = Groups(layer)
        self._memory = Memory()
        self._orders = StandingOrders(orders or NoOrders(), obey=self._obey, concerned=lambda: bool(self._sockets))
        self._streams: dict[str, Stream] = {}
        self._watches = Watches()
        self.presence = presence or Presence()
        self._sockets: dict[str, set[Socket]] = defaultdict(set)
        self._subscribed: dict[Socket, set[str]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._alongside: set[asyncio.Task[None]] = set()
        # Once this process is leaving, nobody new is let in.
        self.leaving = False

    # --- sockets ---

    async def keep_up(self) -> None:
        """Hear of the orders given until now; for one who is about to look up whose a new socket is."""
        await self._orders.keep_up()

    def heard(self, keys: Iterable[str], *, since: float) -> bool:
        """Whether an order about one of `keys` came from the moment `since` (of `monotonic`) on.

        Asked about a socket that is attached: if not, then what was looked up after `since` needs no second look, for
        any order that is yet to come finds the socket.
        """
        return self._orders.heard(keys, since=since)

    async def attach(self, socket: Socket) -> None:
        """From now on `socket` can be cut off by its keys, may subscribe, and is seen off when this process leaves."""
        if socket.keys:
            await self._orders.keep_up()
        if self.leaving:
            socket.close(GOING_AWAY)
            return
        self._subscribed[socket] = set()
        for key in socket.keys:
            self._sockets[key].add(socket)
        self._start()

    def detach(self, socket: Socket) -> None:
        """The connection ended: forget everything about it."""
        for name in self._subscribed.pop(socket, set()):
            self._drop(socket, name)
            self.presence.went(name, socket.who)
        for key in socket.keys & self._sockets.keys():
            self._sockets[key].discard(socket)
            if not self._sockets[key]:
                del self._sockets[key]
        if not self._sockets:
            self._orders.rest()

    @property
    def attached(self) -> list[Socket]:
        return list(self._subscribed)

    def count(self, key: str) -> int:
        """How many sockets of this process have `key`."""
        return len(self._sockets.get(key, ()))

    def subscriptions(self, socket: Socket) -> set[str]:
        """The streams that `socket` listens to."""
        return self._subscribed.get(socket, set())

    # --- subscriptions ---

    async def subscribe(
        self,
        socket: Socket,
        name: str,
        *,
        since: int | None,
        as_of: int,
        encode: Encoder,
        ended: Callable[[str], None],
        answer: Callable[[Replay], str | None],
        ephemeral: Callable[[str], str] | None = None,
    ) -> None:
        """Write `answer` of what `socket` missed, and from there on every entry of the stream, in order.

        `ephemeral` makes a frame of what passes by unwritten; without it the socket is not told.

        `as_of`: the stream's head when the right to it was checked. Raises StreamGone.
        """
        stream = await self._open(name)
        try:
            replay = await read_replay(stream, since=since, as_of=as_of, keys=socket.keys)
            if stream.ended:
                raise StreamGone(name)
            # No await from here: the answer is written before the first live entry, and none falls in between.
            if socket in self._subscribed:
                frame = answer(replay)
                ending = partial(self._forget_and_tell, socket, name, ended)
                self._add(socket, stream, Subscription(encode, ending, cursor=replay.seq, ephemeral=ephemeral))
                if frame is not None:
                    socket.write(frame)
                stream.notice(replay.seq)
        finally:
            stream.subscribing -= 1
            self._close_if_unused(stream)

    def unsubscribe(self, socket: Socket, name: str) -> None:
        """Stop listening; nothing happens where `socket` did not listen."""
        if name in (names := self._subscribed.get(socket, set())):
            names.discard(name)
            self._drop(socket, name)
            self.presence.went(name, socket.who)

    def _add(self, socket: Socket, stream: Stream, subscription: Subscription) -> None:
        stream.subscriptions[socket] = subscription
        if stream.name not in (names := self._subscribed[socket]):
            names.add(stream.name)
            self.presence.came(stream.name, socket.who)

    def _forget_and_tell(self, socket: Socket, name: str, ended: Callable[[str], None], reason: str) -> None:
        self.unsubscribe(socket, name)
        ended(reason)

    def _drop(self, socket: Socket, name: str) -> None:
        stream = self._streams.get(name)
        if stream is not None:
            stream.subscriptions.pop(socket, None)
            self._close_if_unused(stream)

    # --- what is watched ---

    def watch(self, seqs: Mapping[str, int], moved: Moved) -> None:
        """Call `moved` with the name of each of these streams that goes on beyond its seq, or ends: at once where the
        channel layer says so, else within a second. It costs a stream nothing but its place in the sweep's one query.
        """
        self._watches.watch(seqs, moved)
        self._groups.join_all(seqs.keys())

    def unwatch(self, names: Collection[str]) -> None:
        self._watches.unwatch(names)
        self._groups.leave_all([name for name in names if name not in self._streams])

    def hear(self, groups: Collection[str], told: Told) -> None:
        """Call `told` with what is said to one of these groups, which belong to no stream; it may be lost."""
        self._watches.hear(groups, told)
        self._groups.join_all(groups)

    def unhear(self, groups: Collection[str]) -> None:
        self._watches.unhear(groups)
        self._groups.leave_all(groups)

    # --- streams and their groups ---

    async def _open(self, name: str) -> Stream:
        """The stream, its group joined, and kept open for one who is about to subscribe (`subscribing`)."""
        while True:
            stream = self._streams.setdefault(name, Stream(name, self._log, self._memory))
            async with stream.opening:
                if self._streams.get(name) is not stream:
                    continue  # it was left while we waited for its lock
                if not stream.started:
                    await self._begin(stream)
                stream.subscribing += 1
                return stream

    async def _begin(self, stream: Stream) -> None:
        self._groups.join(stream.name)
        try:
            await self._groups.settled(stream.name, within=JOIN_SECONDS)
            # The head is read after joining: what is written later reaches us, what was written before is in it.
            head = (await self._log.heads([stream.name])).get(stream.name)
        except BaseException:
            self._forget(stream)
            raise
        if head is None:
            self._forget(stream)
            raise StreamGone(stream.name)
        stream.start(head)

    def _close_if_unused(self, stream: Stream) -> None:
        if stream.started and not stream.in_use:
            stream.stop()
            self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        """Whoever waits for the stream's lock finds it gone from the table and starts anew."""
        if stream.name not in self._watches:
            self._groups.leave(stream.name)
        self._streams.pop(stream.name, None)

    # --- what runs ---

    def stop(self) -> None:
        """Let go of everything that runs."""
        for task in (self._reader, self._sweeper, *self._alongside):
            if task is not None:
                task.cancel()
        for stream in self._streams.values():
            stream.stop()
        self._groups.stop()
        self.presence.stop()

    def alongside(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start work that ends with this relay at the latest."""
        task = background(work)
        self._alongside.add(task)
        task.add_done_callback(self._alongside.discard)
        return task

    def _start(self) -> None:
        if self._reader is None or self._reader.done():
            self._groups.join(CONTROL_GROUP)
            self._reader = background(self._groups.listen(self._hear))
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = background(self._sweep())

    # --- what arrives ---

    def _hear(self, message: dict[str, Any]) -> None:
        try:
            self._handle(message)
        except Exception:
            logger.exception("a message of the channel layer could not be handled")

    def _handle(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "relay.entry", "stream": str(name), "seq": int(seq), "payload": str(payload)} if isinstance(
                cut := message.get("cut"), str | None
            ):
                if stream := self._streams.get(name):
                    rewrites = message.get("rewrites") is True
                    stream.offer(Entry(stream=name, seq=seq, payload=payload, cut=cut, rewrites=rewrites))
                self._watches.reached(name, seq)
            case {"type": "relay.end", "stream": str(name), "reason": str(reason)}:
                if stream := self._streams.get(name):
                    stream.end(reason)
                self._watches.ended(name)
            case {"type": "relay.ephemeral", "stream": str(name), "by": str(key), "payload": str(payload)}:
                if stream := self._streams.get(name):
                    stream.pass_by(payload, by=key)
            case {"type": "relay.notice", "group": str(group), "about": str(about)}:
                self._watches.notice(group, about)
            case {"type": "relay.cut", "number": int(number), "key": str(key), "code": int(code)}:
                self._orders.hear(Order(number=number, key=key, code=code))
            case _:
                logger.warning("unknown message on the channel layer", extra={"type": message.get("type")})

    def _obey(self, order: Order) -> None:
        for socket in list(self._sockets.get(order.key, ())):
            socket.close(order.code)

    # --- what did not arrive ---

    async def _sweep(self) -> None:
        """While anyone is here: look, every second, for what the channel layer lost."""
        while self._subscribed:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._compare_heads()
                if self._sockets:  # otherwise whoever is here has not signed in
                    await self._orders.look()
            except DATABASE_GONE as error:
                logger.warning("the log could not be compared", extra={"error": str(error)})
            except Exception:
                logger.exception("the log could not be compared")

    async def _compare_heads(self) -> None:
        """One query for all streams: whichever is behind reads what it misses, whichever is gone ends."""
        streams = [stream for stream in self._streams.values() if stream.started]
        watched = set(self._watches.streams)
        names = watched.union(stream.name for stream in streams)
        if not names:
            return
        heads = await self._log.heads(list(names))
        for stream in streams:
            if (head := heads.get(stream.name)) is None:
                stream.end(self._log.gone)
            else:
                stream.notice(head)
        self._watches.compare(heads, of=watched)
