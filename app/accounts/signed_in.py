from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """Who is signed in, for pages that have asked for that."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
