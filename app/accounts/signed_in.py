"""Who is asking, of requests that Django's own session or a program's token speaks for."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.bearer import bearer_token
from accounts.models import User
from accounts.tokens import find_token


def user_of(request: HttpRequest) -> User:
    """Who is signed in, for pages that have asked for that."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def person_or_program(request: HttpRequest) -> User | None:
    """By a program's token, or else by a session; for what the wire names the addresses of."""
    token = bearer_token([(b"authorization", request.headers.get("Authorization", "").encode("latin1", "replace"))])
    if token is not None:
        known = find_token(token)
        return known.user if known else None
    return request.user if isinstance(request.user, User) else None
