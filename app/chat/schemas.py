"""What the API takes and gives, for its description and its validation."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from chat.directs import MAX_OTHERS
from chat.message_selectors import MAX_PAGE, PAGE
from chat.posting import MAX_UPLOADS
from chat.roles import LONGEST_MUTE
from chat.search import HITS
from realtime.replay import REPLAY_LIMIT

Seq = Annotated[int, Field(ge=0, lt=2**63)]
PersonId = Annotated[int, Field(ge=0, lt=2**63)]


class Sparse(Schema):
    """What is None is left out of the answer."""

    # An annotation of what it returns would be taken for the description of the answer.
    @model_serializer(mode="wrap")
    def without_nothing(self, to_dict: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        return {name: value for name, value in to_dict(self).items() if value is not None}


class Person(Sparse):
    """`picture` is left out where there is none."""

    id: int
    name: str
    picture: str | None = None


class PeopleAsked(Schema):
    """The beginning of a name."""

    q: Annotated[str, Field(max_length=150)] = ""


class Room(Schema):
    """A room as who asks sees it: the name of direct messages is that of the others, who are `people`."""

    slug: str
    kind: str
    name: str
    topic: str
    private: bool
    archived: bool
    people: list[Person]
    seq: int
    unread: int
    mentions: int
    read_seq: int
    role: str
    notify: str
    muted_until: str | None


class NewRoom(Schema):
    slug: str
    name: str
    topic: str = ""
    private: bool = False


class RoomChange(Schema):
    """What is left out, or null, stays."""

    name: str | None = None
    topic: str | None = None
    private: bool | None = None
    archived: bool | None = None


class Notices(Schema):
    notify: Literal["everything", "mentions", "nothing"]


class NewDirect(Schema):
    """Ids or names of others; nobody else makes notes to oneself."""

    people: Annotated[list[PersonId | Annotated[str, Field(max_length=150)]], Field(max_length=MAX_OTHERS)]


class Member(Schema):
    user: Person
    role: str
    muted_until: str | None
    joined_at: str


class MemberChange(Schema):
    """`mute`: seconds from now, 0 ends it."""

    role: Literal["owner", "moderator", "member"] | None = None
    mute: Annotated[int, Field(ge=0, le=int(LONGEST_MUTE.total_seconds()))] | None = None


class Thumb(Schema):
    url: str
    width: int
    height: int


class Upload(Sparse):
    """The last three are left out where it is no picture that browsers may show."""

    id: UUID
    name: str
    size: int
    type: str
    url: str
    width: int | None = None
    height: int | None = None
    thumb: Thumb | None = None


class NamedUser(Schema):
    id: int
    name: str


class Reaction(Schema):
    emoji: str
    users: list[NamedUser]


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
    mentions: list[int]
    uploads: list[Upload]
    reactions: list[Reaction]


class Quote(Schema):
    seq: int
    by: Person
    at: str
    body: str
    deleted: bool
    uploads: list[Upload]


class PageOfMessages(Schema):
    """At most one of `before`, `after` and `around`."""

    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = PAGE

    @model_validator(mode="after")
    def one_place(self) -> Self:
        if sum(seq is not None for seq in (self.before, self.after, self.around)) > 1:
            raise ValueError("before, after and around exclude each other")
        return self


class MessagePage(Schema):
    seq: int
    more: bool
    newer: bool
    messages: list[Message]
    quoted: list[Quote]


class NewMessage(Schema):
    client_id: UUID
    body: str
    reply_to: Seq | None = None
    uploads: Annotated[list[UUID], Field(max_length=MAX_UPLOADS)] = []


class MessageChange(Schema):
    client_id: UUID
    body: str


class Once(Schema):
    """Says which write this is, so that a repeat is known."""

    client_id: UUID


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


class PageOfLog(Schema):
    before: Seq | None = None


class LogPage(Schema):
    """Newest first; `more`: there are older ones."""

    events: list[Event]
    more: bool


class Search(Schema):
    """`before`: of the page before this one."""

    q: str
    before: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=HITS)] = HITS


class SnippetPiece(Schema):
    """A stretch of plain text; `hit`: it is what was searched for."""

    text: str
    hit: bool


class Hit(Schema):
    """A message that was found, and the room that it is in: its address and name."""

    room: str
    name: str
    seq: int
    by: Person
    at: str
    body: str
    snippet: list[SnippetPiece]


class SearchPage(Schema):
    """Newest first. `before`: what to ask for the next page with; null where there is none."""

    messages: list[Hit]
    before: int | None
