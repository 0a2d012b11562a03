"""Tokens: the keys of programs."""

import hashlib

from accounts.models import Token, User
from accounts.tokens import find_token, issue_token, list_tokens, revoke_token


def test_a_token_is_its_users(bot: User) -> None:
    token = issue_token(user=bot)
    found = find_token(token)
    assert found is not None
    assert found.user == bot


def test_every_token_is_another_one(bot: User) -> None:
    assert issue_token(user=bot) != issue_token(user=bot)


def test_only_a_hash_is_stored(bot: User) -> None:
    token = issue_token(user=bot)
    stored = Token.objects.values().get()
    assert stored["digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert all(token not in str(value) for value in stored.values())
    assert token.startswith("tertulia_")
    assert stored["hint"] == token[:12]
    assert len(token) > len(stored["hint"]) + 30


def test_a_wrong_token_is_nobodys(token: str) -> None:
    for wrong in ("", "tertulia_", token[:-1], token + "x", token.upper(), "ñ", "\x00", Token.objects.get().digest):
        assert find_token(wrong) is None


def test_a_token_of_someone_deactivated_is_nobodys(bot: User, token: str) -> None:
    assert find_token(token) is not None
    bot.is_active = False
    bot.save()
    assert find_token(token) is None


def test_a_token_can_be_revoked_and_the_others_stay(bot: User, token: str) -> None:
    other = issue_token(user=bot)
    assert revoke_token(token_id=Token.objects.earliest("pk").pk)
    assert find_token(token) is None
    assert find_token(other) is not None


def test_what_is_no_token_cannot_be_revoked(token: str) -> None:
    assert not revoke_token(token_id=Token.objects.get().pk + 1)
    assert find_token(token) is not None


def test_tokens_are_listed_by_whose_they_are(ana: User, bot: User, token: str) -> None:
    issue_token(user=ana)
    issue_token(user=bot)
    assert [stored.user.username for stored in list_tokens()] == ["ana", "bot", "bot"]
