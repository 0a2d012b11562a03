"""The rooms' log as realtime/ wants to read it (realtime.log.Log)."""

from collections.abc import Sequence

from chat.events import ROOM_DELETED, entry_of
from chat.message_selectors import events_after, heads_of
from chat.models import stream_of
from realtime.database import in_database
from realtime.log import Entry


class RoomLog:
    """One stream a room."""

    gone = ROOM_DELETED

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Entry]:
        return await in_database(_entries_after, stream, seq, limit)

    async def heads(self, streams: Sequence[str]) -> dict[str, int]:
        return await in_database(_heads, streams)


def _entries_after(stream: str, seq: int, limit: int) -> list[Entry]:
    return [entry_of(event) for event in events_after(room_id=_room_id(stream), seq=seq, limit=limit)]


def _heads(streams: Sequence[str]) -> dict[str, int]:
    heads = heads_of(room_ids=[_room_id(stream) for stream in streams])
    return {stream_of(room_id): seq for room_id, seq in heads.items()}


def _room_id(stream: str) -> int:
    return int(stream.removeprefix("room."))
