"""Tokens for programs: made, found, listed, revoked."""

import hashlib
import secrets

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Token, User
from accounts.revocation import token_revoked

# Marks what it is when one turns up in a log or a commit.
PREFIX = "tertulia_"


def digest_of(token: str) -> str:
    """A plain SHA-256: a token has 256 random bits, so that nothing is gained by a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(*, user: User) -> str:
    """A new token of `user`. This is the only time that it can be read."""
    token = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(user=user, digest=digest_of(token), hint=token[:12])
    return token


def find_token(token: str) -> Token | None:
    """The stored token of an active user, or None."""
    return Token.objects.select_related("user").filter(digest=digest_of(token), user__is_active=True).first()


def list_tokens() -> QuerySet[Token]:
    return Token.objects.select_related("user").order_by("user__username", "pk")


@transaction.atomic
def revoke_token(*, token_id: int) -> bool:
    """Whether there was one. Its live sockets are closed within a second."""
    deleted, _ = Token.objects.filter(pk=token_id).delete()
    if deleted:
        token_revoked(token_id)
    return bool(deleted)
