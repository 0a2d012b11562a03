"""What the typed form writes: messages, and changes of them."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from chat.access import access_of
from chat.editing import delete_message, edit_message
from chat.poster import get_poster
from chat.posting import Draft, Posted
from chat.protocol import Delete, Edit, Post, React
from chat.reactions import react
from chat.turns import get_turns
from realtime.database import in_database

Write = Post | Edit | Delete | React


async def carry_out(write: Write, *, by: User) -> Posted:
    """Raises ChatError."""
    match write:
        case Post():
            draft = Draft(
                by=by,
                slug=write.room,
                client_id=write.client_id,
                body=write.body,
                reply_to=write.reply_to,
                uploads=tuple(write.uploads),
            )
            return await get_poster().post(draft)
        case Edit():
            return await _change(edit_message, write, by, body=write.body)
        case Delete():
            return await _change(delete_message, write, by)
        case React():
            return await _change(react, write, by, emoji=write.emoji, on=write.on)


async def _change(service: Callable[..., Posted], write: Edit | Delete | React, by: User, **what: Any) -> Posted:
    # An outsider waits for nobody's turn, and takes none.
    await access_of(user=by, slug=write.room)
    async with get_turns().of(write.room):
        return await in_database(service, by=by, slug=write.room, client_id=write.client_id, seq=write.seq, **what)
