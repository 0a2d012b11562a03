"""How the API knows who asks: a program's bearer token, or a person's session."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer

from accounts.models import User
from accounts.tokens import find_token


class BearerAuth(HttpBearer):
    """`Authorization: Bearer <token>`. A wrong token is refused, whatever cookies come with it."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        found = find_token(token)
        if found is None:
            raise AuthenticationError
        return found.user


class SessionAuth(APIKeyCookie):
    """The session cookie, with the CSRF token for what changes something."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        """Who is not signed in is told that. And their body stays unread: the CSRF token may stand in it."""
        return super().__call__(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return request.user


def user_of(request: HttpRequest) -> User:
    """Who the authentication found."""
    user: User = request.auth  # type: ignore[attr-defined]
    return user
