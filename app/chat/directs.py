"""Direct messages: a room that the same people have once and for ever."""

from collections.abc import Sequence
from secrets import token_hex

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from chat.errors import BadFrame, NotFound, TooMany
from chat.models import Event, Membership, Message, Room
from chat.services import DIRECT_SLUG, add_membership
from chat.writing import lock_room

# Beside who begins it. Their ids, of 18 digits each at most (selectors.ID_DIGITS), fit into direct_key.
MAX_OTHERS = 8

# Begun by one person, and nothing said in them: they stand in the lists of others, who cannot leave them.
MAX_SILENT = 50


@transaction.atomic
def open_direct(*, by: User, people: Sequence[User]) -> Room:
    """The direct messages between `by` and `people`, made where there are none; with nobody else, notes to oneself.

    Raises BadFrame for more than MAX_OTHERS, NotFound where one is not active, TooMany for who has begun MAX_SILENT,
    RoomsFull where one of them can be in no more.
    """
    members = {person.pk: person for person in (by, *people)}
    if len(members) > MAX_OTHERS + 1:
        raise BadFrame(f"Direct messages are between you and {MAX_OTHERS} others at most.")
    key = ",".join(str(pk) for pk in sorted(members))
    room = Room.objects.filter(direct_key=key).first()
    if room is None:
        return _new_direct(key, by, list(members.values()))
    _bring_back(room, by, members)
    return room


def _new_direct(key: str, by: User, members: list[User]) -> Room:
    if not all(person.is_active for person in members):
        raise NotFound("There is nobody of this name.")
    if _silent(by) >= MAX_SILENT:
        raise TooMany("Write in the direct messages that you have begun, before you begin others.")
    room = Room(
        slug=f"{DIRECT_SLUG}{token_hex(16)}",
        name=", ".join(sorted(person.username for person in members))[: Room._meta.get_field("name").max_length],
        private=True,
        kind=Room.Kind.DIRECT,
        direct_key=key,
    )
    try:
        with transaction.atomic():
            room.save(force_insert=True)
    except IntegrityError:
        # Somebody else began it at this moment; this one waited for their commit.
        return Room.objects.get(direct_key=key)
    for person in members:
        add_membership(room, user=person, by=by, notify=Membership.Notify.EVERYTHING)
    return room


def _bring_back(room: Room, by: User, members: dict[int, User]) -> None:
    """Those who left while a release ran beside this one that knew no direct messages: they would be out for ever."""
    if Membership.objects.filter(room=room).count() == len(members):
        return
    room = lock_room(room.slug)
    there = set(Membership.objects.filter(room=room).values_list("user", flat=True))
    for number in members.keys() - there:
        add_membership(room, user=members[number], by=by, notify=Membership.Notify.EVERYTHING)


def _silent(by: User) -> int:
    """How many somebody began in which nobody has said anything."""
    began = Exists(Event.objects.filter(room=OuterRef("pk"), seq=1, by=by))
    said = Exists(Message.objects.filter(room=OuterRef("pk")))
    return Room.objects.filter(began, ~said, kind=Room.Kind.DIRECT, memberships__user=by).count()
