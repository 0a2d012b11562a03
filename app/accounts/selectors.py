"""Every read of accounts, but for tokens (tokens.py)."""

import secrets
from typing import Any

from accounts.models import Installation, Token, User


def is_set_up() -> bool:
    """Whether the first run has been done, or need not be: somebody made by Django's createsuperuser is there."""
    return Installation.objects.exists() or people_exist()


def people_exist() -> bool:
    return User.objects.filter(is_program=False).exists()


def is_join_code(code: str) -> bool:
    installation = Installation.objects.first()
    return installation is not None and secrets.compare_digest(installation.join_code.encode(), code.encode())


def credential_still_good(scope: dict[str, Any]) -> bool:
    """Whether what a socket was opened with has not been revoked since its scope was made.

    Asked once the socket can be cut off, so that no revocation falls between.
    """
    user: User = scope["user"]
    if token := scope.get("token"):
        return Token.objects.filter(pk=token.pk, user__is_active=True).exists()
    # A new password ends every session but the one that changed it, which has not opened a socket with the old one.
    if not User.objects.filter(pk=user.pk, is_active=True, password=user.password).exists():
        return False
    session = scope["session"]
    return bool(session.session_key) and session.exists(session.session_key)
