"""Emojis that people put to messages. Keyword-only arguments; raises the errors of errors.py."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from chat.changing import begin_change
from chat.emojis import check_emoji
from chat.errors import Conflict, NotFound
from chat.models import Event, Reaction
from chat.posting import Posted
from chat.writing import append_event

# Different emojis of one message, and reactions in all. Everybody's are shown with each message, by name: without a
# bound a page of the API would have none.
MAX_EMOJIS = 20
MAX_REACTIONS = 500


@transaction.atomic
def react(*, by: User, slug: str, client_id: UUID, seq: int, emoji: str, on: bool) -> Posted:
    """Put `emoji` to a message, or take it back (`on` is false). What is so already is written nowhere.

    A repeat of `client_id` gets the first answer. Raises BadFrame, NotFound, Forbidden and Conflict.
    """
    emoji = check_emoji(emoji)
    change = begin_change(by=by, slug=slug, client_id=client_id, seq=seq)
    if isinstance(change, Posted):
        return change
    if change.message.deleted_at is not None:
        raise NotFound("This message was deleted.")
    change.check_open()
    there = list(Reaction.objects.filter(message=change.message).only("user_id", "emoji", "seq"))
    mine = next((reaction for reaction in there if (reaction.user_id, reaction.emoji) == (by.pk, emoji)), None)
    if on == (mine is not None):
        return change.nothing
    kind = Event.Kind.REACTION_ADDED if on else Event.Kind.REACTION_REMOVED
    if mine is None:
        _check_room_for(emoji, there)
    data = {"of": seq, "client_id": str(client_id), "emoji": emoji}
    event = append_event(change.room, kind, by=change.membership.user, client_id=client_id, data=data)
    if mine is None:
        Reaction.objects.create(message=change.message, user=by, emoji=emoji, seq=event.seq)
    else:
        _take_back(mine, there)
    return Posted(seq=event.seq, duplicate=False)


def _check_room_for(emoji: str, there: list[Reaction]) -> None:
    emojis = {reaction.emoji for reaction in there}
    if len(there) >= MAX_REACTIONS or (len(emojis) >= MAX_EMOJIS and emoji not in emojis):
        raise Conflict("This message has as many reactions as there is room for.")


def _take_back(mine: Reaction, there: list[Reaction]) -> None:
    """The emojis of a message stand in the order in which they were first put: if that was with this reaction, the next
    one of the same emoji takes over its seq, so that no emoji moves while anybody's is left."""
    mine.delete()
    same = [reaction for reaction in there if reaction.emoji == mine.emoji]
    if same[0] is mine and len(same) > 1:
        same[1].seq = mine.seq
        same[1].save(update_fields=["seq"])
