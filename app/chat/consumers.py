"""The chat over WebSocket, as docs/protocol.md has it."""

import logging
from typing import Any, Protocol
from uuid import uuid4

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.keys import keys_of_scope, user_key
from accounts.selectors import credential_still_good
from chat.connection import Connection
from chat.errors import BadFrame, ChatError, RateLimited, Unavailable
from chat.failures import failures_answered
from chat.plain_form import EchoForm, PlainForm
from chat.typed_form import SUBPROTOCOL, TypedForm
from realtime.close_codes import FORBIDDEN, GOING_AWAY, NOT_SIGNED_IN, TOO_BIG, TOO_MANY_FRAMES, TOO_MANY_SOCKETS
from realtime.database import in_database
from realtime.limits import Patience, TokenBucket
from realtime.relay import get_relay
from realtime.server import TRANSPORT
from realtime.socket import QueuedTransport, Socket

logger = logging.getLogger(__name__)


class Form(Protocol):
    """How a socket speaks: the typed form, the plain form or the echo."""

    async def receive(self, text: str) -> None: ...

    def refuse(self, error: ChatError, text: str | None = None) -> None: ...

    def event(self, message: str) -> None: ...


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket: lets it in or says why not, bounds what it may ask, and hands each frame to the form it speaks."""

    form: Form | None = None
    socket: Socket

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not in disconnect(), which does not run where the server gives up on a connection.
            if hasattr(self, "socket"):
                get_relay().detach(self.socket)

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
        self.patience = Patience(
            TokenBucket(rate=settings.FRAMES_PER_SECOND, burst=settings.FRAMES_BURST), refusals=settings.FRAMES_BURST
        )
        await self.open(self.scope["url_route"]["kwargs"].get("room"), typed=bool(offered))

    async def open(self, room: str | None, *, typed: bool) -> None:
        """Find out who this is and start the form that they speak; close with a code what may not be here."""
        try:
            with failures_answered():
                if self.scope.get("token_refused"):
                    self.socket.close(NOT_SIGNED_IN)
                elif room is None and not typed:
                    self.form = EchoForm(self.socket)
                elif not self.scope["user"].is_authenticated:
                    self.socket.close(NOT_SIGNED_IN)
                else:
                    await self.open_signed_in(room, typed=typed)
        except Unavailable:
            self.socket.close(GOING_AWAY)  # a client comes back, to another worker perhaps
        except ChatError:
            # A room that does not exist and one that is not theirs look the same.
            self.socket.close(FORBIDDEN)

    async def open_signed_in(self, room: str | None, *, typed: bool) -> None:
        """Raises ChatError where the room is not theirs."""
        user = self.scope["user"]
        relay = get_relay()
        await relay.attach(self.socket)
        if relay.count(user_key(user.pk)) > settings.MAX_SOCKETS_PER_USER:
            self.socket.close(TOO_MANY_SOCKETS)
            return
        if not await in_database(credential_still_good, self.scope):
            self.socket.close(NOT_SIGNED_IN)
            return
        connection = Connection(name=uuid4().hex, user=user, socket=self.socket, relay=relay)
        logger.info("socket opened", extra={"user": user.username, "room": room, "connection": connection.name})
        form = TypedForm(connection) if typed else PlainForm(connection)
        await form.start(room)
        self.form = form

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        form = self.form
        if form is None or self.socket.closed:
            return
        if not self.patience.allows():
            self.refuse_pace(form, text_data)
        elif text_data is None:
            form.refuse(BadFrame("Send text, not binary."))
        elif len(text_data.encode(errors="surrogatepass")) > settings.DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE:
            self.socket.close(TOO_BIG)  # our own server does this before the frame gets here
        else:
            await form.receive(text_data)

    def refuse_pace(self, form: Form, text: str | None) -> None:
        if self.patience.exhausted:
            self.socket.close(TOO_MANY_FRAMES)
        else:
            form.refuse(RateLimited("Too many frames: slow down.", retry_after=self.patience.wait), text)

    async def chat_message(self, event: dict[str, Any]) -> None:
        """A custom event, sent to this socket's channel: {"type": "chat.message", "message": "…"}."""
        if self.form is not None:
            self.form.event(str(event.get("message", "")))

    async def disconnect(self, code: int) -> None:
        user = self.scope["user"]
        if user.is_authenticated:
            logger.info("socket closed", extra={"user": user.username, "code": code})
