"""Every read of messages and of the log, for who was found to be in the room (selectors.membership_of)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, zip_longest
from typing import TypeVar

from django.db import connection
from django.db.models import Count, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Left

from chat.errors import NotFound
from chat.models import Event, Mention, Message, Reaction, Room, Upload

Row = TypeVar("Row")

PAGE = 50
MAX_PAGE = 200
# A page ends earlier than asked for when what was said fills this: nobody can make a worker hold much for them.
PAGE_BYTES = 524_288
# What a reaction and a file take in it, about.
REACTION_BYTES = 60
UPLOAD_BYTES = 600

# Characters of a message that are shown with a reply to it.
QUOTE = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with what belongs to it: whom it names, its files, and its reactions by emoji, in the order in which
    they were first put; of each person the id and the name."""

    message: Message
    mentions: list[int] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    reactions: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages as they stand now, oldest first, and the room's seq of that moment.

    `more`, `newer`: there are older ones, newer ones. `quoted`: what they reply to and is not among them; its `body` is
    cut off after QUOTE characters.
    """

    seq: int
    more: bool
    newer: bool
    messages: list[Shown]
    quoted: list[Shown]


def message_page(
    *, room: Room, before: int | None = None, after: int | None = None, around: int | None = None, limit: int = PAGE
) -> MessagePage:
    """The newest messages, or those nearest to a seq, as of `room.seq`: what was posted since is left to the live
    events."""
    said = Message.objects.filter(room=room, seq__lte=room.seq)
    if around is not None:
        nearest_first = _in_turn(_older(said, around + 1, limit), _newer(said, around, limit))[:limit]
    elif after is not None:
        nearest_first = _newer(said, after, limit)
    else:
        nearest_first = _older(said, before, limit)
    messages = sorted(_within_a_page(nearest_first, _bytes_of), key=lambda message: message.seq)
    ends = said.aggregate(first=Min("seq"), last=Max("seq"))
    # Where the page is empty: between which seqs it would have been.
    first = messages[0].seq if messages else 0 if after is None else after + 1
    last = messages[-1].seq if messages else room.seq if before is None else before - 1
    shown, quoted = _shown(room, messages)
    return MessagePage(
        seq=room.seq,
        more=ends["first"] is not None and ends["first"] < first,
        newer=ends["last"] is not None and ends["last"] > last,
        messages=shown,
        quoted=quoted,
    )


def one_message(*, room: Room, seq: int) -> Shown:
    """Raises NotFound."""
    message = Message.objects.select_related("author").filter(room=room, seq=seq).first()
    if message is None:
        raise NotFound("There is no such message.")
    return _with_what_belongs(room, [message])[0]


def _with_what_belongs(room: Room, messages: Sequence[Message]) -> list[Shown]:
    """Three queries, however many they are."""
    shown = _with_uploads(room, messages)
    mentions = Mention.objects.filter(room=room, seq__in=shown).order_by("user_id")
    for seq, user in mentions.values_list("seq", "user_id"):
        shown[seq].mentions.append(user)
    reactions = Reaction.objects.filter(message__room=room, message__seq__in=shown).order_by("seq")
    for seq, emoji, user, name in reactions.values_list("message__seq", "emoji", "user_id", "user__username"):
        shown[seq].reactions.setdefault(emoji, []).append((user, name))
    return list(shown.values())


def _with_uploads(room: Room, messages: Sequence[Message]) -> dict[int, Shown]:
    shown = {message.seq: Shown(message) for message in messages}
    uploads = Upload.objects.filter(message__room=room, message__seq__in=shown).order_by("position")
    for upload in uploads.annotate(seq=F("message__seq")):
        shown[vars(upload)["seq"]].uploads.append(upload)
    return shown


def _shown(room: Room, messages: list[Message]) -> tuple[list[Shown], list[Shown]]:
    """With what belongs to them, and what they reply to."""
    there = {message.seq for message in messages}
    wanted = {message.reply_to for message in messages if message.reply_to is not None} - there
    quoted = Message.objects.filter(room=room, seq__in=wanted).select_related("author").defer("body", "html")
    found = [*quoted.annotate(beginning=Left("body", QUOTE)).order_by("seq")] if wanted else []
    for message in found:
        message.body, message.html = vars(message)["beginning"], ""
    # A quote shows no reactions, of which there may be many.
    quotes = list(_with_uploads(room, found).values()) if found else []
    return _with_what_belongs(room, messages), quotes


def _older(said: QuerySet[Message], before: int | None, limit: int) -> list[Message]:
    older = said if before is None else said.filter(seq__lt=before)
    return list(_with_numbers(older).order_by("-seq")[:limit])


def _newer(said: QuerySet[Message], after: int, limit: int) -> list[Message]:
    return list(_with_numbers(said.filter(seq__gt=after)).order_by("seq")[:limit])


def _in_turn(older: list[Message], newer: list[Message]) -> list[Message]:
    """From the middle outwards; where one side ends, the other one goes on."""
    return [message for message in chain.from_iterable(zip_longest(older, newer)) if message is not None]


def _with_numbers(messages: QuerySet[Message]) -> QuerySet[Message]:
    """With their authors, and with how many reactions and uploads they have: what makes a page too large."""
    return messages.select_related("author").annotate(reaction_count=_count(Reaction), upload_count=_count(Upload))


def _count(model: type[Reaction] | type[Upload]) -> Coalesce:
    rows = model._default_manager.filter(message=OuterRef("pk")).order_by().values("message")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def _bytes_of(message: Message) -> int:
    numbers = vars(message)
    belongs = numbers["reaction_count"] * REACTION_BYTES + numbers["upload_count"] * UPLOAD_BYTES
    return len((message.body + message.html).encode()) + int(belongs)


def events_after(*, room_id: int, seq: int, limit: int) -> list[Event]:
    """The log after `seq`, in order."""
    events = Event.objects.filter(room_id=room_id, seq__gt=seq).select_related("room", "by", "subject")
    return list(events.order_by("seq")[:limit])


def event_page(*, room: Room, since: int, limit: int) -> list[Event]:
    """The log after `since`; who wants more asks again with the last one's seq."""
    events = events_after(room_id=room.pk, seq=since, limit=limit)
    return _within_a_page(events, lambda event: len(str(event.data).encode()))


def _within_a_page(rows: list[Row], size: Callable[[Row], int]) -> list[Row]:
    """The first rows, one at least, that fit into PAGE_BYTES."""
    sizes = accumulate(size(row) for row in rows)
    fitting = sum(1 for total in sizes if total <= PAGE_BYTES)
    return rows[: max(fitting, 1)]


def heads_of(*, room_ids: list[int]) -> dict[int, int]:
    """The seq of each room that exists."""
    if connection.vendor != "postgresql":
        return dict(Room.objects.filter(pk__in=room_ids).values_list("pk", "seq"))
    # One parameter, whatever their number: asked each second for a thousand rooms, the ORM's way took 6 ms of CPU.
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, seq FROM chat_room WHERE id = ANY(%s)", [room_ids])
        return dict(cursor.fetchall())
