"""The chat as Server-Sent Events, for networks that block WebSocket: docs/protocol.md."""

import logging
import re
from typing import Any
from urllib.parse import parse_qsl

from channels.exceptions import StopConsumer
from channels.generic.http import AsyncHttpConsumer
from django.conf import settings

from accounts.keys import keys_of_scope
from chat.connection import admitted
from chat.errors import ChatError, NotSignedIn, Unavailable
from chat.failures import failures_answered
from chat.sse_frames import sse_ephemeral, sse_event, sse_reconnect, sse_subscribed, sse_unsubscribed
from chat.sse_refusals import BadRequest, MethodNotAllowed, refuse
from realtime.close_codes import NOT_SIGNED_IN
from realtime.event_stream import NORMAL, AsgiResponse, DaphneResponse, EventStream, KeepAlive
from realtime.relay import get_relay
from realtime.server import TRANSPORT
from realtime.socket import Socket

logger = logging.getLogger(__name__)

# As many digits as fit into a seq.
SEQ = re.compile(r"[0-9]{1,18}")


class ChatEventStream(AsyncHttpConsumer):  # type: ignore[misc]
    """One stream: lets it in or says why not, and carries a room's events until either side ends it."""

    # What it hears comes from the relay: it needs no channel of its own.
    channel_layer_alias = None

    stream: EventStream
    socket: Socket | None = None
    keep_alive: KeepAlive | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not in disconnect(), which does not run where the server gives up on a connection.
            if self.keep_alive is not None:
                self.keep_alive.stop()
            if self.socket is not None:
                get_relay().detach(self.socket)

    async def http_request(self, message: dict[str, Any]) -> None:
        """Begin. Channels would end the consumer here; the stream goes on until http.disconnect."""
        if message.get("more_body"):
            return  # nobody wants what is in it
        # Channels would save, with the refusal, the empty session that it has made of one that was no longer good.
        self.scope["session"].modified = False
        try:
            with failures_answered():
                await self.handle(b"")
        except ChatError as error:
            await refuse(self.send, error)
            raise StopConsumer from error

    async def handle(self, body: bytes) -> None:
        """Find out who asks and for what, and let them in. Raises ChatError, and nothing has been sent then."""
        if self.scope["method"] != "GET":
            raise MethodNotAllowed(self.scope["method"])
        if not self.scope["user"].is_authenticated:
            raise NotSignedIn
        since = since_of(self.scope)
        request = self.scope.get("extensions", {}).get(TRANSPORT)
        self.stream = EventStream(AsgiResponse(self.base_send) if request is None else DaphneResponse(request))
        self.socket = Socket(self.stream, keys=keys_of_scope(self.scope), slow_reader_bytes=settings.SLOW_READER_BYTES)
        await self.open_signed_in(self.socket, since)
        self.keep_alive = KeepAlive(self.socket, self.stream)

    async def open_signed_in(self, socket: Socket, since: int | None) -> None:
        """Raises ChatError where the room is not theirs, or they may not stay."""
        room = self.scope["url_route"]["kwargs"].get("room", "")
        await get_relay().attach(socket)
        connection = await admitted(self.scope, socket)
        access = await connection.access(room)

        def ended(reason: str) -> None:
            socket.write(sse_unsubscribed(room, reason))
            socket.close(NORMAL)

        await connection.listen(
            access,
            since=since,
            encode=sse_event,
            ended=ended,
            answer=lambda replay: sse_subscribed(room, replay),
            ephemeral=sse_ephemeral,
        )
        if not self.stream.begun:
            # Closed before there was anything to close: revoked meanwhile, or this worker is leaving.
            raise NotSignedIn if self.stream.code == NOT_SIGNED_IN else Unavailable
        # Only now: whoever has heard nothing yet is answered with a status instead.
        socket.farewell = sse_reconnect
        logger.info("event stream opened", extra=connection.described(room))

    async def disconnect(self) -> None:
        if self.socket is not None:
            user = self.scope["user"]
            logger.info("event stream closed", extra={"user": user.username, "code": self.stream.code})


def since_of(scope: dict[str, Any]) -> int | None:
    """The seq after which to go on; a browser that reconnects says it in a header. Raises BadRequest."""
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin1"), keep_blank_values=True))
    given = headers.get(b"last-event-id", query.get("since"))
    if given is None:
        return None
    if not SEQ.fullmatch(given):
        raise BadRequest("Last-Event-ID and since are a seq: a number.")
    return int(given)
