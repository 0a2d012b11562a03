"""Who may listen to which room: asked for everybody who subscribes at about the same time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from accounts.models import User
from chat.errors import NotFound
from chat.models import Membership, stream_of
from chat.selectors import slug_to_look_up
from realtime.database import in_database
from realtime.shared_look import SharedLook


@dataclass(frozen=True, slots=True)
class Access:
    """A membership's room, and the room's head of the moment when the membership was there."""

    room_id: int
    slug: str
    stream: str
    seq: int


async def access_of(*, user: User, slug: str) -> Access:
    """What the user's membership opens. Raises NotFound, whether there is no room or no membership."""
    access = await _accesses.ask((user.pk, slug_to_look_up(slug)))
    if access is None:
        raise NotFound
    return access


def accesses(asked: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Access]:
    """Those of these pairs (a user's id, a room's slug) that are memberships: one query, however many they are."""
    users_by_room: defaultdict[str, list[int]] = defaultdict(list)
    for user_id, slug in asked:
        users_by_room[slug].append(user_id)
    # Pair by pair: a hundred users with a hundred rooms each have ten thousand memberships, and asked for a hundred.
    pairs = reduce(or_, (Q(room__slug=slug, user__in=users) for slug, users in users_by_room.items()))
    found = Membership.objects.filter(pairs, user__is_active=True)
    rows = found.values_list("user_id", "room_id", "room__slug", "room__seq")
    streams = {slug: stream_of(room_id) for _, room_id, slug, _ in rows}  # one string for all who listen
    return {(user_id, slug): Access(room_id, slug, streams[slug], seq) for user_id, room_id, slug, seq in rows}


async def _look_up(asked: list[tuple[int, str]]) -> dict[tuple[int, str], Access]:
    return await in_database(accesses, asked)


_accesses = SharedLook(_look_up)
