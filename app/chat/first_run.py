"""The first minute of an installation: its administrator and its first room."""

from django.db import transaction

from accounts.models import User
from accounts.services import claim_installation, create_administrator
from chat.services import LOBBY, create_room


@transaction.atomic
def first_run(*, name: str, password: str, room: str = "Lobby") -> User:
    """Make the administrator and the lobby, whose name is what they like. Of two who do it at once, one succeeds.

    Raises accounts.services.AlreadySetUp, django's ValidationError.
    """
    claim_installation()
    administrator = create_administrator(name=name, password=password)
    create_room(by=administrator, slug=LOBBY, name=room)
    return administrator
