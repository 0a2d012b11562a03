"""Who is behind a session or a token: the same answer for one and for many, and nobody harmed by another's cookie."""

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.lookups import sessions_with, signed_in, tokens_with
from accounts.models import Token, User
from accounts.services import sign_out_everywhere
from accounts.sessions import SessionStore
from accounts.tokens import digest_of, issue_token
from tests.people import Browser, browser_of


def user_of(browser: Browser) -> User | None:
    found = sessions_with([browser.session_key]).get(browser.session_key)
    return found.user if found else None


def changed(browser: Browser, **values: object) -> Browser:
    session = SessionStore(browser.session_key)
    session.update(values)
    session.save()
    return browser


# --- people ---


def test_many_sessions_are_two_queries(
    ana: User, berto: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browsers = [browser_of(user) for user in (ana, berto, ana)]
    with django_assert_num_queries(2):
        found = sessions_with([browser.session_key for browser in browsers])
    assert [found[browser.session_key].user for browser in browsers] == [ana, berto, ana]


def test_the_session_can_be_looked_into_without_another_query(
    berto: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = changed(browser_of(berto), colour="green")
    session = sessions_with([browser.session_key])[browser.session_key].session
    with django_assert_num_queries(0):
        assert (session["colour"], session.session_key, session.modified) == ("green", browser.session_key, False)


def test_a_session_that_nobody_has_is_left_out(db: None) -> None:
    assert sessions_with(["a" * 32]) == {}


def test_an_expired_session_is_left_out(berto: User) -> None:
    browser = browser_of(berto)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert sessions_with([browser.session_key]) == {}


def test_a_session_of_nobody_is_nobodys(db: None) -> None:
    session = SessionStore()
    session["colour"] = "green"
    session.save()
    key = str(session.session_key)
    found = sessions_with([key])[key]
    assert (found.user, found.session["colour"]) == (None, "green")


def test_who_is_deactivated_is_nobody(berto: User) -> None:
    browser = browser_of(berto)
    User.objects.filter(pk=berto.pk).update(is_active=False)
    assert user_of(browser) is None


def test_a_session_made_with_another_password_is_nobodys(berto: User) -> None:
    before = browser_of(berto)
    berto.set_password("otra-cosa-muy-distinta")
    berto.save()
    assert user_of(before) is None
    assert user_of(browser_of(berto)) == berto
    assert Session.objects.filter(session_key=before.session_key).exists()  # a look changes nothing


def test_a_session_from_before_signing_out_everywhere_is_nobodys(ana: User, berto: User) -> None:
    before, anas = browser_of(berto), browser_of(ana)
    for _ in range(2):
        sign_out_everywhere(user=berto)
        assert user_of(before) is None
        before = browser_of(berto)
        assert user_of(before) == berto
    assert user_of(anas) == ana


@pytest.mark.parametrize(
    "claim",
    [
        {HASH_SESSION_KEY: ""},
        {HASH_SESSION_KEY: "0" * 64},
        {HASH_SESSION_KEY: ":1"},
        {BACKEND_SESSION_KEY: "elsewhere.Backend"},
        {SESSION_KEY: "nobody"},
        {SESSION_KEY: "999999"},
        {SESSION_KEY: None},
    ],
)
def test_a_session_that_proves_nothing_is_nobodys(berto: User, claim: dict[str, object]) -> None:
    good = browser_of(berto)
    bad = changed(browser_of(berto), **claim)
    found = sessions_with([bad.session_key, good.session_key])
    assert found[bad.session_key].user is None
    assert found[good.session_key].user == berto


def test_a_session_that_cannot_be_read_is_empty(berto: User) -> None:
    browser = browser_of(berto)
    Session.objects.update(session_data="forged")
    found = sessions_with([browser.session_key])[browser.session_key]
    assert (found.user, found.session.is_empty()) == (None, False)
    assert list(found.session.keys()) == []


@pytest.mark.parametrize("generations", [0, 1])
def test_a_new_secret_key_signs_nobody_out_while_the_old_one_is_known(
    berto: User, settings: Settings, generations: int
) -> None:
    for _ in range(generations):
        sign_out_everywhere(user=berto)
    browser = browser_of(berto)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key-of-more-than-fifty-characters-0123456789-abcdef"
    assert user_of(browser) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert user_of(browser) == berto


@pytest.mark.parametrize("key", ["", "short", "x" * 41, "a\x00" * 16, "ñ" * 32, "a" * 31 + "'", "\udcff" * 32])
async def test_what_is_no_key_is_not_looked_up(key: str) -> None:
    """No database is at hand here: it would raise."""
    assert await signed_in(key) is None


# --- programs ---


def test_many_tokens_are_one_query(bot: User, ana: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    digests = [digest_of(issue_token(user=user)) for user in (bot, ana)]
    with django_assert_num_queries(1):
        found = tokens_with([*digests, digest_of("tertulia_wrong")])
        assert {digest: token.user for digest, token in found.items()} == dict(zip(digests, (bot, ana), strict=True))


def test_a_token_of_someone_deactivated_is_left_out(bot: User, token: str) -> None:
    bot.is_active = False
    bot.save()
    assert tokens_with([digest_of(token)]) == {}
    assert Token.objects.exists()
