"""One relay per process: it joins a stream's group once for all of its sockets and passes each entry on in order."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.module_loading import import_string

from realtime.control import CONTROL_GROUP
from realtime.frames import Encoder
from realtime.log import Entry, Log
from realtime.replay import Replay, StreamGone, read_replay
from realtime.socket import Socket
from realtime.stream import Stream, Subscription
from realtime.tasks import background

logger = logging.getLogger(__name__)

_relays: "WeakKeyDictionary[asyncio.AbstractEventLoop, Relay]" = WeakKeyDictionary()


def get_relay() -> "Relay":
    """The relay of this process (strictly: of the running event loop), over the log that RELAY_LOG names."""
    loop = asyncio.get_running_loop()
    if loop not in _relays:
        _relays[loop] = Relay(layer=get_channel_layer(), log=import_string(settings.RELAY_LOG)())
    return _relays[loop]


class Relay:
    """Knows the sockets of this process and the streams that they listen to.

    Messages that it understands, each with a `type`: relay.entry (one entry of a stream), relay.end (a stream ended,
    with a reason), relay.cut (close every socket that has a key, with a code).
    """

    def __init__(self, *, layer: Any, log: Log) -> None:
        self._layer = layer
        self._log = log
        self._streams: dict[str, Stream] = {}
        self._sockets: dict[str, set[Socket]] = defaultdict(set)
        self._subscribed: dict[Socket, set[str]] = {}
        self._starting = asyncio.Lock()
        self._channel: str | None = None
        self._reader: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    # --- sockets ---

    async def attach(self, socket: Socket) -> None:
        """From now on `socket` can be cut off by its keys and may subscribe."""
        await self._start()
        self._subscribed[socket] = set()
        for key in socket.keys:
            self._sockets[key].add(socket)

    def detach(self, socket: Socket) -> None:
        """The connection ended: forget everything about it."""
        for name in self._subscribed.pop(socket, set()):
            self._drop(socket, name)
        for key in socket.keys & self._sockets.keys():
            self._sockets[key].discard(socket)
            if not self._sockets[key]:
                del self._sockets[key]

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
    ) -> None:
        """Write `answer` of what `socket` missed, and from there on every entry of the stream, in order.

        `as_of`: the stream's head when the right to it was checked. Raises StreamGone.
        """
        stream = await self._open(name)
        try:
            replay = await read_replay(self._log, stream, since=since, as_of=as_of, keys=socket.keys)
            if stream.ended:
                raise StreamGone(name)
            # No await from here: the answer is written before the first live entry, and none falls in between.
            if socket in self._subscribed:
                self._add(socket, stream, Subscription(encode, self._ending(socket, name, ended), cursor=replay.seq))
                if (frame := answer(replay)) is not None:
                    socket.write(frame)
                stream.notice(replay.seq)
        finally:
            stream.subscribing -= 1
            self._close_if_unused(stream)

    def unsubscribe(self, socket: Socket, name: str) -> None:
        """Stop listening; nothing happens where `socket` did not listen."""
        self._subscribed.get(socket, set()).discard(name)
        self._drop(socket, name)

    def _add(self, socket: Socket, stream: Stream, subscription: Subscription) -> None:
        stream.subscriptions[socket] = subscription
        self._subscribed[socket].add(stream.name)

    def _ending(self, socket: Socket, name: str, ended: Callable[[str], None]) -> Callable[[str], None]:
        def forget_and_tell(reason: str) -> None:
            self.unsubscribe(socket, name)
            ended(reason)

        return forget_and_tell

    def _drop(self, socket: Socket, name: str) -> None:
        stream = self._streams.get(name)
        if stream is not None:
            stream.subscriptions.pop(socket, None)
            self._close_if_unused(stream)

    # --- streams and their groups ---

    async def _open(self, name: str) -> Stream:
        """The stream, its group joined, and kept open for one who is about to subscribe (`subscribing`)."""
        while True:
            stream = self._streams.setdefault(name, Stream(name, self._log))
            async with stream.membership:
                if self._streams.get(name) is not stream:
                    continue  # it was left while we waited for its lock
                if not stream.joined:
                    await self._join(stream)
                stream.subscribing += 1
                return stream

    async def _join(self, stream: Stream) -> None:
        try:
            await self._layer.group_add(stream.name, self._channel)
            # The head is read after joining: what is written later reaches us, what was written before is in it.
            head = (await self._log.heads([stream.name])).get(stream.name)
        except BaseException:
            await self._forget(stream)
            raise
        if head is None:
            await self._forget(stream)
            raise StreamGone(stream.name)
        stream.start(head)

    def _close_if_unused(self, stream: Stream) -> None:
        if stream.joined and not stream.in_use:
            task = background(self._leave(stream))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, stream: Stream) -> None:
        async with stream.membership:
            if stream.joined and not stream.in_use:
                stream.stop()
                await self._forget(stream)

    async def _forget(self, stream: Stream) -> None:
        """Under the stream's lock: whoever waits for it finds it gone from the table and starts anew."""
        try:
            await self._layer.group_discard(stream.name, self._channel)
        finally:
            self._streams.pop(stream.name, None)

    # --- what arrives ---

    async def _start(self) -> None:
        async with self._starting:
            if self._reader is None or self._reader.done():
                self._channel = await self._layer.new_channel("relay.")
                await self._layer.group_add(CONTROL_GROUP, self._channel)
                self._reader = background(self._read())

    async def _read(self) -> None:
        while True:
            try:
                self._handle(await self._layer.receive(self._channel))
            except Exception:
                # One message that cannot be read must not end the relay for everyone.
                logger.exception("a message of the channel layer could not be handled")
                await asyncio.sleep(0)

    def _handle(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "relay.entry", "stream": name, "seq": seq, "payload": payload}:
                if stream := self._streams.get(name):
                    stream.offer(Entry(stream=name, seq=seq, payload=payload, cut=message.get("cut")))
            case {"type": "relay.end", "stream": name, "reason": reason}:
                if stream := self._streams.get(name):
                    stream.end(reason)
            case {"type": "relay.cut", "key": key, "code": code}:
                for socket in list(self._sockets.get(key, ())):
                    socket.close(code)
            case _:
                logger.warning("unknown message on the channel layer", extra={"type": message.get("type")})
