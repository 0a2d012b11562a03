"""A connection's scope as a tree of JSON, without what could be used to become somebody else."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.functional import LazyObject

MASK = "••••••"

SECRET_HEADERS = {"cookie", "authorization", "proxy-authorization"}
# Parts of a name that say that its value is nobody's business.
SECRET_WORDS = ("secret", "token", "password", "session", "csrf", "hash", "key", "auth")

MAX_DEPTH = 8


def scope_tree(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The scope for people to look at, its cookies, session key and tokens masked."""
    return {name: _part(name, value) for name, value in scope.items()}


def _part(name: str, value: Any) -> Any:
    special = PARTS.get(name)
    return special(value) if special else _tree(value, 0)


def _headers(headers: list[tuple[bytes, bytes]]) -> list[list[str]]:
    return [_header(name.decode("latin1"), text.decode("latin1")) for name, text in headers]


def _header(name: str, text: str) -> list[str]:
    return [name, MASK if name in SECRET_HEADERS or "key" in name or "token" in name else text]


def _cookies(cookies: Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(cookies, MASK)


def _user(user: Any) -> dict[str, Any]:
    return {"class": type(_unwrapped(user)).__name__, "username": user.get_username(), "pk": user.pk}


def _query(query: bytes) -> str:
    text = query.decode("latin1")
    return MASK if _is_secret(text) else text


def _token(token: Any) -> str | None:
    return None if token is None else MASK


def _session(session: SessionBase) -> dict[str, Any]:
    contents = {name: MASK if _is_secret(name) else _tree(value, 0) for name, value in session.items()}
    return {
        "class": type(_unwrapped(session)).__name__,
        "session_key": MASK if session.session_key else None,
        "contents": contents,
    }


def _tree(value: Any, depth: int) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case _ if depth > MAX_DEPTH:
            return "…"
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
    return getattr(value, "_wrapped", value) if isinstance(value, LazyObject) else value


PARTS: dict[str, Callable[[Any], Any]] = {
    "headers": _headers,
    "cookies": _cookies,
    "session": _session,
    "user": _user,
    "query_string": _query,
    "token": _token,
}
