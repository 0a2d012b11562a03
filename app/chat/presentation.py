"""Messages, rooms and members as the API and the pages show them."""

from typing import Any

from chat.models import Membership, Message, Room
from chat.selectors import MessagePage
from chat.times import wire_time


def person_dict(user: Any) -> dict[str, Any]:
    return {"id": user.pk, "name": user.username}


def message_dict(message: Message) -> dict[str, Any]:
    """A message as it stands now; a deleted one keeps its place and nothing else."""
    deleted = message.deleted_at is not None
    return {
        "seq": message.seq,
        "client_id": str(message.client_id),
        "by": person_dict(message.author),
        "at": wire_time(message.at),
        "body": "" if deleted else message.body,
        "html": "" if deleted else message.html,
        "reply_to": message.reply_to,
        "edited_at": wire_time(message.edited_at) if message.edited_at else None,
        "deleted": deleted,
    }


def page_dict(page: MessagePage) -> dict[str, Any]:
    return {"seq": page.seq, "more": page.more, "messages": [message_dict(message) for message in page.messages]}


def room_dict(room: Room) -> dict[str, Any]:
    """Wants a room as selectors.rooms_of gives it."""
    return {
        "slug": room.slug,
        "name": room.name,
        "topic": room.topic,
        "private": room.private,
        "seq": room.seq,
        "unread": room.unread,
    }


def member_dict(membership: Membership) -> dict[str, Any]:
    return {"user": person_dict(membership.user), "role": membership.role, "joined_at": wire_time(membership.joined_at)}
