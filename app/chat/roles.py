"""Who may tell whom in a room: owners everyone, moderators the members."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chat.errors import BadFrame, Conflict, Deactivated, Forbidden, NotFound
from chat.models import Event, Membership, Room
from chat.silence import refused_by_mute
from chat.times import wire_time
from chat.writing import append_event, lock_room, membership_in, refuse_direct

Role = Membership.Role

# "Until lifted": nobody who is muted for so long waits for its end.
LONGEST_MUTE = timedelta(days=36_525)


def check_moderates(own: Membership) -> None:
    """Owners and moderators do. Who is muted does not meanwhile: it would be for them to lift or to repay.

    Raises Forbidden.
    """
    if own.role == Role.MEMBER:
        raise Forbidden("Only an owner or a moderator of the room can do this.")
    check_not_muted(own)


def check_not_muted(own: Membership) -> None:
    """Raises Forbidden, which says when to try again."""
    if refusal := refused_by_mute(own.muted_until, at=timezone.now()):
        raise refusal


def check_authority(own: Membership, over: Membership) -> None:
    """Of an owner over everyone, of a moderator over members. Raises Forbidden."""
    check_moderates(own)
    if own.role != Role.OWNER and over.role != Role.MEMBER:
        raise Forbidden("Only an owner can do this to an owner or a moderator.")


def check_owners_without(room: Room, member: Membership) -> None:
    """Whether the room keeps an owner who is active when this one is none any more. Raises Conflict."""
    if member.role != Role.OWNER:
        return
    owners = Membership.objects.filter(room=room, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        raise Conflict("This is the last owner: the room would be nobody's. Make somebody else an owner first.")


@transaction.atomic
def change_member(*, by: User, slug: str, user_id: int, role: str | None = None, mute: int | None = None) -> Membership:
    """Owners give roles; owners and moderators mute, for `mute` seconds, 0 ends it. What is None stays.

    Nobody mutes themselves, and nobody an owner: who becomes one is muted no more. Raises NotFound, Forbidden, and
    Conflict where the room would lose its last owner or get one who is deactivated.
    """
    room = lock_room(slug, member=by)
    own = membership_in(room, by)
    refuse_direct(room)
    member = member_of(room, user_id)
    with _told(room, member, by=by):
        if role is not None and role != member.role:
            _give_role(room, own, member, Role(role))
        if mute is not None:
            _mute(own, member, mute)
    return member


@transaction.atomic
def appoint_owner(*, member: Membership, by: User) -> None:
    """Without asking for a right: for the administrator, where nobody who could do it is left.

    Raises Forbidden for direct messages, NotFound for who is no member any more, Conflict for who is deactivated.
    """
    room = lock_room(member.room.slug)
    refuse_direct(room)
    member = member_of(room, member.user_id)
    with _told(room, member, by=by):
        _become(member, Role.OWNER)


def member_of(room: Room, user_id: int) -> Membership:
    """Raises NotFound."""
    # Of a user's own key Django knows what fits into it; SQLite fails at a larger number instead of finding nobody.
    someone = User.objects.filter(pk=user_id)
    member = Membership.objects.select_related("user").filter(room=room, user__in=someone).first()
    if member is None:
        raise NotFound("There is no such member in this room.")
    return member


def mute_still_running(room: Room, user: User) -> datetime | None:
    """Until when somebody who was in the room before was muted there: to leave and to join again does not end it."""
    last = Event.objects.filter(room=room, kind=Event.Kind.MEMBER_CHANGED, subject=user).order_by("-seq").first()
    if last is None or last.data["muted_until"] is None:
        return None
    until = datetime.fromisoformat(last.data["muted_until"]).astimezone(UTC)
    return until if until > timezone.now() else None


def _give_role(room: Room, own: Membership, member: Membership, role: Membership.Role) -> None:
    if own.role != Role.OWNER:
        raise Forbidden("Only an owner of the room gives roles.")
    check_owners_without(room, member)
    _become(member, role)


def _become(member: Membership, role: Membership.Role) -> None:
    if role != Role.MEMBER and not member.user.is_active:
        raise Deactivated("This person is deactivated.")
    member.role = role
    if role == Role.OWNER:
        member.muted_until = None


def _mute(own: Membership, member: Membership, seconds: int) -> None:
    if seconds < 0:
        raise BadFrame("Nobody is muted for less than no time.")
    if member.user_id == own.user_id:
        raise Forbidden("Nobody mutes themselves.")
    check_authority(own, member)
    if seconds and member.role == Role.OWNER:
        raise Forbidden("An owner cannot be muted.")
    length = timedelta(seconds=min(seconds, LONGEST_MUTE.total_seconds()))
    member.muted_until = timezone.now() + length if seconds else None


@contextmanager
def _told(room: Room, member: Membership, *, by: User) -> Iterator[None]:
    """Save what is changed of a member meanwhile, and tell the room; nothing of it where nothing was changed."""
    before = _standing(member)
    yield
    after = _standing(member)
    was = {name: value for name, value in before.items() if value != after[name]}
    if was:
        member.save(update_fields=["role", "muted_until"])
        append_event(room, Event.Kind.MEMBER_CHANGED, by=by, subject=member.user, data={**after, "was": was})


def _standing(member: Membership) -> dict[str, Any]:
    """What an event says of a member."""
    until = member.muted_until
    return {"role": str(member.role), "muted_until": None if until is None else wire_time(until)}
