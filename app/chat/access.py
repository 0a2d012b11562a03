"""Who may listen to which room: asked for everybody who subscribes at about the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.models import User
from chat.errors import NotFound
from chat.models import stream_of
from chat.row_lists import flat, for_rows
from chat.selectors import slug_to_look_up
from realtime.database import in_database
from realtime.shared_look import SharedLook

# Pair by pair: a hundred users with a hundred rooms each have ten thousand memberships, and asked for a hundred. As a
# table, since PostgreSQL takes 30 times as long for a condition with 500 alternatives.
ACCESSES = """
WITH wanted (user_id, slug) AS (VALUES {rows})
SELECT wanted.user_id, room.id, room.slug, room.seq
FROM chat_membership AS member
JOIN chat_room AS room ON room.id = member.room_id
JOIN wanted ON wanted.user_id = member.user_id AND wanted.slug = room.slug
JOIN accounts_user AS person ON person.id = wanted.user_id AND person.is_active
"""


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
    with connection.cursor() as cursor:
        cursor.execute(for_rows(ACCESSES, asked), flat(asked))
        rows = cursor.fetchall()
    streams = {slug: stream_of(room_id) for _, room_id, slug, _ in rows}  # one string for all who listen
    return {(user_id, slug): Access(room_id, slug, streams[slug], seq) for user_id, room_id, slug, seq in rows}


async def _look_up(asked: list[tuple[int, str]]) -> dict[tuple[int, str], Access]:
    return await in_database(accesses, asked)


_accesses = SharedLook(_look_up)
