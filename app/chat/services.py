"""Every write to a room.

A write locks the room's row, takes the next seq, appends to the log and publishes after commit; so commit order is
sequence order. Keyword-only arguments; raises the errors of errors.py.
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from chat.errors import BadFrame, Conflict, Forbidden, NotFound
from chat.events import ROOM_DELETED
from chat.models import Event, Membership, Room
from chat.posting import Draft, Posted, write_post
from chat.publisher import publish
from chat.selectors import membership_of, slug_to_look_up
from realtime.control import end_stream


@transaction.atomic
def create_room(*, by: User, slug: str, name: str, topic: str = "", private: bool = False) -> Room:
    """A room with `by` as its owner. Raises Conflict where the address is taken, django's ValidationError."""
    room = Room(slug=slug, name=name.strip(), topic=topic.strip(), private=private)
    room.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            room.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("There is a room with this address already.") from error
    _add(room, user=by, by=by, role=Membership.Role.OWNER)
    return room


@transaction.atomic
def rename_room(*, by: User, slug: str, name: str | None = None, topic: str | None = None) -> Room:
    """Owners change the name, the topic or both; the address stays. Raises django's ValidationError."""
    room = _lock_for_owner(by, slug)
    room.name = room.name if name is None else name.strip()
    room.topic = room.topic if topic is None else topic.strip()
    room.full_clean(exclude=["slug"], validate_unique=False)
    room.save(update_fields=["name", "topic"])
    _append(room, Event.Kind.ROOM_UPDATED, by=by, data={"name": room.name, "topic": room.topic})
    return room


@transaction.atomic
def delete_room(*, by: User, slug: str) -> None:
    """Owners delete a room and everything in it; who is there is told."""
    room = _lock_for_owner(by, slug)
    end_stream(room.stream, reason=ROOM_DELETED)
    room.delete()


@transaction.atomic
def join_room(*, user: User, slug: str) -> Room:
    """Anyone joins a public room. To who is not in it a private one does not exist."""
    room = _lock(slug)
    if Membership.objects.filter(room=room, user=user).exists():
        return room
    if room.private:
        raise NotFound
    _add(room, user=user, by=user)
    return room


@transaction.atomic
def add_member(*, by: User, slug: str, user: User) -> bool:
    """Owners add people; whether they were not in it yet."""
    room = _lock_for_owner(by, slug)
    return add_to_room(room=room, user=user, by=by)


@transaction.atomic
def add_to_room(*, room: Room, user: User, by: User) -> bool:
    """Add without asking for a right: for the first run, the join link and the command line."""
    room = _lock(room.slug)
    if Membership.objects.filter(room=room, user=user).exists():
        return False
    _add(room, user=user, by=by)
    return True


@transaction.atomic
def remove_member(*, by: User, slug: str, user_id: int) -> None:
    """Owners remove others, everyone removes themselves; live sockets lose the room within a second.

    The last owner stays: the room would be nobody's.
    """
    room = _lock(slug)
    own = _membership(room, by)
    member = Membership.objects.select_related("user").filter(room=room, user_id=user_id).first()
    if member is None:
        raise NotFound("There is no such member in this room.")
    if member.user_id != by.pk and own.role != Membership.Role.OWNER:
        raise Forbidden("Only an owner can remove others.")
    if member.role == Membership.Role.OWNER and not _owners(room).exclude(pk=member.pk).exists():
        raise Conflict("The last owner cannot leave: the room would be nobody's. Delete it instead.")
    member.delete()
    _append(room, Event.Kind.MEMBER_LEFT, by=by, subject=member.user)


def post_message(*, by: User, slug: str, client_id: UUID, body: str, reply_to: int | None = None) -> Posted:
    """Write a message. A repeat of `client_id` returns the first answer.

    Raises BadFrame, TooLong and NotFound. Whoever has many at once lets chat.poster write them together.
    """
    return write_post(Draft(by=by, slug=slug, client_id=client_id, body=body, reply_to=reply_to))


@transaction.atomic
def mark_read(*, by: User, slug: str, seq: int) -> int:
    """`by` has seen the room up to `seq`. Returns what is stored, which never goes back."""
    membership = membership_of(user=by, slug=slug)
    if not 0 <= seq <= membership.room.seq:
        raise BadFrame("This seq is not in the room's log.")
    Membership.objects.filter(pk=membership.pk, read_seq__lt=seq).update(read_seq=seq)
    membership.refresh_from_db(fields=["read_seq"])  # another tab may have seen more meanwhile
    return membership.read_seq


def _lock(slug: str, *, member: User | None = None) -> Room:
    """The room's row, locked until the transaction ends. With `member`, an outsider waits for no lock."""
    rooms = Room.objects.select_for_update(of=("self",), no_key=True).filter(slug=slug_to_look_up(slug))
    if member is not None:
        rooms = rooms.filter(pk__in=Membership.objects.filter(user=member).values("room"))
    room = rooms.first()
    if room is None:
        raise NotFound
    return room


def _lock_for_owner(user: User, slug: str) -> Room:
    room = _lock(slug, member=user)
    if _membership(room, user).role != Membership.Role.OWNER:
        raise Forbidden("Only an owner of the room can do this.")
    return room


def _membership(room: Room, user: User) -> Membership:
    """Read under the room's lock, which every change of a membership takes: it cannot be about to end."""
    membership = Membership.objects.filter(room=room, user=user, user__is_active=True).first()
    if membership is None:
        raise NotFound
    return membership


def _owners(room: Room) -> QuerySet[Membership]:
    return Membership.objects.filter(room=room, role=Membership.Role.OWNER, user__is_active=True)


def _add(room: Room, *, user: User, by: User, role: str = Membership.Role.MEMBER) -> None:
    Membership.objects.create(room=room, user=user, role=role, read_seq=room.seq)
    _append(room, Event.Kind.MEMBER_JOINED, by=by, subject=user)


def _append(
    room: Room,
    kind: Event.Kind,
    *,
    by: User,
    subject: User | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """The next event of a room whose row is locked."""
    room.seq += 1
    room.save(update_fields=["seq"])
    event = Event.objects.create(
        room=room,
        seq=room.seq,
        kind=kind,
        at=timezone.now(),
        by=by,
        subject=subject,
        data=data or {},
    )
    publish([event])
    return event
