"""Every write to a room, but for what is said (posting.py), roles (roles.py) and direct messages (directs.py).

A write locks the room's row, takes the next seq, appends to the log and publishes after commit; so commit order is
sequence order. Keyword-only arguments; raises the errors of errors.py.
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.errors import BadFrame, Conflict, NotFound, RoomsFull
from chat.events import ROOM_DELETED
from chat.models import Event, Membership, Message, Reaction, Room, Upload
from chat.posting import Draft, Posted, write_post
from chat.roles import check_authority, check_moderates, check_owners_without, member_of, mute_still_running
from chat.selectors import membership_of, slug_to_look_up
from chat.unread import rooms_changed
from chat.writing import append_event, lock_for_owner, lock_room, membership_in, refuse_direct
from realtime.control import end_stream

# What the address of direct messages begins with, and no other room's.
DIRECT_SLUG = "dm-"

# The first room's address, where the join link leads: who opens a room there has everybody who joins.
LOBBY = "lobby"

# One can be added to rooms without being asked. With 1,500 of them a page took 1 to 2.5 s, its list of rooms 670 KB.
MAX_ROOMS = 500

# Of these, so many are left for what one makes or joins oneself. Else anybody could fill all of them with direct
# messages, which nobody leaves, and who is in 500 could open no room and join none.
OWN_ROOMS = 100


@transaction.atomic
def create_room(*, by: User, slug: str, name: str, topic: str = "", private: bool = False) -> Room:
    """A room with `by` as its owner.

    Raises Conflict where the address is taken, RoomsFull, django's ValidationError.
    """
    room = Room(slug=slug, name=name.strip(), topic=topic.strip(), private=private)
    room.full_clean(validate_unique=False)
    if slug.startswith(DIRECT_SLUG):
        raise ValidationError({"slug": _("Addresses that begin with dm- are those of direct messages.")})
    try:
        with transaction.atomic():
            room.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("There is a room with this address already.") from error
    if slug == LOBBY and not by.is_staff:  # said only where it is free
        raise ValidationError({"slug": _("Whoever joins arrives at this address: only an administrator opens it.")})
    add_membership(room, user=by, by=by, role=Membership.Role.OWNER)
    return room


@transaction.atomic
def update_room(
    *,
    by: User,
    slug: str,
    name: str | None = None,
    topic: str | None = None,
    private: bool | None = None,
    archived: bool | None = None,
) -> Room:
    """Owners change what is not None; the address stays, and so do the members of a room that becomes private.

    What changes nothing is no event. Raises django's ValidationError.
    """
    room = lock_for_owner(by, slug)
    return _update(room, by=by, name=name, topic=topic, private=private, archived=archived)


@transaction.atomic
def archive_room(*, room: Room, by: User, archived: bool) -> Room:
    """Archive, or open again, without asking for a right: for the administrator. Not direct messages: Forbidden."""
    room = lock_room(room.slug)
    refuse_direct(room)
    return _update(room, by=by, archived=archived)


@transaction.atomic
def delete_room(*, by: User, slug: str) -> None:
    """Owners delete a room and everything in it; who is there is told."""
    _erase(lock_for_owner(by, slug))


@transaction.atomic
def erase_room(*, room: Room) -> None:
    """Delete without asking for a right: for the administrator."""
    _erase(lock_room(room.slug))


@transaction.atomic
def join_room(*, user: User, slug: str) -> Room:
    """Anyone joins a public room. To who is not in it a private one does not exist: they do not wait for its lock.

    Raises NotFound, RoomsFull.
    """
    if not Room.objects.filter(slug=slug_to_look_up(slug), private=False).exists():
        return membership_of(user=user, slug=slug).room
    room = lock_room(slug)
    if Membership.objects.filter(room=room, user=user).exists():
        return room
    if room.private:
        raise NotFound
    add_membership(room, user=user, by=user)
    return room


@transaction.atomic
def add_member(*, by: User, slug: str, user: User) -> bool:
    """Owners add people; whether they were not in it yet. Raises RoomsFull."""
    room = lock_for_owner(by, slug)
    return add_to_room(room=room, user=user, by=by)


@transaction.atomic
def add_to_room(*, room: Room, user: User, by: User) -> bool:
    """Add without asking for a right: for the command line."""
    room = lock_room(room.slug)
    refuse_direct(room)
    if Membership.objects.filter(room=room, user=user).exists():
        return False
    add_membership(room, user=user, by=by)
    return True


@transaction.atomic
def remove_member(*, by: User, slug: str, user_id: int) -> None:
    """Owners remove anyone, moderators members, everyone themselves; live sockets lose the room within a second.

    The last owner stays: the room would be nobody's. Raises NotFound, Forbidden, Conflict.
    """
    room = lock_room(slug, member=by)
    own = membership_in(room, by)
    refuse_direct(room)
    if own.role == Membership.Role.MEMBER and user_id != by.pk:
        check_moderates(own)  # before it is looked up: a member learns nothing of who else is there
    member = member_of(room, user_id)
    if member.pk != own.pk:
        check_authority(own, member)
    check_owners_without(room, member)
    member.delete()
    append_event(room, Event.Kind.MEMBER_LEFT, by=by, subject=member.user)


@transaction.atomic
def choose_notices(*, by: User, slug: str, notify: str) -> None:
    """What of the room `by` is told of while they look elsewhere: one of Membership.Notify."""
    membership = membership_of(user=by, slug=slug)
    Membership.objects.filter(pk=membership.pk).update(notify=Membership.Notify(notify))


def add_membership(
    room: Room,
    *,
    user: User,
    by: User,
    role: str = Membership.Role.MEMBER,
    notify: str = Membership.Notify.MENTIONS,
) -> None:
    """Somebody is in the room from now on, and has read what was said before. Wants the room locked, or new.

    Raises RoomsFull for who is in MAX_ROOMS, and before that for whom others add.
    """
    rooms = Membership.objects.filter(user=user).count()
    if rooms >= MAX_ROOMS and user == by:
        raise RoomsFull(f"{user} is in {MAX_ROOMS} rooms already, which is as many as one can look after.", name=None)
    if rooms >= MAX_ROOMS - OWN_ROOMS and user != by:
        raise RoomsFull(f"{user} cannot be added to more rooms.", name=user.username)
    Membership.objects.create(
        room=room,
        user=user,
        role=role,
        notify=notify,
        read_seq=room.seq,
        muted_until=mute_still_running(room, user) if role != Membership.Role.OWNER else None,
    )
    append_event(room, Event.Kind.MEMBER_JOINED, by=by, subject=user)
    rooms_changed(user_ids=[user.pk], room_id=room.pk)


def _update(
    room: Room,
    *,
    by: User,
    name: str | None = None,
    topic: str | None = None,
    private: bool | None = None,
    archived: bool | None = None,
) -> Room:
    before = _about(room)
    room.name = room.name if name is None else name.strip()
    room.topic = room.topic if topic is None else topic.strip()
    room.private = room.private if private is None else private
    if archived is not None and archived != room.archived:
        room.archived_at = timezone.now() if archived else None
    room.full_clean(exclude=["slug"], validate_unique=False)
    after = _about(room)
    was = {field: value for field, value in before.items() if value != after[field]}
    if was:
        room.save(update_fields=["name", "topic", "private", "archived_at"])
        append_event(room, Event.Kind.ROOM_UPDATED, by=by, data={**after, "was": was})
    return room


def _erase(room: Room) -> None:
    end_stream(room.stream, reason=ROOM_DELETED)
    # Django would collect each row in memory before it deletes: 10,000 messages took 0.7 s. So, 100,000 take 2 s.
    Upload.objects.filter(room=room).delete()  # one by one, since their files follow
    Reaction.objects.filter(message__room=room).delete()
    messages = Message.objects.filter(room=room)
    messages._raw_delete(messages.db)
    room.delete()


def _about(room: Room) -> dict[str, Any]:
    """What an event says of a room."""
    return {"name": room.name, "topic": room.topic, "private": room.private, "archived": room.archived}


def post_message(
    *,
    by: User,
    slug: str,
    client_id: UUID,
    body: str,
    reply_to: int | None = None,
    uploads: tuple[UUID, ...] = (),
) -> Posted:
    """Write a message. A repeat of `client_id` returns the first answer.

    Raises BadFrame, TooLong, NotFound, Forbidden and Conflict. Whoever has many at once lets chat.poster write them
    together.
    """
    return write_post(Draft(by=by, slug=slug, client_id=client_id, body=body, reply_to=reply_to, uploads=uploads))


@transaction.atomic
def mark_read(*, by: User, slug: str, seq: int) -> int:
    """`by` has seen the room up to `seq`. Returns what is stored, which never goes back."""
    membership = membership_of(user=by, slug=slug)
    if not 0 <= seq <= membership.room.seq:
        raise BadFrame("This seq is not in the room's log.")
    if Membership.objects.filter(pk=membership.pk, read_seq__lt=seq).update(read_seq=seq):
        rooms_changed(user_ids=[by.pk], room_id=membership.room_id)
    # Another tab may have seen more meanwhile, or the member may have been removed.
    stored = Membership.objects.filter(pk=membership.pk).values_list("read_seq", flat=True).first()
    if stored is None:
        raise NotFound
    return stored
