"""The people of the tests.

ana set this place up and owns its lobby, berto is a member of it, carla is always the outsider, and bot is a program.
"""

from dataclasses import dataclass

from django.test import Client

from accounts.models import User
from accounts.services import create_person
from chat.joining import join_by_link
from chat.models import Membership, Room

PASSWORD = "nueve-cafes-cortados"


def newcomer(name: str) -> User:
    """Someone with an account who is in no room."""
    return create_person(name=name, password=PASSWORD)


def guest(name: str) -> User:
    """Someone who came by the join link: in the lobby."""
    return join_by_link(name=name, password=PASSWORD)


def is_in(room: Room, user: User) -> bool:
    return Membership.objects.filter(room=room, user=user).exists()


def role_of(user: User, room: Room) -> str:
    return Membership.objects.get(room=room, user=user).role


@dataclass(frozen=True, slots=True)
class Browser:
    """Where someone is signed in: one session."""

    client: Client

    @property
    def session_key(self) -> str:
        return self.client.cookies["sessionid"].value

    @property
    def cookie(self) -> str:
        return f"sessionid={self.session_key}"


def browser_of(user: User) -> Browser:
    """A new session of `user`, as signing in makes one."""
    client = Client()
    client.force_login(user)
    return Browser(client)
