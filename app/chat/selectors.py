"""Every read of rooms, messages and the log. What a user may not see is looked up through their membership."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from chat.errors import NotFound
from chat.models import SLUG, Event, Membership, Message, Room

Row = TypeVar("Row")

PAGE = 50
MAX_PAGE = 200
# A page ends earlier than asked for when what was said fills this: nobody can make a worker hold much for them.
PAGE_BYTES = 524_288
# More digits than these may not fit into a key of the database.
ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages as they stand now, oldest first, and the room's seq of that moment; `more`: there are older ones."""

    seq: int
    more: bool
    messages: list[Message]


def slug_to_look_up(text: str) -> str:
    """`text`, if it can be a room's address, else NotFound: PostgreSQL fails at a NUL instead of finding nothing."""
    if re.fullmatch(SLUG, text) is None:
        raise NotFound
    return text


def membership_of(*, user: User, slug: str) -> Membership:
    """The user's membership with its room. Raises NotFound, whether there is no room or no membership."""
    membership = (
        Membership.objects.select_related("room")
        .filter(room__slug=slug_to_look_up(slug), user=user, user__is_active=True)
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


def rooms_of(*, user: User) -> list[Room]:
    """The user's rooms by name, each with `unread`: messages of others after what the user has seen."""
    unread = (
        Message.objects.filter(room=OuterRef("room"), seq__gt=OuterRef("read_seq"), deleted_at=None)
        .exclude(author=user)
        .order_by()
        .values("room")
        .annotate(count=Count("pk"))
        .values("count")
    )
    memberships = (
        Membership.objects.filter(user=user)
        .select_related("room")
        .annotate(unread=Coalesce(Subquery(unread), 0))
        .order_by("room__name", "room__pk")
    )
    for membership in memberships:
        membership.room.unread = membership.unread
    return [membership.room for membership in memberships]


def room_of(*, user: User, slug: str) -> Room:
    """One room of the user's as `rooms_of` gives it. Raises NotFound."""
    for room in rooms_of(user=user):
        if room.slug == slug:
            return room
    raise NotFound


def joinable_rooms(*, user: User) -> QuerySet[Room]:
    """Public rooms that the user is not in, each with how many are."""
    return (
        Room.objects.filter(private=False)
        .exclude(memberships__user=user)
        .annotate(member_count=Count("memberships"))
        .order_by("name", "pk")
    )


def members_of(*, room: Room) -> QuerySet[Membership]:
    return room.memberships.select_related("user").order_by("user__username")


def message_page(*, room: Room, before: int | None = None, limit: int = PAGE) -> MessagePage:
    """The newest messages before a seq, as of `room.seq`: what was posted since is left to the live events."""
    messages = Message.objects.filter(room=room, seq__lte=room.seq).select_related("author")
    if before is not None:
        messages = messages.filter(seq__lt=before)
    found = list(messages.order_by("-seq")[: limit + 1])
    newest_first = _within_a_page(found[:limit], lambda message: len((message.body + message.html).encode()))
    return MessagePage(seq=room.seq, more=len(found) > len(newest_first), messages=newest_first[::-1])


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


def person_named(*, name: str) -> User:
    """Someone active by name, whatever its case. Raises NotFound."""
    return _one_of(User.objects.filter(is_active=True), name)


def person(*, id_or_name: str, active: bool = True) -> User:
    """Someone by id or by name; a name of digits is taken for an id first. Raises NotFound."""
    people = User.objects.filter(is_active=True) if active else User.objects.all()
    found = people.filter(pk=int(id_or_name)).first() if _is_id(id_or_name) else None
    return found or _one_of(people, id_or_name)


def _one_of(people: QuerySet[User], name: str) -> User:
    # PostgreSQL fails at NUL instead of finding nobody.
    found = None if "\x00" in name else people.filter(username__iexact=name).first()
    if found is None:
        raise NotFound("There is nobody of this name.")
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= ID_DIGITS
