"""What every write to a room does, but for posts (posting.py): lock its row, look who asks, append to its log."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from chat.errors import Forbidden, NotFound
from chat.models import Event, Membership, Room
from chat.publisher import publish
from chat.selectors import slug_to_look_up


def lock_room(slug: str, *, member: User | None = None) -> Room:
    """The room's row, locked until the transaction ends. With `member`, an outsider waits for no lock.

    Raises NotFound.
    """
    rooms = Room.objects.select_for_update(of=("self",), no_key=True).filter(slug=slug_to_look_up(slug))
    if member is not None:
        rooms = rooms.filter(pk__in=Membership.objects.filter(user=member).values("room"))
    room = rooms.first()
    if room is None:
        raise NotFound
    return room


def lock_for_owner(user: User, slug: str) -> Room:
    """As `lock_room`, for what only owners do. Raises Forbidden."""
    room = lock_room(slug, member=user)
    if membership_in(room, user).role != Membership.Role.OWNER:
        raise Forbidden("Only an owner of the room can do this.")
    return room


def membership_in(room: Room, user: User) -> Membership:
    """Read under the room's lock, which every change of a membership takes: it cannot be about to end.

    Raises NotFound.
    """
    membership = Membership.objects.select_related("user").filter(room=room, user=user, user__is_active=True).first()
    if membership is None:
        raise NotFound
    return membership


def refuse_direct(room: Room) -> None:
    """Direct messages are between the same people for ever. Raises Forbidden."""
    if room.kind == Room.Kind.DIRECT:
        raise Forbidden("Direct messages stay between the same people, and nobody looks after them.")


def append_event(
    room: Room,
    kind: Event.Kind,
    *,
    by: User,
    subject: User | None = None,
    client_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """The next event of a room whose row is locked, published after the commit."""
    room.seq += 1
    room.save(update_fields=["seq"])
    event = Event.objects.create(
        room=room,
        seq=room.seq,
        kind=kind,
        at=timezone.now(),
        by=by,
        subject=subject,
        client_id=client_id,
        data=data or {},
    )
    publish([event])
    return event
