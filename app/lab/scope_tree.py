"""A connection's scope as a tree of JSON, without what could be used to become somebody else."""

from collections.abc import Mapping
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.functional import LazyObject

MASK = "••••••"

SECRET_HEADERS = {"cookie", "authorization", "proxy-authorization"}
# Parts of a name that say that its value is nobody's business.
SECRET_WORDS = ("secret", "token", "password", "session", "csrf", "hash", "key", "auth")

MAX_DEPTH = 8


def scope_tree(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The scope for people to look at: cookies, the session's key and contents that look secret, and tokens are masked."""
    return {name: _part(name, value) for name, value in scope.items()}


def _part(name: str, value: Any) -> Any:
    match name:
        case "headers":
            return [_header(header.decode("latin1"), text.decode("latin1")) for header, text in value]
        case "cookies":
            return dict.fromkeys(value, MASK)
        case "session":
            return _session(value)
        case "user":
            return {"class": type(_unwrapped(value)).__name__, "username": value.get_username(), "pk": value.pk}
        case "query_string":
            return MASK if any(word in value.decode("latin1").lower() for word in SECRET_WORDS) else _tree(value, 0)
        case "token":
            return None if value is None else MASK
    return _tree(value, 0)


def _header(name: str, text: str) -> list[str]:
    return [name, MASK if name in SECRET_HEADERS or "key" in name or "token" in name else text]


def _session(session: SessionBase) -> dict[str, Any]:
    contents = {name: MASK if _is_secret(name) else _tree(value, 0) for name, value in session.items()}
    return {
        "class": type(_unwrapped(session)).__name__,
        "session_key": MASK if session.session_key else None,
        "contents": contents,
    }


def _tree(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return "…"
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return value.decode("latin1")
        case Mapping():
            return {
                str(name): MASK if _is_secret(str(name)) else _tree(part, depth + 1) for name, part in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_tree(part, depth + 1) for part in value]
    return f"<{type(value).__name__}>"


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def _unwrapped(value: Any) -> Any:
    return value._wrapped if isinstance(value, LazyObject) else value
