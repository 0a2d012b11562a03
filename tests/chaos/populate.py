"""Makes the rooms and accounts of a run, in the process that has the database: `manage.py shell`, or a test.

This file is also sent to `manage.py shell` as it is (project.py), so it imports nothing of the tests.
"""

from typing import Any

from django.db import transaction

from accounts.models import Token, User
from accounts.services import create_program
from accounts.tokens import issue_token
from chat.models import Room
from chat.services import add_to_room, create_room, delete_room

OWNER = "chaos"


@transaction.atomic
def populate(clients: int, rooms: int) -> list[dict[str, Any]]:
    """`clients` programs spread over `rooms` rooms: name, token, room, and the room's head once all are in it."""
    owner = create_program(name=OWNER)
    places = [
        create_room(by=owner, slug=f"chaos-{number}", name=f"Chaos {number}", private=True) for number in range(rooms)
    ]
    found = []
    for number in range(clients):
        user, place = create_program(name=f"chaos-{number}"), places[number % rooms]
        add_to_room(room=place, user=user, by=user)
        found.append({"name": user.username, "token": issue_token(user=user), "room": place.slug})
    heads = dict(Room.objects.filter(pk__in=[place.pk for place in places]).values_list("slug", "seq"))
    return [account | {"since": heads[account["room"]]} for account in found]


@transaction.atomic
def depopulate() -> None:
    """As if they had never been."""
    owner = User.objects.get(username=OWNER)
    for slug in Room.objects.filter(memberships__user=owner).values_list("slug", flat=True):
        delete_room(by=owner, slug=slug)
    theirs = User.objects.filter(username__startswith=f"{OWNER}-", is_program=True)
    Token.objects.filter(user__in=theirs).delete()
    theirs.delete()
    owner.delete()
