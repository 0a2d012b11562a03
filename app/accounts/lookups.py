"""Who is behind a session's key or a program's token: asked for all sockets that are opened at about the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Token, User
from accounts.sessions import SESSION_KEY_FORM, SessionStore
from accounts.tokens import digest_of
from realtime.database import in_database
from realtime.shared_look import SharedLook


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A good session. `user` is None where nobody is signed in with it (any more)."""

    session: SessionStore
    user: User | None


async def signed_in(session_key: str) -> SignedIn | None:
    """The session with this key; None where there is none (any more)."""
    return await _sessions.ask(session_key) if SESSION_KEY_FORM.fullmatch(session_key) else None


async def token_given(token: str) -> Token | None:
    """The stored token of an active user."""
    return await _tokens.ask(digest_of(token))


def sessions_with(keys: Sequence[str]) -> dict[str, SignedIn]:
    """The good ones among these keys: two queries, however many they are."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {key: SessionStore.found(key, data) for key, data in rows.values_list("session_key", "session_data")}
    claims = {key: _user_id(session) for key, session in sessions.items()}
    users = User.objects.filter(is_active=True).in_bulk({user_id for user_id in claims.values() if user_id is not None})
    return {key: SignedIn(session, _proven(session, users.get(claims[key] or 0))) for key, session in sessions.items()}


def tokens_with(digests: Sequence[str]) -> dict[str, Token]:
    """The tokens of active users that have these digests."""
    tokens = Token.objects.select_related("user").filter(digest__in=digests, user__is_active=True)
    return {token.digest: token for token in tokens}


def _user_id(session: SessionStore) -> int | None:
    """Whose session it says it is."""
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    try:
        user_id: int | None = User._meta.pk.to_python(session.get(SESSION_KEY))
    except ValidationError:
        return None
    return user_id


def _proven(session: SessionStore, user: User | None) -> User | None:
    """`user`, if the session was made with the password that they have now; as Django's own get_user."""
    given = session.get(HASH_SESSION_KEY)
    if user is None or not given:
        return None
    if constant_time_compare(given, user.get_session_auth_hash()):
        return user
    before = user.get_session_auth_fallback_hash()
    return user if any(constant_time_compare(given, one) for one in before) else None


async def _look_up_sessions(keys: list[str]) -> dict[str, SignedIn]:
    return await in_database(sessions_with, keys)


async def _look_up_tokens(digests: list[str]) -> dict[str, Token]:
    return await in_database(tokens_with, digests)


_sessions = SharedLook(_look_up_sessions)
_tokens = SharedLook(_look_up_tokens)
