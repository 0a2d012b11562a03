"""Whether what a socket was opened with is still good."""

from typing import Any

import pytest

from accounts.models import Token, User
from accounts.selectors import credential_still_good, person_called
from accounts.services import sign_out_everywhere
from accounts.sessions import SessionStore
from accounts.tokens import revoke_token
from tests.people import Browser, browser_of


@pytest.fixture
def browser(berto: User) -> Browser:
    return browser_of(berto)


@pytest.fixture
def scope(berto: User, browser: Browser) -> dict[str, Any]:
    """As the handshake made it."""
    return {"user": User.objects.get(pk=berto.pk), "session": SessionStore(browser.session_key)}


@pytest.fixture
def program_scope(bot: User, token: str) -> dict[str, Any]:
    return {"user": User.objects.get(pk=bot.pk), "token": Token.objects.get(), "session": SessionStore()}


def test_it_is_while_nothing_happened(scope: dict[str, Any], program_scope: dict[str, Any]) -> None:
    assert credential_still_good(scope)
    assert credential_still_good(program_scope)


def test_it_is_not_once_the_session_ended(scope: dict[str, Any], browser: Browser) -> None:
    browser.client.post("/sign-out/")
    assert not credential_still_good(scope)


def test_it_is_not_once_the_user_is_deactivated(scope: dict[str, Any], berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert not credential_still_good(scope)


def test_it_is_not_once_the_password_is_another(scope: dict[str, Any], berto: User) -> None:
    berto.set_password("otra-cosa-muy-distinta")
    berto.save()
    assert not credential_still_good(scope)


def test_it_is_not_once_the_user_has_signed_out_everywhere(scope: dict[str, Any], berto: User) -> None:
    sign_out_everywhere(user=berto)
    assert not credential_still_good(scope)


def test_a_token_has_nothing_to_do_with_signing_out(program_scope: dict[str, Any], bot: User) -> None:
    sign_out_everywhere(user=bot)
    assert credential_still_good(program_scope)


def test_a_token_is_not_once_it_is_revoked(program_scope: dict[str, Any]) -> None:
    revoke_token(token_id=program_scope["token"].pk)
    assert not credential_still_good(program_scope)


def test_a_token_is_not_once_its_user_is_deactivated(program_scope: dict[str, Any], bot: User) -> None:
    bot.is_active = False
    bot.save()
    assert not credential_still_good(program_scope)


def test_a_token_has_nothing_to_do_with_a_password(program_scope: dict[str, Any], bot: User) -> None:
    bot.set_password("otra-cosa-muy-distinta")
    bot.save()
    assert credential_still_good(program_scope)


# --- who is called so ---


@pytest.mark.parametrize("name", ["berto", "Berto", "BERTO"])
def test_somebody_is_found_whatever_the_names_case(berto: User, name: str) -> None:
    assert person_called(name) == berto


@pytest.mark.parametrize("name", ["", "bert", "nobody", "berto\x00", "\x00"])
def test_nobody_else_is(berto: User, name: str) -> None:
    assert person_called(name) is None
