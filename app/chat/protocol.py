"""The frames of docs/protocol.md, typed: what a client sends, what the server sends."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

RequestId = int | str
Seq = Annotated[int, msgspec.Meta(ge=0)]

MAX_REQUEST_ID = 64


# --- what a client sends -----------------------------------------------------------------------------------------


class Envelope(msgspec.Struct):
    """The part of every typed frame that is needed to answer it, also when the rest is wrong."""

    type: str
    id: RequestId | msgspec.UnsetType = msgspec.UNSET


class Subscribe(msgspec.Struct):
    id: RequestId
    room: str
    since: Seq | None = None


class Unsubscribe(msgspec.Struct):
    id: RequestId
    room: str


class Post(msgspec.Struct):
    id: RequestId
    room: str
    client_id: UUID
    body: str
    reply_to: int | None = None
    uploads: list[UUID] = []


class Edit(msgspec.Struct):
    id: RequestId
    room: str
    client_id: UUID
    seq: Seq
    body: str


class Delete(msgspec.Struct):
    id: RequestId
    room: str
    client_id: UUID
    seq: Seq


class React(msgspec.Struct):
    id: RequestId
    room: str
    client_id: UUID
    seq: Seq
    emoji: str
    on: bool


class Read(msgspec.Struct):
    id: RequestId
    room: str
    seq: Seq


class PresenceAsked(msgspec.Struct):
    id: RequestId
    room: str


class Ping(msgspec.Struct):
    id: RequestId


class Typing(msgspec.Struct):
    """Nothing answers it, and it may be lost."""

    room: str
    id: RequestId | msgspec.UnsetType = msgspec.UNSET


Request = Subscribe | Unsubscribe | Post | Edit | Delete | React | Read | Ping | Typing | PresenceAsked

REQUESTS: dict[str, type[Request]] = {
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "post": Post,
    "edit": Edit,
    "delete": Delete,
    "react": React,
    "read": Read,
    "ping": Ping,
    "typing": Typing,
    "presence": PresenceAsked,
}


class PlainPost(msgspec.Struct):
    """The one frame of the plain form."""

    message: str


# --- what the server sends ---------------------------------------------------------------------------------------


class Person(msgspec.Struct):
    id: int
    name: str
    # The address of a picture of 128 pixels, where there is one.
    picture: str | msgspec.UnsetType = msgspec.UNSET


class Welcome(msgspec.Struct, tag="welcome"):
    user: Person
    connection: str


class Subscribed(msgspec.Struct, tag="subscribed", omit_defaults=True):
    room: str
    seq: int
    recovered: bool
    events: list[msgspec.Raw]
    id: RequestId | msgspec.UnsetType = msgspec.UNSET


class Unsubscribed(msgspec.Struct, tag="unsubscribed"):
    room: str
    id: RequestId | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET


class Ack(msgspec.Struct, tag="ack"):
    id: RequestId
    room: str
    seq: int
    client_id: UUID | msgspec.UnsetType = msgspec.UNSET
    duplicate: bool | msgspec.UnsetType = msgspec.UNSET


class EventFrame(msgspec.Struct, tag="event"):
    """A durable event; `data` depends on `kind`."""

    room: str
    seq: int
    kind: str
    at: str
    by: Person
    data: dict[str, Any]


class TypingFrame(msgspec.Struct, tag="typing"):
    room: str
    user: Person


class Present(msgspec.Struct, tag="present"):
    """Who is in a room; `users` names the first of them."""

    id: RequestId
    room: str
    users: list[Person]
    count: int


class PresenceChanged(msgspec.Struct, tag="presence"):
    """What changed of that."""

    room: str
    joined: list[Person]
    left: list[Person]
    count: int


class Unread(msgspec.Struct, tag="unread"):
    room: str
    unread: int
    mentions: int


class Pong(msgspec.Struct, tag="pong"):
    id: RequestId


class Reconnect(msgspec.Struct, tag="reconnect"):
    after_ms: int


class ErrorFrame(msgspec.Struct, tag="error"):
    code: str
    message: str
    id: RequestId | msgspec.UnsetType = msgspec.UNSET
    retry_after: float | msgspec.UnsetType = msgspec.UNSET


class PlainError(msgspec.Struct):
    code: str
    message: str


class PlainErrorFrame(msgspec.Struct):
    error: PlainError


class PlainMessage(msgspec.Struct):
    """A message in a room, to the plain sockets in it."""

    message: str
    user: str
    seq: int
    at: str


class Echo(msgspec.Struct):
    message: str


def encode(frame: msgspec.Struct) -> str:
    """A frame as it goes over the wire."""
    return msgspec.json.encode(frame).decode()
