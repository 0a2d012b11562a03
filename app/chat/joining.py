"""How people and programs come into rooms without an owner's hand: the join link and the command line."""

from django.db import transaction

from accounts.models import User
from accounts.services import create_person, create_program
from chat.errors import Conflict, NotFound
from chat.models import Room
from chat.services import LOBBY, add_to_room, join_room


@transaction.atomic
def join_by_link(*, name: str, password: str) -> User:
    """A new person, in the lobby if there is one. Raises django's ValidationError."""
    user = create_person(name=name, password=password)
    enter_lobby(user=user)
    return user


def open_lobby() -> Room | None:
    """Where the join link leads, if there is such a room: into a private one it leads nobody."""
    return Room.objects.filter(slug=LOBBY, private=False).first()


def enter_lobby(*, user: User) -> Room | None:
    """Whoever follows the join link is in the lobby, or was before; None without an open one. Raises RoomsFull."""
    try:
        return join_room(user=user, slug=LOBBY)
    except NotFound:
        return None


@transaction.atomic
def program_in_rooms(*, name: str, slugs: list[str]) -> User:
    """The program's account, made where there is none, and a member of each room.

    Raises NotFound, Conflict where the account is deactivated, django's ValidationError.
    """
    user = User.objects.filter(username__iexact=name).first() or create_program(name=name)
    if not user.is_active:
        raise Conflict(f"{user} is deactivated; a token of theirs would open nothing.")
    for slug in slugs:
        room = Room.objects.filter(slug=slug).first()
        if room is None:
            raise NotFound(f"There is no room {slug!r}.")
        add_to_room(room=room, user=user, by=user)
    return user
