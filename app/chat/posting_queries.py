"""The questions of posting.py that the ORM does not ask in one query for many posts at once.

Each is given a list of rows as a table (chat/row_lists.py).
"""
# ruff: noqa: S608 - every value is a parameter

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from chat.models import Event, Membership, Room
from chat.row_lists import flat, for_rows

# Who asks for which room: a slug and a user's id.
Seat = tuple[str, int]

# A post as the log may know it: room, sender, client_id, and the seq that it replies to, or 0.
Trace = tuple[int, int, UUID, int]


class Known(NamedTuple):
    """What the database knows of a post: the seq of an earlier one with the same client_id, and of the message that it
    replies to; until when its sender is muted; the version of the sender's picture."""

    earlier: int | None
    replied: int | None
    muted_until: datetime | None
    picture_version: str


# What a transaction of many waits for a lock: they all wait with it.
LOCK_MILLISECONDS = 250
LIMIT_LOCK_WAITS = f"set_config('lock_timeout', '{LOCK_MILLISECONDS}ms', true) AS lock_timeout"

SEATS = """
WITH wanted (slug, user_id) AS (VALUES {rows})
SELECT room.id AS room_id, wanted.slug AS slug, wanted.user_id AS user_id
FROM wanted
JOIN chat_room AS room ON room.slug = wanted.slug
JOIN chat_membership AS member ON member.room_id = room.id AND member.user_id = wanted.user_id
"""

TRACES = """
WITH wanted (number, room_id, user_id, client_id, reply_to) AS (VALUES {rows})
SELECT wanted.number, event.seq, message.seq, member.muted_until, person.picture_version
FROM wanted
JOIN chat_membership AS member ON member.room_id = wanted.room_id AND member.user_id = wanted.user_id
JOIN accounts_user AS person ON person.id = wanted.user_id AND person.is_active
LEFT JOIN chat_event AS event
    ON event.room_id = wanted.room_id AND event.by_id = wanted.user_id AND event.client_id = wanted.client_id
LEFT JOIN chat_message AS message ON message.room_id = wanted.room_id AND message.seq = wanted.reply_to
"""

HEADS = """
WITH head (room_id, seq) AS (VALUES {rows})
UPDATE chat_room SET seq = head.seq FROM head WHERE chat_room.id = head.room_id
"""


def lock_rooms(seats: Iterable[Seat], *, skip_locked: bool) -> list[Room]:
    """The rooms in which any of `seats` is a member's, with the columns below, locked until the transaction ends.

    In the order of their ids, so that two of these never wait for each other. With `skip_locked`, a room whose lock
    somebody else has is left out instead of waited for.
    """
    seats = sorted(set(seats))
    columns, lock = "id, slug, seq, archived_at", ""
    if connection.features.has_select_for_update:  # SQLite's transactions have the whole database for themselves
        lock = "FOR NO KEY UPDATE"
        if skip_locked:
            # It waits for no room, and not for long for anything else: a sender's own row, say.
            columns, lock = f"{columns}, {LIMIT_LOCK_WAITS}", f"{lock} SKIP LOCKED"
    rooms = f"SELECT room_id FROM ({for_rows(SEATS, seats)}) AS seats"
    return list(
        Room.objects.raw(f"SELECT {columns} FROM chat_room WHERE id IN ({rooms}) ORDER BY id {lock}", flat(seats))
    )


def seats_taken(seats: Iterable[Seat]) -> set[Seat]:
    """Those of `seats` that are a member's."""
    seats = sorted(set(seats))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT slug, user_id FROM ({for_rows(SEATS, seats)}) AS seats", flat(seats))
        return set(cursor.fetchall())


def look_up(traces: Sequence[Trace]) -> dict[int, Known]:
    """For each trace by its number, if its sender is an active member."""
    client_id = Event._meta.get_field("client_id")
    rows = [
        (number, room, user, client_id.get_db_prep_value(given, connection), reply_to)
        for number, (room, user, given, reply_to) in enumerate(traces)
    ]
    with connection.cursor() as cursor:
        cursor.execute(for_rows(TRACES, rows), flat(rows))
        return {
            number: Known(earlier, replied, _time_of(muted_until), version)
            for number, earlier, replied, muted_until, version in cursor.fetchall()
        }


def _time_of(stored: object) -> datetime | None:
    """SQLite has no type for times: what the ORM makes of them."""
    column = Membership._meta.get_field("muted_until").cached_col
    for converter in connection.ops.get_db_converters(column):
        stored = converter(stored, column, connection)
    return stored if isinstance(stored, datetime) else None


def move_heads(rooms: Iterable[Room]) -> None:
    """Write the `seq` of rooms whose rows are locked."""
    heads = [(room.pk, room.seq) for room in rooms]
    with connection.cursor() as cursor:
        cursor.execute(for_rows(HEADS, heads), flat(heads))


def limit_lock_waits() -> None:
    """Until the running transaction ends, it fails where it waits for a lock for longer than LOCK_MILLISECONDS."""
    if connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {LIMIT_LOCK_WAITS}")
