"""The typed form (`chat.v1`): requests with an id, each answered."""

import asyncio
from functools import partial
from time import monotonic

import msgspec

from chat import services
from chat.access import Access
from chat.connection import Connection
from chat.errors import ChatError, NotFound
from chat.events import person_of
from chat.failures import failures_answered
from chat.presence import get_audience
from chat.protocol import (
    Ack,
    Delete,
    Edit,
    ErrorFrame,
    Ping,
    Pong,
    Post,
    PresenceAsked,
    Present,
    React,
    Read,
    Reconnect,
    Request,
    RequestId,
    Subscribe,
    Subscribed,
    Typing,
    Unsubscribe,
    Unsubscribed,
    Welcome,
    encode,
)
from chat.publisher import publish_typing
from chat.requests import FrameRefused, parse_request, request_id_of
from chat.selectors import room_to_write_in
from chat.typed_writes import Write, carry_out
from chat.unread import get_keeper
from realtime.database import DATABASE_GONE, in_database
from realtime.frames import Frame
from realtime.log import Entry
from realtime.replay import Replay
from realtime.stream import EPHEMERAL_SECONDS

SUBPROTOCOL = "chat.v1"


def as_sent(entry: Entry) -> str:
    """The log's payload is the frame of this form."""
    return entry.payload


def farewell(after_ms: int) -> str:
    """What is said when this worker is about to leave."""
    return encode(Reconnect(after_ms=after_ms))


class TypedForm:
    """One typed connection."""

    __slots__ = ("_connection", "_rooms", "_typed_at")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # The rooms that this socket asked for, by their addresses.
        self._rooms: dict[str, Access] = {}
        self._typed_at: dict[str, float] = {}

    async def start(self, room: str | None) -> None:
        """Say welcome; subscribe to the room of the path. Raises ChatError."""
        user = self._connection.user
        self._connection.socket.farewell = farewell
        self._send(Welcome(user=person_of(user), connection=self._connection.name))
        if room is not None:
            await self._subscribe(room, since=None, request_id=msgspec.UNSET)
        get_keeper().come(self, user.pk)

    def end(self) -> None:
        """The connection ended."""
        get_keeper().go(self, self._connection.user.pk)
        for access in self._rooms.values():
            get_audience().unfollow(access.stream, self)

    async def receive(self, text: str) -> None:
        """Carry out one frame and answer it."""
        request_id: RequestId | msgspec.UnsetType = msgspec.UNSET
        try:
            request = parse_request(text)
            request_id = request.id
            with failures_answered():
                await self._carry_out(request)
        except FrameRefused as refused:
            self._send_error(refused.error, refused.request_id)
        except ChatError as error:
            self._send_error(error, request_id)

    def refuse(self, error: ChatError, text: str | None = None) -> None:
        """Answer a frame that is not looked into, so that its sender knows which it was."""
        self._send_error(error, msgspec.UNSET if text is None else request_id_of(text))

    def listens_to(self, slug: str) -> bool:
        """Whether this socket is subscribed to a room."""
        return slug in self._rooms

    def tell(self, frame: Frame) -> None:
        """Something that others are told, too."""
        self._connection.socket.deliver(frame)

    def event(self, message: str) -> None:
        """A custom event of the channel layer has no frame in this form."""

    async def _carry_out(self, request: Request) -> None:
        match request:
            case Ping():
                self._send(Pong(id=request.id))
            case Subscribe():
                await self._subscribe(request.room, since=request.since, request_id=request.id)
            case Unsubscribe():
                await self._unsubscribe(request)
            case Post() | Edit() | Delete() | React():
                await self._write(request)
            case Read():
                by = self._connection.user
                seq = await in_database(services.mark_read, by=by, slug=request.room, seq=request.seq)
                self._send(Ack(id=request.id, room=request.room, seq=seq))
            case Typing():
                await self._typing(request.room)
            case PresenceAsked():
                await self._present(request)

    async def _subscribe(self, slug: str, *, since: int | None, request_id: RequestId | msgspec.UnsetType) -> None:
        access = await self._connection.access(slug)

        def answer(replay: Replay) -> str:
            events = [msgspec.Raw(entry.payload.encode()) for entry in replay.entries]
            return encode(
                Subscribed(id=request_id, room=slug, seq=replay.seq, recovered=replay.recovered, events=events)
            )

        await self._connection.listen(
            access, since=since, encode=as_sent, ended=partial(self._ended, slug), answer=answer, ephemeral=str
        )
        self._rooms[slug] = access

    def _ended(self, slug: str, reason: str) -> None:
        access = self._rooms.pop(slug)
        self._send(Unsubscribed(room=slug, reason=reason))
        get_audience().unfollow(access.stream, self)
        get_keeper().ended(self, self._connection.user.pk, access.room_id)

    async def _unsubscribe(self, request: Unsubscribe) -> None:
        access = self._rooms.pop(request.room, None)
        if access is None:
            raise NotFound("This socket is not subscribed to such a room.")
        self._connection.relay.unsubscribe(self._connection.socket, access.stream)
        self._send(Unsubscribed(id=request.id, room=request.room))
        get_audience().unfollow(access.stream, self)
        get_keeper().stopped_listening(self._connection.user.pk, access.room_id)

    async def _present(self, request: PresenceAsked) -> None:
        access = self._rooms.get(request.room)
        if access is None:
            raise NotFound("This socket is not subscribed to such a room.")
        room = await get_audience().present(access.stream, access.slug, self)
        if self._rooms.get(request.room) is not access:  # it was taken from this socket meanwhile
            get_audience().unfollow(access.stream, self)
            raise NotFound("This socket is not subscribed to such a room.")
        self._send(Present(id=request.id, room=request.room, users=room.users, count=room.count))

    async def _write(self, request: Write) -> None:
        written = await carry_out(request, by=self._connection.user)
        self._send(
            Ack(
                id=request.id,
                room=request.room,
                client_id=request.client_id,
                seq=written.seq,
                duplicate=written.duplicate,
            )
        )

    async def _typing(self, slug: str) -> None:
        """Pass on that this user types in a room that the socket listens to; more often than needed it is dropped.

        Nor is it said of who may not write there at the moment.
        """
        now = monotonic()
        if slug not in self._rooms or now < self._typed_at.get(slug, now - EPHEMERAL_SECONDS) + EPHEMERAL_SECONDS:
            return
        self._typed_at[slug] = now
        try:
            room = await in_database(room_to_write_in, user=self._connection.user, slug=slug)
        except (ChatError, *DATABASE_GONE):
            return  # what they write would not be taken either
        await asyncio.to_thread(publish_typing, room, by=self._connection.user)

    def _send_error(self, error: ChatError, request_id: RequestId | msgspec.UnsetType) -> None:
        retry_after = msgspec.UNSET if error.retry_after is None else round(error.retry_after, 3)
        self._send(ErrorFrame(code=error.code, message=error.message, id=request_id, retry_after=retry_after))

    def _send(self, frame: msgspec.Struct) -> None:
        self._connection.socket.write(encode(frame))
