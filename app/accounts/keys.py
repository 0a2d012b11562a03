"""The keys under which a live socket can be found and cut off. Opaque to realtime/."""

import hashlib
from typing import Any


def user_key(user_id: int) -> str:
    return f"user:{user_id}"


def all_sessions_key(user_id: int) -> str:
    """Of all sessions of a user, whichever they are."""
    return f"sessions:{user_id}"


def token_key(token_id: int) -> str:
    return f"token:{token_id}"


def session_key(key: str) -> str:
    """Hashed: the key of a session is as good as a password, and this one travels and is logged."""
    return f"session:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def keys_of_scope(scope: dict[str, Any]) -> frozenset[str]:
    """The keys of a connection's scope; none for someone who is not signed in."""
    user = scope["user"]
    if not user.is_authenticated:
        return frozenset()
    keys = {user_key(user.pk)}
    if token := scope.get("token"):
        keys.add(token_key(token.pk))
    elif key := scope["session"].session_key:
        keys |= {all_sessions_key(user.pk), session_key(key)}
    return frozenset(keys)
