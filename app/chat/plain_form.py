"""The plain form: for a person at a console, and for the first ten minutes with Channels."""

from uuid import uuid4

import msgspec

from chat.connection import Connection
from chat.errors import ChatError
from chat.failures import failures_answered
from chat.models import Event
from chat.poster import get_poster
from chat.posting import Draft
from chat.protocol import Echo, EventFrame, PlainError, PlainErrorFrame, PlainMessage, encode
from chat.requests import parse_plain
from realtime.close_codes import FORBIDDEN
from realtime.log import Entry
from realtime.replay import Replay
from realtime.socket import Socket


def plain_message(entry: Entry) -> str | None:
    """A message as the plain form shows it; other events have no frame in it, nor has what was deleted since."""
    event = msgspec.json.decode(entry.payload, type=EventFrame)
    if event.kind != Event.Kind.MESSAGE_POSTED or not (event.data["body"] or event.data.get("uploads")):
        return None
    return encode(PlainMessage(message=event.data["body"], user=event.by.name, seq=event.seq, at=event.at))


class EchoForm:
    """`/ws/chat/`: what is said comes back, to the one who said it. No sign-in."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    async def receive(self, text: str) -> None:
        try:
            self.event(parse_plain(text).message)
        except ChatError as error:
            self.refuse(error)

    def refuse(self, error: ChatError, text: str | None = None) -> None:
        self._socket.write(encode(PlainErrorFrame(error=PlainError(code=error.code, message=error.message))))

    def event(self, message: str) -> None:
        """Show `message`, an echo or a custom event of the channel layer."""
        self._socket.write(encode(Echo(message=message)))

    def end(self) -> None:
        """Nothing outlives the connection in this form."""


class PlainForm(EchoForm):
    """`/ws/chat/<room>/`: what is said is posted, and everyone in the room sees it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.socket)
        self._connection = connection
        self._room = ""

    async def start(self, room: str | None) -> None:
        """Listen to the room. Raises ChatError."""
        self._room = room or ""
        access = await self._connection.access(self._room)
        await self._connection.listen(
            access, since=None, encode=plain_message, ended=self._ended, answer=self._no_answer
        )

    async def receive(self, text: str) -> None:
        try:
            body = parse_plain(text).message
            with failures_answered():
                await get_poster().post(Draft(by=self._connection.user, slug=self._room, client_id=uuid4(), body=body))
        except ChatError as error:
            self.refuse(error)

    def _no_answer(self, replay: Replay) -> None:
        """This form says nothing of a subscription."""

    def _ended(self, reason: str) -> None:
        self._socket.close(FORBIDDEN)
