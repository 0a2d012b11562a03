"""What somebody has not seen of a room: the one definition, for lists of rooms and for what live sockets are told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from chat.row_lists import flat, for_rows

# Counting ends here: 100 says "100 or more". Of a busy room five thousand members who look elsewhere are counted each
# second, and somebody may not have looked for a year.
COUNTS_TO = 100

# So many messages are looked at, from the newest back. Who posts most of a room and never says what they have read, as
# programs do, would else have all that they ever said looked through once a second.
LOOKS_AT = 2_000

# Messages of others, as they stand now, after what the member has seen; and those of them that name the member.
# In the order of an index, which PostgreSQL then reads no further than it must: a hundred rooms with 10,000 unread
# messages of twenty people in each take 4 ms. `LIMIT (SELECT ...)`: it plans for a room of the usual size and, where
# that is below the limit, would fetch all messages of the largest room to sort them. Of a limit that it does not know
# while it plans it supposes that a tenth of the rows will do, and reads in order.
COUNTS = """
WITH wanted (user_id, room_id) AS (VALUES {rows})
SELECT member.user_id, member.room_id,
  (SELECT count(*) FROM (
    SELECT 1 FROM (
      SELECT message.author_id, message.deleted_at FROM chat_message AS message
      WHERE message.room_id = member.room_id AND message.seq > member.read_seq
      ORDER BY message.seq DESC LIMIT (SELECT %s)) AS recent
    WHERE recent.author_id <> member.user_id AND recent.deleted_at IS NULL LIMIT %s) AS unread),
  (SELECT count(*) FROM (
    SELECT 1 FROM chat_mention AS mention
    WHERE mention.user_id = member.user_id AND mention.room_id = member.room_id AND mention.seq > member.read_seq
    ORDER BY mention.seq LIMIT (SELECT %s)) AS mentions)
FROM chat_membership AS member
JOIN wanted ON wanted.user_id = member.user_id AND wanted.room_id = member.room_id
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a member has not seen of a room: COUNTS_TO of each at the most.

    Who has said LOOKS_AT messages since what they have seen, or among whose newest so many were deleted, is told of
    fewer than there are; `unread` may then be less than `mentions`.
    """

    unread: int = 0
    mentions: int = 0


def counts_of(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Counts]:
    """Of those of these pairs (a user's id, a room's id) that are memberships: one query, however many they are."""
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(for_rows(COUNTS, pairs), [*flat(pairs), LOOKS_AT, COUNTS_TO, COUNTS_TO])
        rows = cursor.fetchall()
    return {(user_id, room_id): Counts(unread, mentions) for user_id, room_id, unread, mentions in rows}
