"""People and messages as the API and the pages show them; rooms and members: room_view.py."""

from typing import Any

import msgspec

from accounts.models import User
from chat.events import person_of
from chat.message_selectors import MessagePage, Shown
from chat.times import wire_time
from chat.upload_view import upload_dict


def person_dict(user: User) -> dict[str, Any]:
    person: dict[str, Any] = msgspec.to_builtins(person_of(user))
    return person


def message_dict(shown: Shown) -> dict[str, Any]:
    """A message as it stands now; a deleted one keeps its place and nothing else."""
    message = shown.message
    deleted = message.deleted_at is not None
    return {
        "seq": message.seq,
        "client_id": str(message.client_id),
        "by": person_dict(message.author),
        "at": wire_time(message.at),
        "body": "" if deleted else message.body,
        "html": "" if deleted else message.html,
        "reply_to": message.reply_to,
        "edited_at": wire_time(message.edited_at) if message.edited_at and not deleted else None,
        "deleted": deleted,
        "mentions": shown.mentions,
        "uploads": [upload_dict(upload) for upload in shown.uploads],
        "reactions": [
            {"emoji": emoji, "users": [{"id": user_id, "name": name} for user_id, name in users]}
            for emoji, users in shown.reactions.items()
        ],
    }


def quote_dict(shown: Shown) -> dict[str, Any]:
    """What is shown of a message with a reply to it."""
    message = message_dict(shown)
    return {name: message[name] for name in ("seq", "by", "at", "body", "deleted", "uploads")}


def page_dict(page: MessagePage) -> dict[str, Any]:
    return {
        "seq": page.seq,
        "more": page.more,
        "newer": page.newer,
        "messages": [message_dict(shown) for shown in page.messages],
        "quoted": [quote_dict(shown) for shown in page.quoted],
    }
