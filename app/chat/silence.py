"""Why somebody who is in a room may not write in it at the moment."""

from datetime import datetime

from django.utils import timezone

from chat.errors import Forbidden
from chat.models import Membership, Room


def check_may_write(own: Membership, room: Room) -> None:
    """Raises Forbidden, which says when to try again where that helps."""
    if refusal := refused_by_archive(room.archived_at) or refused_by_mute(own.muted_until, at=timezone.now()):
        raise refusal


def refused_by_archive(archived_at: datetime | None) -> Forbidden | None:
    return None if archived_at is None else Forbidden("This room is archived: nothing changes in it any more.")


def refused_by_mute(muted_until: datetime | None, *, at: datetime) -> Forbidden | None:
    if muted_until is None or muted_until <= at:
        return None
    return Forbidden("You are muted in this room.", retry_after=(muted_until - at).total_seconds())
