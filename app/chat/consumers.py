"""The chat over WebSocket, as docs/protocol.md has it."""

import logging
from collections.abc import Sequence
from functools import cached_property, update_wrapper
from typing import Any, Protocol

from asgiref.sync import markcoroutinefunction
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings

from accounts.keys import keys_of_scope
from chat.connection import admitted
from chat.errors import BadFrame, ChatError, NotSignedIn, RateLimited, TooManySockets, Unavailable
from chat.failures import failures_answered
from chat.plain_form import EchoForm, PlainForm
from chat.typed_form import SUBPROTOCOL, TypedForm
from realtime.channel import OwnChannel
from realtime.close_codes import FORBIDDEN, GOING_AWAY, NOT_SIGNED_IN, TOO_BIG, TOO_MANY_FRAMES, TOO_MANY_SOCKETS
from realtime.inbox import Inbox
from realtime.limits import Patience, TokenBucket
from realtime.relay import get_relay
from realtime.server import TRANSPORT
from realtime.socket import QueuedTransport, Socket
from realtime.tasks import background

logger = logging.getLogger(__name__)

# What of the scope is kept once a socket is open.
STILL_OF_USE = ("type", "path", "url_route", "user")


class Form(Protocol):
    """How a socket speaks: the typed form, the plain form or the echo."""

    async def receive(self, text: str) -> None: ...

    def refuse(self, error: ChatError, text: str | None = None) -> None: ...

    def event(self, message: str) -> None: ...

    def end(self) -> None: ...


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket: lets it in or says why not, bounds what it may ask, and hands each frame to the form it speaks."""

    form: Form | None = None
    # Whether it said too much, and is heard no more.
    silenced = False
    # Made when the first frame comes, as is what bounds them.
    inbox: Inbox | None = None
    socket: Socket
    # Names of groups to be in from the start, as in Channels; the relay has its own.
    groups: Sequence[str] = ()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """As in Channels, but that it lives without Redis: the relay has what it needs from the database then."""
        self.scope, self.base_send = scope, send
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        del scope, send  # this frame lives as long as the socket
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            # Not in disconnect(), which does not run where the server gives up on a connection.
            self.let_go()

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Any:
        """As in Channels, but for a coroutine of its own with the whole scope for as long as the socket is open."""

        def app(scope: dict[str, Any], receive: Any, send: Any) -> Any:
            return cls(**initkwargs)(scope, receive, send)

        return markcoroutinefunction(update_wrapper(app, super().as_asgi(**initkwargs)))

    def let_go(self) -> None:
        """Of everything that would outlive the connection."""
        made = vars(self)
        if "own_channel" in made:
            self.own_channel.close()
        if self.inbox is not None:
            self.inbox.stop()
        if self.form is not None:
            self.form.end()
        if "socket" in made:
            get_relay().detach(self.socket)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in Channels, without its way to a thread and back to close what connections there are to the database.

        Whoever needs the database here asks for it with in_database(), which closes what it opened.
        """
        await getattr(self, get_handler_name(message))(message)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """The same."""
        for group in self.groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        await self.disconnect(message["code"])
        raise StopConsumer

    @property
    def channel_name(self) -> str:
        """For what others send to this consumer alone, or to a group that it joins: read from when this is asked for.

        Few use it: the relay is in a room's group once, for all of its sockets.
        """
        return self.own_channel.name

    @cached_property
    def own_channel(self) -> OwnChannel:
        return OwnChannel(self.channel_layer, self.dispatch)

    async def connect(self) -> None:
        offered = self.scope["subprotocols"]
        if offered and SUBPROTOCOL not in offered:
            await self.close()  # before accept: 403
            return
        await self.accept(SUBPROTOCOL if offered else None)
        self.socket = Socket(
            self.scope.get("extensions", {}).get(TRANSPORT) or QueuedTransport(self.base_send),
            keys=keys_of_scope(self.scope),
            slow_reader_bytes=settings.SLOW_READER_BYTES,
        )
        await self.open(self.scope["url_route"]["kwargs"].get("room"), typed=bool(offered))
        # A thousand idle sockets need not hold a thousand times what their handshakes said.
        self.scope = {name: self.scope[name] for name in STILL_OF_USE if name in self.scope}

    async def open(self, room: str | None, *, typed: bool) -> None:
        """Find out who this is and start the form that they speak; close with a code what may not be here."""
        try:
            with failures_answered():
                await get_relay().attach(self.socket)
                if self.socket.closed:  # this worker is leaving
                    return
                if self.scope.get("token_refused"):
                    self.socket.close(NOT_SIGNED_IN)
                elif room is None and not typed:
                    self.speak(EchoForm(self.socket))
                elif not self.scope["user"].is_authenticated:
                    self.socket.close(NOT_SIGNED_IN)
                else:
                    await self.open_signed_in(room, typed=typed)
        except Unavailable:
            self.socket.close(GOING_AWAY)  # a client comes back, to another worker perhaps
        except NotSignedIn:
            self.socket.close(NOT_SIGNED_IN)
        except TooManySockets:
            self.socket.close(TOO_MANY_SOCKETS)
        except ChatError:
            # A room that does not exist and one that is not theirs look the same.
            self.socket.close(FORBIDDEN)

    async def open_signed_in(self, room: str | None, *, typed: bool) -> None:
        """Raises ChatError where the room is not theirs, or they may not stay."""
        connection = await admitted(self.scope, self.socket)
        logger.info("socket opened", extra=connection.described(room))
        form = TypedForm(connection) if typed else PlainForm(connection)
        await form.start(room)
        self.speak(form)

    def speak(self, form: Form) -> None:
        self.form = form

    @cached_property
    def patience(self) -> Patience:
        bucket = TokenBucket(rate=settings.FRAMES_PER_SECOND, burst=settings.FRAMES_BURST)
        return Patience(bucket, refusals=settings.FRAMES_BURST)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        form = self.form
        if form is None or self.silenced or self.socket.closed:
            return
        if not self.patience.allows():
            self.refuse_pace(form, text_data)
        elif text_data is None:
            form.refuse(BadFrame("Send text, not binary."))
        elif len(text_data.encode(errors="surrogatepass")) > settings.DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE:
            self.socket.close(TOO_BIG)  # our own server does this before the frame gets here
        elif not self.inbox_of(form).put(text_data):
            form.refuse(RateLimited("Too many frames wait: slow down.", retry_after=1), text_data)

    def inbox_of(self, form: Form) -> Inbox:
        if self.inbox is None:
            self.inbox = Inbox(form.receive, bound=settings.FRAMES_WAITING)
        return self.inbox

    def refuse_pace(self, form: Form, text: str | None) -> None:
        if self.patience.exhausted:
            self.silenced = True
            background(self.close_when_done(TOO_MANY_FRAMES))
        else:
            form.refuse(RateLimited("Too many frames: slow down.", retry_after=self.patience.wait), text)

    async def close_when_done(self, code: int) -> None:
        """Once what was let in is answered."""
        await self.all_answered()
        self.socket.close(code)

    async def all_answered(self) -> None:
        """Whatever was let in."""
        if self.inbox is not None:
            await self.inbox.finish()

    async def chat_message(self, event: dict[str, Any]) -> None:
        """A custom event, sent to this socket's channel: {"type": "chat.message", "message": "…"}."""
        if self.form is not None:
            self.form.event(str(event.get("message", "")))

    async def disconnect(self, code: int) -> None:
        await self.all_answered()  # what was sent before the end counts
        user = self.scope["user"]
        if user.is_authenticated:
            logger.info("socket closed", extra={"user": user.username, "code": code})
