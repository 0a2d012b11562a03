"""What the API takes and gives, for its description and its validation."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from chat.selectors import MAX_PAGE, PAGE
from realtime.replay import REPLAY_LIMIT

Seq = Annotated[int, Field(ge=0, lt=2**63)]


class Person(Schema):
    id: int
    name: str


class Room(Schema):
    slug: str
    name: str
    topic: str
    private: bool
    seq: int
    unread: int


class NewRoom(Schema):
    slug: str
    name: str
    topic: str = ""
    private: bool = False


class RoomChange(Schema):
    name: str | None = None
    topic: str | None = None


class Member(Schema):
    user: Person
    role: str
    joined_at: str


class Message(Schema):
    seq: int
    client_id: UUID
    by: Person
    at: str
    body: str
    html: str
    reply_to: int | None
    edited_at: str | None
    deleted: bool


class PageOfMessages(Schema):
    before: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = PAGE


class MessagePage(Schema):
    seq: int
    more: bool
    messages: list[Message]


class NewMessage(Schema):
    client_id: UUID
    body: str
    reply_to: Seq | None = None


class Ack(Schema):
    room: str
    client_id: UUID
    seq: int
    duplicate: bool


class PageOfEvents(Schema):
    since: Seq = 0
    limit: Annotated[int, Field(ge=1, le=REPLAY_LIMIT)] = REPLAY_LIMIT


class Event(Schema):
    room: str
    seq: int
    kind: str
    at: str
    by: Person
    data: dict[str, Any]


class EventPage(Schema):
    seq: int
    events: list[Event]
