"""People with sessions and rooms with members, thousands at once, as rows. Needs Tertulia's settings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from chat.models import Membership, Room

BATCH = 1000
SESSION_KEY_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def people(number: int, prefix: str) -> list[str]:
    """Who have no password, but a session each, as signing in makes it. The keys of the sessions."""
    users = [User(username=f"{prefix}{at}", password=make_password(None)) for at in range(number)]
    User.objects.bulk_create(users, batch_size=BATCH)
    expires = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    sessions = [session_of(user, expires) for user in users]
    Session.objects.bulk_create(sessions, batch_size=BATCH)
    return [session.session_key for session in sessions]


def session_of(user: User, expires: datetime) -> Session:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    holds = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = get_random_string(32, SESSION_KEY_LETTERS)
    return Session(session_key=key, session_data=store.encode(holds), expire_date=expires)


def rooms(number: int, prefix: str, keys: Sequence[str]) -> list[str]:
    """Private rooms in which nothing has happened; whose session is the n-th of `keys` is in room n modulo `number`."""
    made = [Room(slug=f"{prefix}{at}", name=f"Room {at}", private=True) for at in range(number)]
    Room.objects.bulk_create(made, batch_size=BATCH)
    stored = Session.objects.filter(session_key__in=keys).in_bulk(field_name="session_key")
    memberships = [
        Membership(room=made[at % number], user_id=int(stored[key].get_decoded()[SESSION_KEY]))
        for at, key in enumerate(keys)
    ]
    Membership.objects.bulk_create(memberships, batch_size=BATCH)
    return [room.slug for room in made]
