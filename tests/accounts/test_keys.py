"""The keys under which a socket can be found."""

from django.contrib.auth.models import AnonymousUser

from accounts.keys import all_sessions_key, keys_of_scope, session_key, token_key, user_key
from accounts.models import Token, User
from accounts.sessions import SessionStore
from tests.people import browser_of


def test_a_browsers_socket_is_found_by_user_session_and_all_sessions(ana: User) -> None:
    key = browser_of(ana).session_key
    found = keys_of_scope({"user": ana, "session": SessionStore(key)})
    assert found == {user_key(ana.pk), all_sessions_key(ana.pk), session_key(key)}


def test_a_programs_socket_is_found_by_user_and_token(bot: User, token: str) -> None:
    stored = Token.objects.get()
    found = keys_of_scope({"user": bot, "token": stored, "session": SessionStore()})
    assert found == {user_key(bot.pk), token_key(stored.pk)}


def test_who_is_not_signed_in_is_not_found() -> None:
    assert keys_of_scope({"user": AnonymousUser(), "session": SessionStore()}) == frozenset()


def test_the_key_of_a_session_does_not_give_it_away(ana: User) -> None:
    key = browser_of(ana).session_key
    assert key not in session_key(key)
