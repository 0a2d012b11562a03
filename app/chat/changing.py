"""What every change of a message begins with: editing.py, reactions.py."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from chat.errors import NotFound
from chat.models import Event, Membership, Message, Room
from chat.posting import MAX_SEQ, Posted
from chat.silence import check_may_write
from chat.writing import lock_room, membership_in


@dataclass(frozen=True, slots=True)
class Change:
    """A message that is about to be changed by a member of its room, whose row is locked."""

    room: Room
    membership: Membership
    message: Message

    def check_open(self) -> None:
        """Whether anything is written here by this member. Raises Forbidden."""
        check_may_write(self.membership, self.room)

    @property
    def nothing(self) -> Posted:
        """The answer where there is nothing to change: no event is written."""
        return Posted(seq=self.room.seq, duplicate=True)


def begin_change(*, by: User, slug: str, client_id: UUID, seq: int) -> Change | Posted:
    """In a transaction. A repeat of `client_id` gets the first answer. Raises NotFound."""
    room = lock_room(slug, member=by)
    membership = membership_in(room, by)
    first = Event.objects.filter(room=room, by=by, client_id=client_id).values_list("seq", flat=True).first()
    if first is not None:
        return Posted(seq=first, duplicate=True)
    message = Message.objects.select_related("author").filter(room=room, seq=seq).first() if seq <= MAX_SEQ else None
    if message is None:
        raise NotFound("There is no such message.")
    return Change(room, membership, message)
