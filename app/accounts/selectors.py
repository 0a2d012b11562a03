"""Every read of accounts, but for tokens (tokens.py)."""

import secrets
from typing import Any

from accounts.models import Installation, ProfilePicture, Token, User


def is_set_up() -> bool:
    """Whether the first run has been done, or need not be: somebody made by Django's createsuperuser is there."""
    return Installation.objects.exists() or people_exist()


def people_exist() -> bool:
    return User.objects.filter(is_program=False).exists()


def is_join_code(code: str) -> bool:
    installation = Installation.objects.first()
    return installation is not None and secrets.compare_digest(installation.join_code.encode(), code.encode())


def person_called(name: str) -> User | None:
    """Anyone who has an account, also somebody deactivated, whatever the name's case."""
    return None if "\x00" in name else User.objects.filter(username__iexact=name).first()


def picture_of(user_id: int) -> ProfilePicture | None:
    """With its user, in one query."""
    return ProfilePicture.objects.select_related("user").filter(pk=user_id).first()


def credential_still_good(scope: dict[str, Any]) -> bool:
    """Whether what a socket was opened with has not been revoked since its scope was made.

    Asked once the socket can be cut off, so that no revocation falls between.
    """
    user: User = scope["user"]
    if token := scope.get("token"):
        return Token.objects.filter(pk=token.pk, user__is_active=True).exists()
    # A new password ends every session but the one that changed it, which has not opened a socket with the old one.
    unchanged = {"password": user.password, "session_generation": user.session_generation}
    if not User.objects.filter(pk=user.pk, is_active=True, **unchanged).exists():
        return False
    session = scope["session"]
    return bool(session.session_key) and session.exists(session.session_key)
