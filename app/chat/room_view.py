"""Rooms and members as the API and the pages show them."""

from typing import Any

from chat.models import Membership, Room
from chat.presentation import person_dict
from chat.times import wire_time


def room_dict(room: Room) -> dict[str, Any]:
    """Wants a room as selectors.rooms_of gives it."""
    if room.mine is None:
        raise ValueError("a room without the membership of who asks")
    return {
        "slug": room.slug,
        "kind": room.kind,
        "name": room.title,
        "topic": room.topic,
        "private": room.private,
        "archived": room.archived,
        "people": [person_dict(person) for person in room.people],
        "seq": room.seq,
        "unread": room.unread,
        "mentions": room.mentions,
        "read_seq": room.mine.read_seq,
        "role": room.mine.role,
        "notify": room.mine.notify,
        "muted_until": mute_of(room.mine),
    }


def member_dict(membership: Membership) -> dict[str, Any]:
    return {
        "user": person_dict(membership.user),
        "role": membership.role,
        "muted_until": mute_of(membership),
        "joined_at": wire_time(membership.joined_at),
    }


def mute_of(membership: Membership) -> str | None:
    """Until when the member is muted; a mute that is over is none."""
    return wire_time(membership.muted_until) if membership.muted_until is not None and membership.muted else None
