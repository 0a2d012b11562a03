"""Every read of rooms and people. What a user may not see is looked up through their membership."""

import re
from collections.abc import Iterable

from django.db.models import Count, F, QuerySet

from accounts.models import User
from chat.errors import NotFound
from chat.models import SLUG, Membership, Room
from chat.silence import check_may_write
from chat.unread_counts import counts_of

# More digits than these may not fit into a key of the database.
ID_DIGITS = 18
# Found by the beginning of a name: more are found by more of it.
PEOPLE = 20


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


def room_to_write_in(*, user: User, slug: str) -> Room:
    """Where a post of the user's would be taken. Raises NotFound and Forbidden."""
    membership = membership_of(user=user, slug=slug)
    check_may_write(membership, membership.room)
    return membership.room


def rooms_of(*, user: User) -> list[Room]:
    """The user's rooms in the order of a list: rooms by name, then direct messages, then what is archived.

    Each has `mine`, `unread`, `mentions` and, of direct messages, `people`. Three queries, whatever their number.
    """
    return _as_seen_by(user, Membership.objects.filter(user=user))


def room_of(*, user: User, slug: str) -> Room:
    """One room of the user's as `rooms_of` gives it. Raises NotFound."""
    found = _as_seen_by(user, Membership.objects.filter(user=user, room__slug=slug_to_look_up(slug)))
    if not found:
        raise NotFound
    return found[0]


def name_for_viewer(room: Room, *, user: User) -> Room:
    """The room with its `people`, so that its `title` is what the user calls it; a query for direct messages alone."""
    _introduce([room], user)
    return room


def name_all_for_viewer(rooms: list[Room], *, user: User) -> None:
    """The same for many at once."""
    _introduce(rooms, user)


def _as_seen_by(user: User, memberships: QuerySet[Membership]) -> list[Room]:
    found = list(memberships.filter(user__is_active=True).select_related("room"))
    counts = counts_of([(user.pk, membership.room_id) for membership in found])
    for membership in found:
        room = membership.room
        room.mine = membership
        counted = counts.get((user.pk, room.pk))
        if counted is not None:  # else it ended between the two queries
            room.unread, room.mentions = counted.unread, counted.mentions
    rooms = [membership.room for membership in found]
    _introduce(rooms, user)
    return sorted(
        rooms, key=lambda room: (room.archived, room.kind == Room.Kind.DIRECT, room.title.casefold(), room.pk)
    )


def _introduce(rooms: list[Room], user: User) -> None:
    """Fill in the `people` of direct messages: the others, by name."""
    directs = {room.pk: room for room in rooms if room.kind == Room.Kind.DIRECT}
    if not directs:
        return
    others = Membership.objects.filter(room__in=directs.keys()).exclude(user=user)
    for room in directs.values():
        room.people = []
    for other in others.select_related("user").order_by("user__username"):
        directs[other.room_id].people = [*directs[other.room_id].people, other.user]


def joinable_rooms(*, user: User) -> QuerySet[Room]:
    """Public rooms that the user is not in, each with how many are; what is archived last."""
    return (
        Room.objects.filter(private=False)
        .exclude(memberships__user=user)
        .annotate(member_count=Count("memberships"))
        .order_by(F("archived_at").asc(nulls_first=True), "name", "pk")
    )


def members_of(*, room: Room) -> QuerySet[Membership]:
    return room.memberships.select_related("user").order_by("user__username")


def people_named(*, beginning: str, limit: int = PEOPLE) -> list[User]:
    """Active people and programs whose name begins so, whatever its case, by name."""
    if "\x00" in beginning:
        return []
    return list(User.objects.filter(is_active=True, username__istartswith=beginning).order_by("username")[:limit])


def active_people(*, ids: Iterable[int]) -> list[User]:
    """Those of these ids who are active, by name."""
    return list(User.objects.filter(is_active=True, pk__in=ids).order_by("username"))


def person_named(*, name: str) -> User:
    """Someone active by name, whatever its case. Raises NotFound."""
    return _one_of(User.objects.filter(is_active=True), name)


def person(*, id_or_name: str, active: bool = True) -> User:
    """Someone by id or by name; a name of digits is taken for an id first. Raises NotFound."""
    people = User.objects.filter(is_active=True) if active else User.objects.all()
    found = people.filter(pk=int(id_or_name)).first() if is_id(id_or_name) else None
    return found or _one_of(people, id_or_name)


def _one_of(people: QuerySet[User], name: str) -> User:
    # PostgreSQL fails at NUL instead of finding nobody.
    found = None if "\x00" in name else people.filter(username__iexact=name).first()
    if found is None:
        raise NotFound("There is nobody of this name.")
    return found


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= ID_DIGITS
