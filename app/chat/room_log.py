"""What owners and moderators did in a room, for its owners: read from the room's own log."""

from dataclasses import dataclass

from django.db.models import F, Q

from accounts.models import User
from chat.errors import Forbidden
from chat.models import DONE, Event, Membership
from chat.selectors import membership_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class RoomLogPage:
    """Newest first; `more`: there are older ones."""

    events: list[Event]
    more: bool


def room_log(*, user: User, slug: str, before: int | None = None, limit: int = PAGE) -> RoomLogPage:
    """Who was added, removed, muted or given a role, whose messages were deleted, and what the room was called.

    What people do of themselves, such as to join or to delete a message of their own, is not in it. Raises NotFound
    for who is not in the room, Forbidden for who does not own it.
    """
    membership = membership_of(user=user, slug=slug)
    if membership.role != Membership.Role.OWNER:
        raise Forbidden("Only an owner of the room can read this.")
    events = Event.objects.filter(room=membership.room, kind__in=DONE)
    events = events.filter(Q(kind=Event.Kind.ROOM_UPDATED) | (Q(subject__isnull=False) & ~Q(subject=F("by"))))
    if before is not None:
        events = events.filter(seq__lt=before)
    found = list(events.select_related("room", "by", "subject").order_by("-seq")[: limit + 1])
    return RoomLogPage(events=found[:limit], more=len(found) > limit)
